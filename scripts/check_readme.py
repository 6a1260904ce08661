#!/usr/bin/env python3
"""Types the README's commands, as a newcomer would, and fails where one of them does.

  scripts/check_readme.py

The blocks are marked <!-- test:NAME --> in README.md. `quickstart-daemon` is started and left
running; the others run in a shell of their own, line by line, against it. The grpcurl blocks need
grpcurl on PATH, or Go to build it into build/tools; without either they are skipped, and the last
line says so.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
TOOLS = TOP / "build" / "tools"
GRPCURL = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3"
START_S = 1500  # the first run installs packages and compiles
LEASE_S = 15


def blocks(document):
    """The commands of each block that is marked, by its name."""
    text = document.read_text()
    found = re.findall(r"<!-- test:([a-z-]+) -->\n```sh\n(.*?)```", text, re.S)
    return {name: body.strip() for name, body in found}


def say(line):
    print(f"==> {line}", flush=True)


def find_grpcurl():
    """The folder that holds grpcurl, or None."""
    found = shutil.which("grpcurl", path=f"{TOOLS}{os.pathsep}{os.environ['PATH']}")
    if found:
        return str(Path(found).parent)
    if not shutil.which("go"):
        return None
    say("building grpcurl")
    TOOLS.mkdir(parents=True, exist_ok=True)
    built = subprocess.run(["go", "install", GRPCURL], check=False,
                           env={**os.environ, "GOBIN": str(TOOLS)})
    return str(TOOLS) if built.returncode == 0 else None


class Daemon:
    """`quickstart-daemon`, from its ready line to Ctrl-C."""

    def __init__(self, command):
        self._settled = threading.Event()  # it is ready, or its stderr has ended
        self._is_ready = False
        # A group of its own, so that Ctrl-C reaches what the script execs and nobody else.
        self._process = subprocess.Popen(["bash", "-c", command], cwd=TOP, text=True,
                                         stderr=subprocess.PIPE, start_new_session=True)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self._process.stderr:
            sys.stdout.write(line)
            sys.stdout.flush()
            if line.startswith("soarmd ready"):
                self._is_ready = True
                self._settled.set()
        self._settled.set()

    def wait_ready(self):
        self._settled.wait(START_S)
        if not self._is_ready:
            raise SystemExit("error: the daemon did not start")

    def end(self):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
        return self._process.wait(30)


def wait_for_no_lease(environment):
    """The previous block's lease ends by itself; the next block takes another."""
    end = time.monotonic() + LEASE_S
    while time.monotonic() < end:
        answer = subprocess.run([str(TOP / "build/release/bin/soarm"), "--json", "lease", "list"],
                                capture_output=True, text=True, check=False, env=environment)
        if answer.returncode == 0 and not json.loads(answer.stdout)["leases"]:
            return
        time.sleep(0.2)
    raise SystemExit("error: a lease of the README's commands does not end")


def run_block(name, body, environment):
    say(f"README block {name}")
    result = subprocess.run(["bash", "-euxc", body], cwd=TOP, check=False, env=environment,
                            timeout=120)
    print(f"{'ok' if result.returncode == 0 else 'FAILED'}  {name}", flush=True)
    return result.returncode == 0


def main():
    if len(sys.argv) > 1:
        print(__doc__)
        return 0
    parts = blocks(TOP / "README.md")
    wanted = {"quickstart-daemon", "quickstart", "grpcurl", "grpcurl-unix"}
    if set(parts) != wanted:
        print(f"error: README.md has the blocks {sorted(parts)}, not {sorted(wanted)}")
        return 1
    environment = dict(os.environ)
    grpcurl = find_grpcurl()
    if grpcurl:
        environment["PATH"] = f"{grpcurl}{os.pathsep}{environment['PATH']}"
    daemon = Daemon(parts["quickstart-daemon"])
    good = True
    skipped = []
    try:
        daemon.wait_ready()
        good = run_block("quickstart", parts["quickstart"], environment)
        for name in ("grpcurl", "grpcurl-unix"):
            if not grpcurl:
                skipped.append(name)
                continue
            wait_for_no_lease(environment)
            good = run_block(name, parts[name], environment) and good
    finally:
        code = daemon.end()
    print(f"{'ok' if code == 0 else 'FAILED'}  Ctrl-C ends the daemon with exit code {code}")
    if skipped:
        print(f"skipped for want of grpcurl: {', '.join(skipped)}")
    return 0 if good and code == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
