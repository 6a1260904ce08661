#!/usr/bin/env python3
"""Types the commands of docs/remote.md, as somebody with a robot and a laptop would, and fails where
they do not end in a moved arm, or somebody on the cable between the two can read of it.

  scripts/check_remote.py

Robot and laptop are network namespaces of this program's, joined by a cable on which tcpdump
listens; each has an avahi-daemon. The commands are those of the document's blocks <!-- test:NAME -->,
and the programs those of build/$SOARM_PRESET/bin (default: dev). Nobody must be able to read there
what a plain-text session on loopback, searched in the same way, shows: names of methods and joints,
positions. What the daemon does while Avahi or D-Bus comes, goes and hangs is looked at as well.

Needs root, or a system that lets users make namespaces; where it may not, or has no grpcurl for the
document's line of it, it says what it skipped.
"""

import json
import math
import os
import re
import shutil
import signal
import struct
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "scripts" / "lib"))

import rooms  # noqa: E402  (beside this file only)
from check_readme import TOOLS, blocks, say  # noqa: E402

BLOCKS = {"robot", "discover", "laptop", "grpcurl"}
ROBOT, LAPTOP = "192.168.1.20", "192.168.1.30"  # the robot's is the document's
TARGET_RAD = math.radians(20)  # of the document's move
DAEMON_END_S = 3
PATIENCE_S = 20

DBUS = """<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/><allow user="*"/>
  </policy>
</busconfig>
"""
AVAHI = """[server]
use-ipv6=no
allow-interfaces=eth0
[publish]
publish-workstation=no
[wide-area]
enable-wide-area=no
"""


class Failure(Exception):
    pass


def check(good, what, detail=""):
    print(f"{'ok' if good else 'FAILED'}  {what}", flush=True)
    if not good:
        raise Failure(f"{what}\n{detail}")


def type_lines(room, who, lines):
    for line in lines:
        print(f"{who}$ {line}", flush=True)
        done = room.run(line)
        print(done.stdout + done.stderr, end="", flush=True)
        check(done.returncode == 0, f"exit code {done.returncode}")


class Network:
    """D-Bus and Avahi of a room."""

    def __init__(self, room, folder):
        self._room = room
        self._folder = folder
        (folder / "dbus.conf").write_text(DBUS)
        (folder / "avahi.conf").write_text(AVAHI)
        self.dbus = self.avahi = None

    def start(self):
        self.dbus = self._room.start(["dbus-daemon", "--nofork", "--nopidfile", "--print-address=1",
                                      f"--config-file={self._folder}/dbus.conf"])
        self.dbus.wait_for("unix:path=")
        self.start_avahi()

    def start_avahi(self):
        self._room.must("rm -rf /run/avahi-daemon")
        self.avahi = self._room.start(
            ["avahi-daemon", f"--file={self._folder}/avahi.conf", "--no-drop-root", "--no-chroot",
             "--no-rlimits"])
        self.avahi.wait_for("startup complete")


class Capture:
    """What somebody sees who listens on a link."""

    END = "the-last-packet"

    def __init__(self, room, link, towards, file):
        self._room = room
        self._towards = towards
        self._file = file
        self._tcpdump = room.start(["tcpdump", "-i", link, "--immediate-mode", "-U", "-s", "0", "-Z",
                                    "root", "-w", str(file), "tcp or udp port 9"])
        self._tcpdump.wait_for("listening on")

    def end(self):
        """All of it: packets come in order, and the last one is ours."""
        self._room.must(f"echo {self.END} >/dev/udp/{self._towards}/9")
        end = time.monotonic() + PATIENCE_S
        while self.END.encode() not in self._file.read_bytes():
            if time.monotonic() > end:
                raise Failure("tcpdump does not hear the last packet")
            time.sleep(0.02)
        self._tcpdump.end()
        return self._file.read_bytes()


def needles(states, secret=None):
    """What is looked for, by what it is."""
    joints = [joint for state in states for group in state["groups"] for joint in group["joints"]]
    values = {joint[key] for joint in joints for key in ("position_rad", "applied_rad")
              if abs(joint.get(key, 0)) > 1e-6}
    found = {
        "a method": [b"/soarm.v1."],
        "a joint": [joint["name"].encode() for joint in joints],
        "the target": [struct.pack("<d", TARGET_RAD)],
        "a position": [struct.pack("<d", value) for value in values],
        "a value in words": [f"{value:.6f}".encode() for value in values],
    }
    if secret:
        found["the secret"] = [secret.encode()]
    return found


def readable(capture, wanted):
    return {what for what, texts in wanted.items() if any(text in capture for text in texts)}


def find_robots(room):
    done = room.run("soarm --json discover --seconds 1")
    answer = json.loads(done.stdout)
    return answer.get("robots", []), answer.get("error", {}).get("reason")


def await_robot(room):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        robots, reason = find_robots(room)
        if robots:
            return robots
        if reason != "NO_ROBOT_FOUND":
            raise Failure(f"soarm discover says {reason}")
    raise Failure("the robot is not announced")


def await_no_robot(room):
    """Who takes itself back is forgotten after a second."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if find_robots(room)[1] == "NO_ROBOT_FOUND":
            return True
    return False


def drive(robot, laptop, parts, folder):
    """The document, from its first line to a moved arm. The running daemon."""
    serve, offer = parts["robot"].splitlines()
    print(f"robot$ {serve}", flush=True)
    daemon = robot.start(["bash", "-c", f"exec {serve}"])
    daemon.wait_for("soarmd ready")
    cable = Capture(robot, "eth0", LAPTOP, folder / "cable.pcap")
    robots, reason = find_robots(laptop)
    check(not robots and reason == "NO_ROBOT_FOUND", "nobody is announced before TLS is open")

    print(f"robot$ {offer}", flush=True)
    pairing = robot.start(["bash", "-c", f"exec {offer}"], merged=False)
    line = pairing.wait_for("soarm-pair:")
    found = await_robot(laptop)
    check(found[0]["addresses"] == [f"{ROBOT}:50252"] and found[0]["paired_as"] == "",
          "the robot is announced as not paired", found)
    type_lines(laptop, "laptop", parts["discover"].splitlines())

    check("THE LINE" in parts["laptop"], "the document says where the line goes")
    type_lines(laptop, "laptop", parts["laptop"].replace("THE LINE", line).splitlines())
    state = json.loads(laptop.must("soarm --json --server bench state"))
    shown = laptop.must("soarm discover")
    check(re.search(rf"^\S+ +{ROBOT}:50252 +\S+ +as bench$", shown, re.M), "it is paired now", shown)
    check(pairing.end() == 0, "the offer has ended")

    servos = json.loads(robot.must("soarm --json sim get-truth"))["servos"]
    check(abs(servos[0]["position_rad"] - TARGET_RAD) < 0.03,
          f"shoulder_pan is at {math.degrees(servos[0]['position_rad']):.1f} degrees", servos[0])
    seen = cable.end()
    check(b"robot.soarm" in seen and len(seen) > 10000, f"{len(seen)} bytes came by the cable")
    leaks = readable(seen, needles([state], line.rsplit("/", 1)[1]))
    check(not leaks, "nothing of it can be read there", leaks)
    return daemon


def drive_in_plain_text(robot, folder):
    """The same on loopback, where everything is to be found: the search can find it."""
    daemon = robot.start(["soarmd", "--sim", "--listen", "127.0.0.1:50251", "--state-dir",
                          str(folder / "plain")])
    daemon.wait_for("soarmd ready")
    loopback = Capture(robot, "lo", "127.0.0.1", folder / "loopback.pcap")
    there = "soarm --server 127.0.0.1:50251"
    robot.must(f"until {there} torque on; do {there} watch --count 10; done >/dev/null 2>&1")
    robot.must(f"{there} move shoulder_pan=20deg")
    state = json.loads(robot.must(f"{there} --json state"))
    check(daemon.end() == 0, "the plain-text daemon has ended")
    wanted = needles([state])
    del wanted["a value in words"]  # nobody says them so
    missing = set(wanted) - readable(loopback.end(), wanted)
    check(not missing, "all of it can be read of a plain-text session", missing)


def share_a_name(robot, laptop, folder):
    """Two more robots of the same name, one on the same computer."""
    daemons = []
    for name, room, address in (("same", robot, ROBOT), ("other", laptop, LAPTOP)):
        socket = f"unix:/run/{name}.sock"
        serve = (f"hostname robot && exec soarmd --sim --listen {socket} "
                 f"--listen tls:{address}:50262 --state-dir {folder / name}")
        daemons.append(room.start(["unshare", "--uts", "bash", "-c", serve]))
        daemons[-1].wait_for("soarmd ready")
        room.start(["soarm", "--server", socket, "pair", "open"]).wait_for("soarm-pair")
    names = {re.search('as "(.*)"', daemon.wait_for("announced to")).group(1) for daemon in daemons}
    check(len(names) == 2 and "robot" not in names, f"they are announced as {sorted(names)}")
    check(all(daemon.end() == 0 for daemon in daemons), "and end")


def be_unreachable(robot, laptop):
    """A robot that is off, as a laptop sees it."""
    robot.must("ip link set eth0 down")
    for command in ("status", "stop"):
        done = laptop.run(f"soarm --json --server bench {command}")
        check(done.returncode == 3 and "DAEMON_UNREACHABLE" in done.stdout + done.stderr,
              f"of a robot that is off, {command} says that nobody answers", done)
    robot.must("ip link set eth0 up")
    laptop.must("until soarm --server bench status; do sleep 0.1; done >/dev/null 2>&1")


def forget(network):
    """What this Avahi has heard of others."""
    network.avahi.end()
    network.start_avahi()


def come_and_go(robot, laptop, daemon, network, laptops):
    """Avahi and D-Bus, beside a daemon that goes on."""
    for programs, start, what in (([network.avahi], network.start_avahi, "Avahi"),
                                  ([network.dbus, network.avahi], network.start, "D-Bus")):
        for program in programs:
            program.end(signal.SIGKILL)
        forget(laptops)
        check(find_robots(laptop)[1] == "NO_ROBOT_FOUND", f"without {what} nobody is announced")
        start()
        check(await_robot(laptop), f"announced again by the next {what}")
    laptop.must("soarm --server bench status")
    lines = [line for line in daemon.text().splitlines() if "announce" in line]
    check(len(lines) == 5 and all("info" in line for line in lines),
          "the log has a line about each change", daemon.text())
    check(daemon.end() == 0, "the daemon has ended")
    check(await_no_robot(laptop), "and is announced no more")

    laptops.avahi.send(signal.SIGSTOP)
    check(find_robots(laptop)[1] == "NO_AVAHI", "with an Avahi that hangs discover says so")
    laptops.avahi.end(signal.SIGKILL)
    check(find_robots(laptop)[1] == "NO_AVAHI", "without one, too")
    laptops.dbus.send(signal.SIGSTOP)
    check(find_robots(laptop)[1] == "NO_AVAHI", "and with a D-Bus that hangs")


def live_beside_a_hanging_dbus(robot, laptop, network, folder):
    network.dbus.send(signal.SIGSTOP)
    serve = ["soarmd", "--sim", "--listen", "unix:/run/soarm/soarmd.sock", "--listen",
             "tls:0.0.0.0:50252"]
    began = time.monotonic()
    daemon = robot.start(serve)
    daemon.wait_for("soarmd ready")
    laptop.must("soarm --server bench status")
    started = time.monotonic()
    check(started - began < DAEMON_END_S, "the daemon starts while D-Bus hangs")
    check(daemon.end(signal.SIGTERM) == 0, "and ends", daemon.text())
    took = time.monotonic() - started
    check(took < DAEMON_END_S, f"which took {took:.1f} s", daemon.text())
    check("D-Bus or Avahi does not answer" in daemon.text(), "and says who did not", daemon.text())
    quiet = folder / "quiet.toml"
    quiet.write_text("[tls]\nannounce = false\n")
    daemon = robot.start([*serve, "--config", str(quiet)])
    daemon.wait_for("soarmd ready")
    check(daemon.end() == 0 and "D-Bus" not in daemon.text(), "who is not to announce asks nobody",
          daemon.text())


def main():
    if len(sys.argv) > 1:
        print(__doc__)
        return 0
    why_not = rooms.enter()
    missing = [name for name in ("avahi-daemon", "dbus-daemon", "tcpdump") if not shutil.which(name)]
    if missing and not why_not:
        print(f"error: {', '.join(missing)} is missing: scripts/install_deps.sh test")
        return 1
    if why_not:
        print(f"skipped: no namespaces can be made here: {why_not}")
        return 0
    parts = blocks(TOP / "docs" / "remote.md")
    if set(parts) != BLOCKS:
        print(f"error: docs/remote.md has the blocks {sorted(parts)}, not {sorted(BLOCKS)}")
        return 1
    programs = TOP / "build" / os.environ.get("SOARM_PRESET", "dev") / "bin"
    path = f"{programs}{os.pathsep}{TOOLS}{os.pathsep}{os.environ['PATH']}"
    with rooms.folder(TOP / "build" / "remote") as folder:
        common = {"PATH": path, "LANG": "C.UTF-8", "NO_COLOR": "1"}
        for name in ("robot", "laptop", "state"):
            (folder / name).mkdir()
        robot = rooms.Room("robot", {**common, "HOME": str(folder / "robot"),
                                     "STATE_DIRECTORY": str(folder / "state")})
        laptop = rooms.Room("laptop", {**common, "HOME": str(folder / "laptop")})
        rooms.join(robot, ROBOT, laptop, LAPTOP)
        networks = [Network(robot, folder / "robot"), Network(laptop, folder / "laptop")]
        for network in networks:
            network.start()
        try:
            daemon = drive(robot, laptop, parts, folder)
            grpcurl = shutil.which("grpcurl", path=path)
            if grpcurl:
                type_lines(laptop, "laptop", [parts["grpcurl"]])
            drive_in_plain_text(robot, folder)
            share_a_name(robot, laptop, folder)
            be_unreachable(robot, laptop)
            come_and_go(robot, laptop, daemon, *networks)
            live_beside_a_hanging_dbus(robot, laptop, networks[0], folder)
        except Failure as failure:
            print(f"error: {failure}")
            return 1
    say("the commands of docs/remote.md do what it says")
    if not grpcurl:
        print("skipped for want of grpcurl: grpcurl")
    return 0


if __name__ == "__main__":
    sys.exit(main())
