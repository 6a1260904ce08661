#!/usr/bin/env python3
"""Runs clang-tidy on what changed, or on everything.

  scripts/check_tidy.py [--base REF] [--all] [--core] [--no-cache] [--minutes N] [FILE...]

  --base REF   check what differs from where this branch left REF. Default: the main branch, or,
               on the main branch itself, the commits of the last day
  --all        check every source
  --core       leave out everything that needs gRPC: quicker to set up
  --minutes N  begin no more sources after N minutes, latest changes first, and say how many are
               left over: they are taken up by the next run, which skips what passed
  FILE...      check these only

A changed header is checked through the source of the same name, or else one that includes it.
A file that passed once is not checked again while its text with all includes, its flags and the
rules are the same: the record is in $XDG_CACHE_HOME/soarm/tidy. Works in build/tidy, which is
configured but, apart from generated headers, not built.
"""

import argparse
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
BUILD = TOP / "build" / "tidy"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "soarm" / "tidy"
ROOTS = ("common/", "server/", "clients/", "tests/")


# The build's flags are g++'s. What it does not know: clang warns of a designated initializer that
# leaves out fields, even those with a default, which is what defaults are for.
COMPILER = ("--extra-arg=-Wno-unknown-warning-option",
            "--extra-arg=-Wno-missing-designated-field-initializers")


def die(message, fix):
    sys.exit(f"error: {message}\n  fix: {fix}")


def run(*command, check=True):
    done = subprocess.run(command, cwd=TOP, text=True, capture_output=True, check=False)
    if check and done.returncode:
        die(f"{shlex.join(command)} failed:\n{done.stdout}{done.stderr}", "read its output above")
    return done.stdout


def sources():
    names = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "*.cc", "*.h")
    return [name for name in names.split() if name.startswith(ROOTS) and (TOP / name).is_file()]


def default_base():
    head = run("git", "rev-parse", "HEAD").strip()
    for branch in ("origin/main", "main"):
        base = run("git", "merge-base", "HEAD", branch, check=False).strip()
        if base and base != head:
            return base
    return run("git", "rev-list", "-1", "--before=1 day ago", "HEAD").strip()


def changed(base):
    """Names that differ from base, or None for everything when there is no base."""
    if not base:
        return None
    names = run("git", "diff", "--name-only", "--diff-filter=d", base).split()
    return names + run("git", "ls-files", "--others", "--exclude-standard").split()


def to_sources(names, everything):
    """Replaces each header by one source that shows it to the compiler."""
    texts = {name: (TOP / name).read_text() for name in everything}
    chosen = set()
    for name in names:
        if name.endswith(".cc"):
            chosen.add(name)
            continue
        # Its own source first, then outwards along the includes to the nearest one.
        seen, ring = {name}, [name]
        while ring:
            twins = [header[:-2] + ".cc" for header in ring if header[:-2] + ".cc" in texts]
            users = [user for user in texts if user not in seen
                     and any(f'#include "{header}"' in texts[user] for header in ring)]
            found = twins or [user for user in users if user.endswith(".cc")]
            if found:
                chosen.add(found[0])
                break
            seen.update(users)
            ring = users
    return sorted(chosen)


def prepare(core_only):
    """Configures build/tidy and makes the generated headers, the only thing a check needs built."""
    run("cmake", "--preset", "tidy", f"-DSOARM_RPC={'OFF' if core_only else 'ON'}")
    targets = run("ninja", "-C", str(BUILD), "-t", "targets", "all")
    generated = re.findall(r"^(\S+\.pb\.h): ", targets, re.MULTILINE)
    if generated:
        run("ninja", "-C", str(BUILD), *generated)
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    return {os.path.relpath(entry["file"], TOP): entry for entry in commands}


def find_tidy():
    for name in ("clang-tidy-19", "clang-tidy"):
        if shutil.which(name):
            return name
    return die("clang-tidy is not installed", "scripts/install_deps.sh check")


def fingerprint(entry, rules):
    """A name for everything that the verdict on this file depends on; None if it cannot be made."""
    words = shlex.split(entry["command"])
    while words and not words[0].endswith(("++", "cc", "gcc", "clang")):
        words.pop(0)  # the compiler cache in front
    output = words.index("-o")
    flags = words[:output] + words[output + 2:]
    text = subprocess.run([*flags, "-E", "-C", "-P"], cwd=entry["directory"], text=True,
                          capture_output=True, check=False)
    if text.returncode:
        return None
    relative = shlex.join(flags).replace(str(TOP), "")
    digest = hashlib.sha256("\0".join([rules, relative, text.stdout]).encode())
    return digest.hexdigest()


def latest_first(names):
    """Orders names by the commit that touched them last; what is not committed comes first."""
    log = run("git", "log", "--format=", "--name-only", "--max-count=500").split()
    rank = {}
    for position, name in enumerate(log, 1):
        rank.setdefault(name, position)
    return sorted(names, key=lambda name: (rank.get(name, 0), name))


def check(name, entry, tidy, rules, use_cache, end):
    """Returns (name, seconds, findings or None); seconds are None when time was up."""
    started = time.monotonic()
    if started > end:
        return name, None, None
    key = fingerprint(entry, rules) if use_cache else None
    if key and (CACHE / key).exists():
        (CACHE / key).touch()
        return name, 0.0, None
    done = subprocess.run(
        [tidy, "-p", str(BUILD), "--quiet", *COMPILER, name],
        cwd=TOP, text=True, capture_output=True, check=False)
    if done.returncode:
        return name, time.monotonic() - started, done.stdout or done.stderr
    if key:
        CACHE.mkdir(parents=True, exist_ok=True)
        (CACHE / key).touch()
    return name, time.monotonic() - started, None


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--core", action="store_true")
    parser.add_argument("--no-cache", action="store_true")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()

    everything = sources()
    if options.files:
        names = [os.path.relpath(Path(name).resolve(), TOP) for name in options.files]
    elif options.all:
        names = everything
    else:
        found = changed(options.base or default_base())
        names = everything if found is None else [name for name in found if name in everything]
    names = to_sources(names, everything)
    if not names:
        print("clang-tidy: no source changed")
        return 0

    tidy = find_tidy()
    commands = prepare(options.core)
    version = run(tidy, "--version")
    rules = version + "".join((TOP / name / ".clang-tidy").read_text() for name in (".", "tests"))
    known = latest_first(name for name in names if name in commands)
    for name in sorted(set(names) - set(known)):
        print(f"clang-tidy: {name} is not built by preset tidy, left out")

    failed = []
    left_over = 0
    end = time.monotonic() + 60 * options.minutes
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        jobs = [pool.submit(check, name, commands[name], tidy, rules, not options.no_cache,
                            end)
                for name in known]
        for number, job in enumerate(jobs, 1):
            name, seconds, findings = job.result()
            left_over += seconds is None
            if seconds or findings:
                print(f"[{number}/{len(jobs)}] {name} {seconds:.1f} s", flush=True)
            if findings:
                failed.append(name)
                print(findings.replace(str(TOP) + "/", "").strip())
    rest = f", {left_over} left over for want of time" if left_over else ""
    print(f"clang-tidy: {len(known)} sources, {len(failed)} with findings{rest}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
