"""bench.sh's other half: picks metrics, runs them, prints one JSON line for each result."""

import argparse
import importlib
import json
import pathlib
import sys

from . import processes
from .rounds import Rounds

METRICS = ["P1", "P2", "P3", "P4", "P6", "P7", "P8", "P9", "P13", "P23", "P25"]
SOAKS = ["P27"]  # only when named


def main():
    parser = argparse.ArgumentParser(prog="bench.sh")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="folder of the preset")
    parser.add_argument("--python", default=sys.executable,
                        help="interpreter that has the incumbents' packages")
    parser.add_argument("--quick", action="store_true", help="3 short rounds instead of 7")
    parser.add_argument("--long", action="store_true", help="P4 over 1e6 cycles (20 minutes), P27 for an hour")
    parser.add_argument("--minutes", type=float, help="how long P27 soaks, at least 2")
    parser.add_argument("--rounds", type=int, help="instead of 7")
    parser.add_argument("metrics", nargs="*", metavar="P1 …",
                        help=" ".join(METRICS + SOAKS))
    arguments = parser.parse_args()
    known = METRICS + SOAKS
    unknown = [name for name in arguments.metrics if name.upper() not in known]
    if unknown:
        parser.error(f"unknown metric {unknown[0]}; there are {' '.join(known)}")
    if arguments.minutes is not None and arguments.minutes < 2:
        parser.error("--minutes: a soak takes at least 2")

    failed = False
    tools = processes.Tools(arguments.build, arguments.python)
    for name in arguments.metrics or METRICS:
        module = importlib.import_module(f".p{int(name[1:]):02}", __package__)
        rounds = Rounds(tools, quick=arguments.quick, long=arguments.long, count=arguments.rounds,
                        minutes=arguments.minutes)
        print(f"==> {name.upper()}: {module.__doc__.splitlines()[0]}", file=sys.stderr, flush=True)
        try:
            for result in module.run(tools, rounds):
                result = {"metric": name.upper(), **result}
                print(json.dumps(result), flush=True)
                failed = failed or result["verdict"] == "fail"
        except processes.Broken as error:
            print(json.dumps({"metric": name.upper(), "verdict": "fail", "error": str(error)}),
                  flush=True)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
