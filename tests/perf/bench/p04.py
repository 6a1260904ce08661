"""Noise on the wire: wrong values delivered.

The arm lies still, so every joint has one true position (two where it lies between two ticks).
While bytes are damaged at 1e-4 and answers are cut, lost and late, each value that the daemon
calls fresh must be one of those.
"""

import time

from .processes import bus_status, daemon, running, simulator, wait_open
from .rounds import result

ERROR_RATE = 1e-4
PLAY = 1  # ticks by which a still joint may flicker


def positions(watched):
    return {name: {int(raw): count for raw, count in joint["positions"].items()}
            for name, joint in watched["joints"].items()}


def harm(tools, sim):
    """Some of everything. The late answers end soon: a servo that is always late is quarantined."""
    tools.sim_call(sim.control, "Corrupt", servo=254, byte_error_rate=ERROR_RATE)
    tools.sim_call(sim.control, "Truncate", servo=2, count=3)
    tools.sim_call(sim.control, "DropReply", servo=4, count=2)
    tools.sim_call(sim.control, "Corrupt", servo=5, count=3)
    tools.sim_call(sim.control, "Delay", servo=6, by="0.003s")
    tools.sim_call(sim.control, "Delay", servo=6, by="0s")


def measure(tools, seconds):
    with simulator(tools) as sim, daemon(tools, sim, "max") as program:
        wait_open(tools, program, 6)
        watch = lambda length: [tools.client, "watch", program.address, "--rate", 1000,
                                "--seconds", length]
        clean = positions(tools.json(watch(1)))
        before = bus_status(tools, program)
        wrong = samples = stale = frames = 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with running(watch(min(10.0, seconds))) as report:
                stop = time.monotonic() + min(10.0, seconds) - 0.5
                while time.monotonic() < stop:
                    harm(tools, sim)
                noisy = report()
            frames += noisy["frames"]
            stale += sum(joint["stale"] for joint in noisy["joints"].values())
            for name, seen in positions(noisy).items():
                low, high = min(clean[name]) - PLAY, max(clean[name]) + PLAY
                samples += sum(seen.values())
                wrong += sum(count for raw, count in seen.items() if not low <= raw <= high)
        after = bus_status(tools, program)
    return {"wrong": wrong, "samples": samples, "stale": stale, "frames": frames,
            "ticks": after["ticks"] - before["ticks"],
            "corrupt": after["answers_corrupt"] - before["answers_corrupt"],
            "discarded": after["answers_discarded"] - before["answers_discarded"]}


def run(tools, rounds):
    rounds.count = 1
    seconds = 1200 if rounds.long else 6 if rounds.quick else 60
    done = rounds.run({"subject": lambda: measure(tools, seconds)})
    seen = done[0]["subject"]
    if seen["corrupt"] == 0 and seen["stale"] == 0:
        seen["wrong"] = max(1, seen["wrong"])  # Nothing was damaged: this proved nothing.
    yield result("6 servos, free-running, 1e-4 byte errors", "wrong values", done,
                 subject=lambda each: each["subject"]["wrong"], limit=0, aim=0, counted=True,
                 detail=seen)
