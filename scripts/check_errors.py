#!/usr/bin/env python3
"""Fails where docs/errors.md lacks a reason that the daemon can give, or where a fact that the docs
or a comment of the wire contract promise is sent by nobody or read by no test.

Reasons are the UPPER_SNAKE strings of server/ and common/, less what is listed here because it is
something else. Facts are the last column of docs/errors.md, and what follows "facts:" in proto/soarm/v1.
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


FACT_OF_TABLE = re.compile(r"`([a-z]+(?:_[a-z]+)*)`")


def promised_facts():
    facts = {}
    for line in (TOP / "docs/errors.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 4 and re.match(r"`[A-Z]", cells[0]):
            facts.update(dict.fromkeys(FACT_OF_TABLE.findall(cells[3]), "docs/errors.md"))
    for path in sorted((TOP / "proto/soarm/v1").glob("*.proto")):
        comments = re.sub(r"\n\s*//", "", path.read_text())
        for sentence in re.findall(r"facts: ([^.]*)\.", comments):
            listed = re.sub(r"\([^)]*\)", "", sentence)
            for part in re.split(r"[,:;]", listed):
                if re.fullmatch(r"\s*[a-z]+(?:_[a-z]+)*\s*", part):
                    facts[part.strip()] = path.name
    return facts


def texts_of(folder):
    return "".join(path.read_text() for path in sorted((TOP / folder).rglob("*.cc")))


def check_facts():
    sent, read = texts_of("server"), texts_of("tests")
    findings = []
    for fact, where in sorted(promised_facts().items()):
        if f'"{fact}"' not in sent:
            findings.append(f"{fact}: promised in {where}, sent by nobody")
        elif f'"{fact}"' not in read:
            findings.append(f"{fact}: promised in {where}, read by no test")
    return findings


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
    findings = check_facts()
    if findings:
        print(*findings, sep="\n")
        sys.exit("error: these facts are promised only\n  fix: send each, and read it in a test")


if __name__ == "__main__":
    main()
