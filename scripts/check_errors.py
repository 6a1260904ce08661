#!/usr/bin/env python3
"""Fails where docs/errors.md and the wire contract promise another error than daemon and clients give.

  - a reason that can be given is not in docs/errors.md, or is given with a code not named there
  - a reason that is named there, or in a comment of the contract, is given by nobody or caused by no test
  - a fact that is named there, or after "facts:" in a comment of the contract, is sent by nobody or read
    by no test

Reasons are the UPPER_SNAKE strings of server/ and common/, less what is listed here because it is
something else. A code is read from what stands before its reason in the source; that of a reason
which is handed on is not looked at. A test causes a reason that it names, or whose enumerator it
names.
"""

import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
OTHER = {
    "LEADER_ACTUATED", "MOVE_BLOCKED", "MOVE_CANCELLED", "MOVE_DONE", "TORQUE_ON",  # modes' causes and roles
    "JOURNAL_STREAM", "SCHED_FIFO", "STATE_DIRECTORY", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",  # the system's
}
# Reasons that no test causes, and why.
UNCAUSED = {
    "BAUD_NOT_SUPPORTED": "a pseudo-terminal takes every rate",
    "TLS_FAILED": "of OpenSSL where it has no reason to fail",
    "BUS_OPENING": "between two steps of the control thread, where no test can hold it",
    "PORT_NOT_PERMITTED": "tests may run as root, to whom all is permitted",
    "SIM_FAILED": "wants a computer without a place for temporary folders",
    "STOP_SOCKET_FAILED": "the claim of the path, which comes first, fails of the same causes",
}
# Calls that refuse with a code of their own, and constants that are one.
CODES = {
    "Invalid": "INVALID_ARGUMENT", "BadValue": "INVALID_ARGUMENT", "Rejected": "INVALID_ARGUMENT",
    "Precondition": "FAILED_PRECONDITION", "kState": "FAILED_PRECONDITION", "kCutShort": "ABORTED",
}
# Names of faults and of verdicts have tables of their own.
NO_REASONS = {  # in comments of the contract: codes, values and names of the system
    "CLOCK_MONOTONIC", "UPPER_SNAKE", "FAILED_PRECONDITION", "INVALID_ARGUMENT", "NOT_FOUND",
    "MOVE_BLOCKED", "MOVE_CANCELLED", "MOVE_DONE", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "SOFT_HOLD",
}
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


def documented():
    """Reasons with their codes; None where it is not by a call that they are told."""
    codes, table = {}, None
    for line in (TOP / "docs/errors.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells[0] in ("reason", "fault", "code", "field"):
            table = cells[:2]
        elif len(cells) > 2 and table[0] in ("reason", "fault"):
            for reason in re.findall(r"`([A-Z]+(?:_[A-Z]+)*)`", cells[0]):
                there = set(re.findall(r"[A-Z]{2,}(?:_[A-Z]+)*", cells[1]))
                codes.setdefault(reason, set()).update(there if table[1] == "code" else {None})
    return codes


def sources(folder, suffixes):
    return {path.relative_to(TOP).as_posix(): path.read_text()
            for path in sorted((TOP / folder).rglob("*")) if path.suffix in suffixes}


def upper_snake(name):
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).upper()


def code_before(text):
    """The code that stands last in the unfinished statement at the end of `text`."""
    statement = text[text.rfind(";") + 1:]
    found = re.findall(r"StatusCode::k(\w+)|\b(" + "|".join(CODES) + r")\b", statement)
    return None if not found else upper_snake(found[-1][0]) if found[-1][0] else CODES[found[-1][1]]


def check_reasons():
    promised = documented()
    givers = {}
    for folder in ("server", "common", "clients"):
        givers.update(sources(folder, (".cc", ".h")))
    tests = "\n".join(sources("tests", (".cc", ".h", ".py")).values())
    contract = "\n".join(re.sub(r"^[^/\n]*", "", text, flags=re.M)
                         for text in sources("proto/soarm/v1", (".proto",)).values())
    findings, given, enumerators = [], set(), {}
    for name, text in givers.items():
        for match in re.finditer(r'"([A-Z]+(?:_[A-Z]+)*)"', text):
            reason = match.group(1)
            if reason not in promised:
                continue
            given.add(reason)
            code = code_before(text[max(0, match.start() - 200):match.start()])
            # A client's refusals have a code for each of several reasons in one statement.
            if name.startswith("clients/"):
                continue
            if code and code not in promised[reason] and None not in promised[reason]:
                line = text.count("\n", 0, match.start()) + 1
                findings.append(f"{name}:{line}: {reason} with {code}, which docs/errors.md does not say")
        for match in re.finditer(r'case ((?:\w+::)+k\w+):\s*return [^;]*?"([A-Z]+(?:_[A-Z]+)*)"', text):
            enumerators.setdefault(match.group(2), []).append(
                "::".join(match.group(1).split("::")[-2:]))
        for match in re.finditer(r'constexpr char (k\w+)\[\] = "([A-Z]+(?:_[A-Z]+)*)"', text):
            enumerators.setdefault(match.group(2), []).append(match.group(1))
    for reason in sorted(promised):
        named = re.search(rf"\b{reason}\b", tests) or any(
            re.search(rf"\b{each}\b", tests) for each in enumerators.get(reason, []))
        if reason not in given:
            findings.append(f"{reason}: in docs/errors.md, given by nobody")
        elif not named and reason not in UNCAUSED:
            findings.append(f"{reason}: in docs/errors.md, caused by no test")
        elif named and reason in UNCAUSED:
            findings.append(f"{reason}: in UNCAUSED of scripts/check_errors.py, and caused by a test")
    for reason in sorted(set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", contract)) - set(promised)):
        if reason not in NO_REASONS:
            findings.append(f"{reason}: in a comment of proto/soarm/v1, not in docs/errors.md")
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
    findings = check_reasons()
    if findings:
        print(*findings, sep="\n")
        sys.exit("error: these errors are promised otherwise\n  fix: change the promise or the code, and "
                 "cause each in a test")


if __name__ == "__main__":
    main()
