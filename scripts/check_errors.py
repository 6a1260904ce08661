#!/usr/bin/env python3
"""Fails where docs/errors.md lacks a reason that the daemon can give.

Reasons are the UPPER_SNAKE strings of server/ and common/, less what is listed here because it is
something else.
"""

import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
OTHER = {
    "LEADER_ACTUATED", "MOVE_DONE", "TORQUE_ON",  # modes' causes and roles
    "JOURNAL_STREAM", "SCHED_FIFO", "STATE_DIRECTORY", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",  # the system's
}
# Names of faults and of verdicts have tables of their own.
TABLES = ("server/core/fault.cc", "server/core/mode.cc", "server/core/stop.cc")


def main():
    known = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", (TOP / "docs/errors.md").read_text()))
    missing = set()
    for folder in ("server", "common"):
        for path in (TOP / folder).rglob("*.cc"):
            name = path.relative_to(TOP).as_posix()
            if name in TABLES or name.startswith(("server/sim/", "server/sim_service/")):
                continue
            for reason in re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', path.read_text()):
                if reason not in known | OTHER:
                    missing.add(f"{reason}  ({name})")
    if missing:
        print(*sorted(missing), sep="\n")
        sys.exit("error: docs/errors.md lacks these reasons\n  fix: add a line for each")


if __name__ == "__main__":
    main()
