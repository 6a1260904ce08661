"""The programs that take part: simulator, daemon, floors, incumbents. Each lives in a `with`."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
START_S = 15


class Broken(Exception):
    """A program did not start, or said that it failed: there is nothing to measure."""


class Tools:
    """Where the programs are."""

    def __init__(self, build, python):
        self.daemon = build / "bin" / "soarmd"
        self.sim = build / "bin" / "soarm-sim"
        self.soarm = build / "bin" / "soarm"
        self.client = build / "perf" / "perf_client"
        self.bus_loop = build / "perf" / "floor_bus_loop"
        self.sleep_loop = build / "perf" / "floor_sleep_loop"
        self.probe = build / "perf" / "tick_probe.so"
        self.python = python
        self.incumbents = HERE.parent / "incumbents"

    def call(self, address, method, request=None):
        """One unary gRPC call; integers of 64 bit come back as strings, as JSON has them."""
        return self.json([self.client, "call", address, method, json.dumps(request or {})])

    def sim_call(self, address, method, **request):
        return self.call(address, f"/soarm.sim.v1.SimService/{method}", request)

    @staticmethod
    def json(command, timeout=600):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                              timeout=timeout, check=False)
        if done.returncode != 0:
            raise Broken(f"{pathlib.Path(str(command[0])).name} {' '.join(map(str, command[1:4]))}: "
                         f"{done.stderr.strip() or done.returncode}")
        return json.loads(done.stdout.strip().splitlines()[-1])


class Program:
    """A child that says on stderr when it is ready. Ends with the `with`, by SIGTERM."""

    def __init__(self, command, ready, environment=None):
        self.log = tempfile.TemporaryFile("w+")
        self.began_ns = time.monotonic_ns()
        self.process = subprocess.Popen([str(part) for part in command], stderr=self.log,
                                        stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                        env={**os.environ, **(environment or {})})
        self.ready = ready

    def wait_ready(self):
        deadline = time.monotonic() + START_S
        while not re.search(self.ready, self.text(), re.MULTILINE):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.end()
                raise Broken(f"{self.process.args[0]} did not get ready: {self.text().strip()}")
            time.sleep(0.01)
        return self

    def text(self):
        self.log.seek(0)
        return self.log.read()

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    @property
    def pid(self):
        return self.process.pid


@contextlib.contextmanager
def simulator(tools, robot="so101", timing="bench", extra=()):
    """Yields the simulator, with `.tty`, `.control` and `.folder`."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="soarm-bench-"))
    program = None
    try:
        tty = folder / "tty"
        control = f"unix:{folder}/sim.sock"
        program = Program([tools.sim, "--robot", robot, "--link", tty, "--control", control,
                           "--timing", timing, *extra], r"^soarm-sim ready")
        program.tty, program.control, program.folder = tty, control, folder
        program.robot = robot
        yield program.wait_ready()
    finally:
        if program is not None:
            program.end()
        shutil.rmtree(folder, ignore_errors=True)


def write_config(sim, rate_hz, extra):
    rate = '"max"' if rate_hz == "max" else rate_hz
    group = "" if sim.robot == "lekiwi" else 'group = "arm"\n'
    role = "" if sim.robot == "lekiwi" else 'role = "FOLLOWER"\n'
    path = sim.folder / "soarmd.toml"
    path.write_text(f'[daemon]\nlisten = ["unix:{sim.folder}/soarmd.sock", "127.0.0.1:0", '
                    f'"tls:127.0.0.1:0"]\n'
                    f'state_dir = "{sim.folder}/state"\n\n[control]\nrate_hz = {rate}\n\n'
                    f'[[bus]]\nname = "arm"\ndevice = "{sim.tty}"\nrobot = "{sim.robot}"\n'
                    f"{role}{group}\n{extra}")
    return path


@contextlib.contextmanager
def daemon(tools, sim, rate_hz=200, probe=False, extra="", wait=True):
    """Yields the daemon, with `.address` and, with a probe, `.ticks_path`."""
    config = write_config(sim, rate_hz, extra)
    environment = {}
    ticks_path = pathlib.Path("/dev/shm") / f"{sim.folder.name}.ticks"
    if probe:
        environment = {"LD_PRELOAD": str(tools.probe), "SOARM_TICK_PROBE": str(ticks_path)}
    program = Program([tools.daemon, "--config", config], r"^soarmd ready", environment)
    program.address = f"unix:{sim.folder}/soarmd.sock"
    program.ticks_path = ticks_path
    try:
        yield program.wait_ready() if wait else program
    finally:
        program.end()
        ticks_path.unlink(missing_ok=True)


def pair(tools, sim, program):
    """Pairs this machine with the daemon. `transports` of the daemon is then how a client reaches
    it, by name."""
    offer = tools.call(program.address, "/soarm.v1.PairingService/OpenPairing")
    done = subprocess.run([tools.soarm, "pair", "join", offer["join_string"], "--name", "bench"],
                          env={**os.environ, "XDG_CONFIG_HOME": str(sim.folder)}, check=False,
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise Broken(f"soarm pair join: {done.stderr.strip()}")
    listening = tools.call(program.address, "/soarm.v1.RobotService/GetInfo")["listening"]
    program.transports = {"unix": program.address}
    for address in listening:
        if address.startswith("tls:"):
            folder = sim.folder / "soarm" / "robots" / "bench"
            program.transports["tls"] = f"tls:{folder}@{address.removeprefix('tls:')}"
        elif not address.startswith("unix:"):
            program.transports["loopback"] = address


@contextlib.contextmanager
def simulating_daemon(tools, models="so101"):
    """`soarmd --sim`: the daemon with the simulator inside. Yields it with `.address`, where
    SimService answers too."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="soarm-bench-"))
    program = None
    try:
        address = f"unix:{folder}/soarmd.sock"
        program = Program([tools.daemon, "--sim", models, "--listen", address,
                           "--state-dir", folder / "state"], r"^soarmd ready")
        program.address = address
        yield program.wait_ready()
    finally:
        if program is not None:
            program.end()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(command):
    """A helper whose JSON line is wanted later: call the yielded function for it."""
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)

    def result(timeout=600):
        out, err = process.communicate(timeout=timeout)
        if process.returncode != 0:
            raise Broken(f"{command[0]}: {err.strip()}")
        return json.loads(out.strip().splitlines()[-1])

    result.process = process
    try:
        yield result
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate()


@contextlib.contextmanager
def hogs(number):
    """Busy loops at ordinary priority."""
    children = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
                for _ in range(number)]
    try:
        yield
    finally:
        for child in children:
            child.kill()
            child.wait()


def threads(pid):
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            yield task, (task / "comm").read_text().strip()


def control_thread(pid):
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        for task, name in threads(pid):
            if name.startswith("ctl:"):
                return int(task.name)
        time.sleep(0.05)
    raise Broken("the daemon has no thread named ctl:…")


def cpu_ns(pid, only=""):
    """CPU time of all threads, or of those whose name starts with `only`."""
    total = 0
    for task, name in threads(pid):
        if name.startswith(only):
            with contextlib.suppress(OSError):
                total += int((task / "schedstat").read_text().split()[0])
    return total


def rss_kb(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1))


def wait_open(tools, program, joints):
    """Until the daemon's newest state has so many fresh joints."""
    deadline = time.monotonic() + START_S
    seen = "no answer"
    while time.monotonic() < deadline:
        with contextlib.suppress(Broken):
            frame = tools.call(program.address, "/soarm.v1.StateService/GetState")
            seen = {joint["name"]: joint["faults"] for group in frame["groups"]
                    for joint in group["joints"] if joint["stale"]}
            fresh = [joint for group in frame["groups"] for joint in group["joints"]
                     if not joint["stale"] and (joint["position_raw"] or joint["voltage_v"])]
            if len(fresh) >= joints:
                return
        time.sleep(0.05)
    raise Broken(f"the daemon did not see {joints} joints (stale: {seen}): {program.text()[-500:]}")


def bus_status(tools, program):
    status = tools.call(program.address, "/soarm.v1.RobotService/GetStatus")
    return {key: int(value) if str(value).isdigit() else value
            for key, value in status["buses"][0].items()}


def wait_mode(tools, program, mode, meanwhile):
    """Until the first group is in a mode, or the helper that should bring it there has ended."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        frame = tools.call(program.address, "/soarm.v1.StateService/GetState")
        if frame["groups"] and frame["groups"][0]["mode"] == mode:
            return
        if meanwhile.process.poll() is not None:
            meanwhile()  # Raises with what it said.
            break
        time.sleep(0.05)
    raise Broken(f"the daemon did not come to {mode}")


@contextlib.contextmanager
def following(tools, program, seconds, *options, address=None):
    """Somebody drives the arm; yields once the daemon follows. Call what is yielded for its
    report, which waits until it has ended."""
    command = [tools.client, "drive", address or program.address, "--seconds", seconds, *options]
    with running(command) as report:
        wait_mode(tools, program, "FOLLOW", meanwhile=report)
        yield report


@contextlib.contextmanager
def moving(tools, program, seconds):
    """A planned move that takes at least so long; yields once it runs."""
    soarm = [tools.soarm, "--server", program.address]
    for _ in range(5):
        if subprocess.run([*map(str, soarm), "torque", "on"], capture_output=True,
                          check=False).returncode == 0:
            break
    command = [*soarm, "--json", "move", "shoulder_pan=60deg", "--duration", seconds]
    with running(command) as report:
        wait_mode(tools, program, "MOVE", meanwhile=report)
        yield report
