"""A silent servo: what it costs per tick, and what becomes of the other five.

Extra time: over the first second of silence, in which a fifth of the ticks still ask the servo,
the 90th percentile of a tick's wall time, minus the median before.
"""

import time

from . import ticks
from .processes import bus_status, daemon, simulator, wait_open
from .rounds import median, result

SILENT = 3
PERIOD_NS = 5_000_000
LIMIT_MS, AIM_MS = 5.0, 0.25


def measure_daemon(tools, quantum_us, seconds):
    with simulator(tools) as sim:
        if quantum_us:
            tools.sim_call(sim.control, "Batch", by=f"{quantum_us / 1e6:.6f}s")
        with daemon(tools, sim, 200, probe=True) as program:
            wait_open(tools, program, 6)
            time.sleep(1)
            before = bus_status(tools, program)
            muted = time.monotonic_ns()
            tools.sim_call(sim.control, "Mute", servo=SILENT, on=True)
            seen = tools.json([tools.client, "watch", program.address, "--rate", 200,
                               "--seconds", seconds])
            after = bus_status(tools, program)
            healthy = ticks.wall_us(ticks.read(program.ticks_path, muted - 800_000_000, muted))
            silent = ticks.read(program.ticks_path, muted, muted + 1_000_000_000)
    frames = {int(fresh): count for fresh, count in seen["fresh_joints"].items()}
    return {
        "extra_ms": (ticks.percentile(ticks.wall_us(silent), 0.9)
                     - ticks.percentile(healthy, 0.5)) / 1e3,
        "missed": after["ticks_missed"] - before["ticks_missed"],
        "others_kept": sum(count for fresh, count in frames.items() if fresh >= 5)
        / sum(frames.values()),
    }


def measure_sdk(tools, quantum_us):
    with simulator(tools) as sim:
        if quantum_us:
            tools.sim_call(sim.control, "Batch", by=f"{quantum_us / 1e6:.6f}s")
        run = [tools.python, tools.incumbents / "sdk_bus_loop.py", "--port", sim.tty,
               "--seconds", 1]
        healthy = tools.json(run)["read_ms"]["p50"]
        tools.sim_call(sim.control, "Mute", servo=SILENT, on=True)
        silent = tools.json(run)
    return {"extra_ms": silent["read_ms"]["p50"] - healthy}


def run(tools, rounds):
    for quantum_us in [0] if rounds.quick else [0, 125, 1000]:
        done = rounds.run({
            "subject": lambda: measure_daemon(tools, quantum_us, 2 if rounds.quick else 5),
            "sdk": lambda: measure_sdk(tools, quantum_us)})
        case = f"1 of 6 silent, USB batches of {quantum_us / 1e3:g} ms"
        yield result(case, "ms extra per tick", done,
                     subject=lambda each: each["subject"]["extra_ms"],
                     incumbent=lambda each: each["sdk"]["extra_ms"], limit=LIMIT_MS,
                     aim=AIM_MS if quantum_us == 0 else None,
                     detail={"ticks_missed": median(done, lambda each: each["subject"]["missed"])})
        yield result(f"{case}: frames that keep the other five", "share", done,
                     subject=lambda each: each["subject"]["others_kept"], limit=0.99, aim=1.0,
                     higher=True)
