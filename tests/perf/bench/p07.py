"""What the control thread does per tick besides the wire: allocations, page faults, system calls.

Counted by tick_probe and by strace on that thread, in the states a robot is in.
"""

import contextlib
import pathlib
import re
import subprocess
import tempfile
import time

from . import ticks
from .processes import (Broken, control_thread, daemon, following, moving, running, simulator,
                        wait_open)
from .rounds import result

CALL_LIMIT, CALL_AIM = 8, 5
OF_THE_PROBE = {"getrusage", "clock_gettime"}  # one of each per tick


@contextlib.contextmanager
def watched(tools, program, seconds):
    command = [tools.client, "watch", program.address, "--clients", 50, "--rate", 200,
               "--seconds", seconds + 1]
    with running(command) as report:
        time.sleep(0.5)
        yield
        report()


def system_calls(thread, seconds):
    """Calls by name, as strace counts them."""
    with tempfile.NamedTemporaryFile("r") as file:
        tracer = subprocess.Popen(["strace", "-c", "-p", str(thread), "-o", file.name],
                                  stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        tracer.send_signal(2)
        tracer.wait()
        lines = pathlib.Path(file.name).read_text().splitlines()
    counts = {}
    for line in lines:
        match = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", line)
        if match and match.group(2) != "total":
            counts[match.group(2)] = int(match.group(1))
    if not counts:
        raise Broken("strace saw no system call of the control thread")
    return counts


def measure(tools, state, seconds):
    with contextlib.ExitStack() as stack:
        sim = stack.enter_context(simulator(tools))
        program = stack.enter_context(daemon(tools, sim, 200, probe=True))
        wait_open(tools, program, 6)
        if state in ("follow", "stop"):
            stack.enter_context(following(tools, program, 2 * seconds + 3))
        if state == "move":
            stack.enter_context(moving(tools, program, 2 * seconds + 10))
        if state == "stop":
            tools.call(program.address, "/soarm.v1.SafetyService/Stop",
                       {"level": "HOLD", "reason": "bench"})
        if state == "quarantine":
            tools.sim_call(sim.control, "Mute", servo=3, on=True)
        if state == "50 watchers":
            stack.enter_context(watched(tools, program, 2 * seconds))
        time.sleep(0.5)
        began = time.monotonic_ns()
        time.sleep(seconds)
        seen = ticks.read(program.ticks_path, began)
        calls = system_calls(control_thread(program.pid), seconds)
    traced = calls.get("getrusage", 0)  # the probe's own, once per tick
    # One of each a tick is the probe's; what the daemon adds to them is its own.
    calls = {name: count - traced * (name in OF_THE_PROBE) for name, count in calls.items()}
    own = sum(max(0, count) for count in calls.values())
    return {"allocations": sum(tick.allocations for tick in seen),
            "minor_faults": sum(tick.minor_faults for tick in seen),
            "major_faults": sum(tick.major_faults for tick in seen),
            "ticks": len(seen), "calls_per_tick": own / max(1, traced),
            "calls": {name: count / max(1, traced) for name, count in calls.items()
                      if count > 0}}


def run(tools, rounds):
    rounds.count = 1
    seconds = 2 if rounds.quick else 25
    for state in ["limp", "follow", "move", "stop", "quarantine", "50 watchers"]:
        done = rounds.run({"subject": lambda: measure(tools, state, seconds)})
        seen = done[0]["subject"]
        for key, name in [("allocations", "heap calls"), ("minor_faults", "page faults")]:
            yield result(f"{state}: {name}", f"in {seen['ticks']} ticks", done,
                         subject=lambda each: each["subject"][key], limit=0, aim=0, counted=True)
        yield result(f"{state}: system calls", "per tick", done,
                     subject=lambda each: each["subject"]["calls_per_tick"], limit=CALL_LIMIT,
                     aim=CALL_AIM, counted=True, detail=seen["calls"])
