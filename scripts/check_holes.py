#!/usr/bin/env python3
"""Takes mended holes back, one at a time, and fails where the adversary does not find one.

  scripts/check_holes.py [NAME...]       only these; --list names all of them
      --sample N     N holes that the commit chooses: another commit, others
      --seconds S    of random plays for each (default 60)
      --jobs N       processes that play (default 2)
      --keep         leaves the scratch folder with the builds; the first line says where
      --root DIR     of another tree

tests/adversary/holes.toml says what each hole was and how it is taken back: in a scratch copy of
the tree, committed or not, a text is replaced, the adversary is built again and plays from seed 1
until one of the hole's own rules is broken. That counts only where the clean build, playing the
same seed, keeps that rule. A hole that random plays meet too seldom names the kept play that guards
against it instead of a profile: `kept`. One that a second line hides says which, in `behind`: it is
played only by name, and otherwise told as not shown. The list is checked as a whole whatever is played: a text that is not
found exactly once is an error.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
LIST = "tests/adversary/holes.toml"
KEPT = "tests/adversary/kept"
EDIT_KEYS = {"file", "old", "new"}
KEYS = EDIT_KEYS | {"name", "says", "profile", "rules"}
PROFILES = ("calm", "hostile", "wire", "world", "process", "all")
CLEAN_SEEDS = "1..20"  # of calm plays, which break nothing


class Wrong(Exception):
    """Something that is not a missed hole and ends the check."""


def say(line):
    print(f"==> {line}", file=sys.stderr, flush=True)


def run(command, **options):
    return subprocess.run(command, text=True, capture_output=True, check=False, **options)


def known_rules(root):
    """What the judge can find, and what the program finds without a judge."""
    sources = sorted((root / "tests/adversary/judge").glob("*.cc"))
    text = "".join(source.read_text() for source in sources)
    return set(re.findall(r'"([A-Z]+(?:_[A-Z]+)*)"', text)) | {"CRASH", "HANG"}


def mistakes_of(hole, root, rules, names):
    """What is wrong with one entry of the list."""
    also = hole.get("also", [])
    keys = KEYS - {"profile"} | {"kept"} if "kept" in hole else KEYS
    if set(hole) - {"also", "behind"} != keys or any(set(edit) != EDIT_KEYS for edit in also):
        yield f"has the keys {sorted(hole)}, not {sorted(keys)} and perhaps `also`"
        return
    if not re.fullmatch(r"[a-z][a-z0-9_]*", hole["name"]) or hole["name"] in names:
        yield "is no name, or is there twice"
    if "kept" in hole:
        if not (root / KEPT / f"{hole['kept']}.play").is_file():
            yield f"there is no kept play {hole['kept']}"
    elif hole["profile"] not in PROFILES:
        yield f"there is no profile {hole['profile']}"
    for rule in hole["rules"]:
        if rule not in rules:
            yield f"the judge has no rule {rule}"
    if not hole["rules"]:
        yield "names no rule"
    for edit in [hole, *also]:
        if not (root / edit["file"]).is_file():
            yield f"there is no file {edit['file']}"
            continue
        count = (root / edit["file"]).read_text().count(edit["old"])
        if count != 1:
            yield f"{edit['file']} has this text {count} times, not once: {edit['old']}"
        if edit["old"] == edit["new"]:
            yield "changes nothing"


def load(root):
    try:
        holes = tomllib.loads((root / LIST).read_text())["hole"]
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        raise Wrong(f"{LIST}: {error}") from error
    rules = known_rules(root)
    names = set()
    mistakes = []
    for hole in holes:
        name = hole.get("name", "a hole without a name")
        mistakes += [f"{LIST}: {name}: {what}" for what in mistakes_of(hole, root, rules, names)]
        names.add(name)
    if mistakes:
        raise Wrong("\n".join(mistakes))
    return holes


def chosen_by_commit(holes, count, root):
    head = run(["git", "rev-parse", "HEAD"], cwd=root)
    if head.returncode != 0:
        raise Wrong("--sample wants a commit to choose by, and there is none")
    picked = random.Random(head.stdout.strip()).sample(range(len(holes)), min(count, len(holes)))
    return [holes[i] for i in sorted(picked)]


def copy_tree(root, scratch):
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, check=True, capture_output=True).stdout.decode()
    for name in sorted(set(listed.split("\0"))):
        source = root / name
        if name and source.is_file():
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, scratch / name)


class Bench:
    """A scratch copy of the tree with the clean adversary and, in turn, those with a hole."""

    def __init__(self, root, scratch, jobs, seconds):
        self._scratch = scratch
        self._jobs = jobs
        self._seconds = seconds
        self._clean = scratch / "build/clean_adversary"
        self._holed = scratch / "build/adversary/bin/adversary"
        copy_tree(root, scratch)

    def _build(self):
        return run(["cmake", "--build", "--preset", "adversary", "--target", "adversary",
                    "--parallel", str(os.cpu_count() or 1)],
                   cwd=self._scratch)

    def build_clean(self):
        configure = ["cmake", "--preset", "adversary"]
        for step in (lambda: run(configure, cwd=self._scratch), self._build):
            done = step()
            if done.returncode != 0:
                raise Wrong(f"the clean copy does not build:\n{done.stdout}{done.stderr}")
        shutil.copy2(self._holed, self._clean)
        played = self._play(self._clean, ["--seeds", CLEAN_SEEDS, "--profile", "calm"])
        if played:
            raise Wrong(f"the clean copy breaks {played[0]['rule']} in seed {played[0]['seed']} of "
                        "calm: mend the tree first")

    def _play(self, program, arguments):
        """The violations that came of it."""
        done = run([str(program), *arguments, "--jobs", str(self._jobs), "--first", "--json"])
        if done.returncode not in (0, 1):
            raise Wrong(f"{program} {' '.join(arguments)}:\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout)["violations"]

    def find(self, hole):
        """One line about the hole, and whether it was found."""
        clean = {}
        for edit in [hole, *hole.get("also", [])]:
            file = self._scratch / edit["file"]
            before = file.read_text()
            clean.setdefault(file, before)
            file.write_text(before.replace(edit["old"], edit["new"]))
        built = self._build()
        for file, text in clean.items():
            file.write_text(text)
        if built.returncode != 0:
            errors = re.findall(r"^.*error: .*$", built.stdout + built.stderr, re.M)
            return f"does not build: {errors[:1] or built.stdout[-300:]}", False
        return self._replay(hole) if "kept" in hole else self._hunt(hole)

    def _replay(self, hole):
        play = self._scratch / KEPT / f"{hole['kept']}.play"
        asked = ["--replay", str(play), "--rules", ",".join(hole["rules"])]
        holed, clean = (run([str(program), *asked]) for program in (self._holed, self._clean))
        if clean.returncode != 0:
            raise Wrong(f"the clean copy fails the kept play {hole['kept']}: mend the tree first")
        return f"by the kept play {hole['kept']}", holed.returncode == 1

    def _hunt(self, hole):
        began = time.monotonic()
        seed = 1
        noise = 0
        asked = ["--profile", hole["profile"], "--rules", ",".join(hole["rules"])]
        while True:
            spent = time.monotonic() - began
            if spent >= self._seconds:
                also = f"; {noise} plays break the rule without the hole too" if noise else ""
                return f"in {spent:.0f} s of {hole['profile']}{also}", False
            minutes = max(self._seconds - spent, 1) / 60
            found = self._play(self._holed, ["--seed", str(seed), "--minutes", f"{minutes:.4f}",
                                             *asked])
            if not found:
                continue
            seed, rule = found[0]["seed"], found[0]["rule"]
            same = self._play(self._clean, ["--seed", str(seed), "--profile", hole["profile"],
                                            "--rules", rule])
            if not same:
                spent = time.monotonic() - began
                return f"rule={rule} after {spent:.0f} s: seed {seed} of {hole['profile']}", True
            noise += 1
            seed += 1


def read_arguments():
    def natural(text):
        if not text.isdecimal() or int(text) < 1:
            raise argparse.ArgumentTypeError("wants a number from 1 on")
        return int(text)

    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("names", nargs="*")
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--sample", type=natural)
    parser.add_argument("--jobs", type=natural, default=2)
    parser.add_argument("--seconds", type=natural, default=60)
    parser.add_argument("--root", type=Path, default=TOP)
    return parser.parse_args()


def choose(holes, arguments):
    by_name = {hole["name"]: hole for hole in holes}
    unknown = [name for name in arguments.names if name not in by_name]
    if unknown:
        raise Wrong(f"there is no hole {unknown[0]}: --list names them")
    shown = [hole for hole in holes if "behind" not in hole or arguments.list]
    chosen = [by_name[name] for name in arguments.names] or shown
    if arguments.sample:
        chosen = chosen_by_commit(chosen, arguments.sample, arguments.root)
    return chosen


def main():
    arguments = read_arguments()
    if arguments.help:
        print(__doc__)
        return 0
    arguments.root = arguments.root.resolve()
    try:
        holes = load(arguments.root)
        chosen = choose(holes, arguments)
    except Wrong as wrong:
        print(f"error: {wrong}", file=sys.stderr)
        return 2
    if arguments.list:
        for hole in chosen:
            print(f"{hole['name']:32} {hole.get('profile', 'kept'):8} {hole['says']}")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the scratch folder goes with us
    scratch = Path(tempfile.mkdtemp(prefix="holes."))
    missed = []
    try:
        say(f"holes: the clean copy, in {scratch}")
        bench = Bench(arguments.root, scratch, arguments.jobs, arguments.seconds)
        bench.build_clean()
        if not arguments.names and not arguments.sample:
            for hole in holes:
                if "behind" in hole:
                    print(f"behind {hole['name']:32} {hole['behind']}", flush=True)
        for hole in chosen:
            line, found = bench.find(hole)
            print(f"{'found ' if found else 'MISSED'} {hole['name']:32} {line}", flush=True)
            if not found:
                missed.append(hole["name"])
    except Wrong as wrong:
        print(f"error: {wrong}", file=sys.stderr)
        return 1
    finally:
        if not arguments.keep:
            shutil.rmtree(scratch, ignore_errors=True)
    if missed:
        print(f"error: {len(missed)} of {len(chosen)} holes are missed: {', '.join(missed)}",
              file=sys.stderr)
        return 1
    print(f"all {len(chosen)} holes are found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
