"""Computers of our own on a network of our own: Linux namespaces, for tests that want two machines.

What starts in here ends with the program, however that ends: it is the first process of a process
namespace, and the kernel kills the others with it. Nothing is left on the computer outside, and
several of these at once know nothing of each other.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading

INSIDE = "SOARM_INSIDE_ROOMS"
PATIENCE_S = 15

SET_UP = """
hostname "$1"
mount -t tmpfs tmpfs /run
mkdir /run/dbus /run/avahi-daemon
if [ -d /etc/soarm ]; then mount -t tmpfs tmpfs /etc/soarm; fi
ip link set lo up
echo ready
exec cat
"""


def enter():
    """Goes on in namespaces of its own; returns why not where the system does not allow that."""
    if os.environ.get(INSIDE):
        return None
    unshare = ["unshare", "--mount", "--net", "--pid", "--uts", "--fork", "--kill-child",
               "--mount-proc"]
    if os.geteuid() != 0:
        unshare[1:1] = ["--user", "--map-root-user"]
    try:
        tried = subprocess.run(
            [*unshare, "sh", "-c", "mount -t tmpfs tmpfs /run && ip link add name one type veth"],
            capture_output=True, text=True, check=False)
    except FileNotFoundError as missing:
        return f"{missing.filename} is not installed"
    if tried.returncode != 0:
        return " ".join(tried.stderr.split()) or "the system does not allow it"
    os.environ[INSIDE] = "1"
    os.execvp(unshare[0], [*unshare, sys.executable, *sys.argv])
    return None


class Program:
    """A process in a room, whose lines are read as they come."""

    def __init__(self, command, environment, merged=True):
        self._lines = []
        self._ended = False
        self._news = threading.Condition()
        self._process = subprocess.Popen(
            command, env=environment, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merged else subprocess.DEVNULL, start_new_session=True)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self._process.stdout:
            with self._news:
                self._lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def text(self):
        with self._news:
            return "\n".join(self._lines)

    def wait_for(self, part, patience_s=PATIENCE_S):
        """The first line that has `part`."""
        def found():
            return next((line for line in self._lines if part in line), None)
        with self._news:
            self._news.wait_for(lambda: found() or self._ended, patience_s)
            line = found()
        if line is None:
            raise SystemExit(f"error: no '{part}' from {self._process.args}:\n{self.text()}")
        return line

    def send(self, number):
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)

    def end(self, number=signal.SIGINT):
        """Its exit code."""
        self.send(number)
        return self._process.wait(PATIENCE_S)


class Room:
    """A computer: a network, a host name, a /run and an environment of its own."""

    def __init__(self, name, environment):
        self._environment = environment
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "--net", "--uts", "bash", "-euc", SET_UP, "bash", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self._holder.stdout.readline() != "ready\n":
            raise SystemExit(f"error: there is no room {name}")

    @property
    def pid(self):
        return self._holder.pid

    def _in_here(self, command):
        return ["nsenter", "--target", str(self.pid), "--mount", "--net", "--uts", *command]

    def start(self, command, merged=True):
        return Program(self._in_here(command), self._environment, merged)

    def run(self, script):
        """A shell's lines, as somebody types them here."""
        return subprocess.run(self._in_here(["bash", "-uc", script]), capture_output=True,
                              text=True, check=False, env=self._environment, timeout=60)

    def must(self, script):
        done = self.run(script)
        if done.returncode != 0:
            raise SystemExit(f"error: {script}: {done.stdout}{done.stderr}")
        return done.stdout


@contextlib.contextmanager
def folder(place):
    """A folder of this program's alone, which goes with it; `place` stays empty for all others."""
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(place)], check=True)
    yield place


def join(one, one_address, other, other_address):
    """A cable between two rooms; each one's end is its eth0."""
    subprocess.run(["ip", "link", "add", "name", "one", "type", "veth", "peer", "name", "other"], check=True)
    for end, room, address in (("one", one, one_address), ("other", other, other_address)):
        subprocess.run(["ip", "link", "set", end, "netns", str(room.pid)], check=True)
        room.must(f"ip link set {end} name eth0 && ip addr add {address}/24 dev eth0 && "
                  "ip link set eth0 up")
