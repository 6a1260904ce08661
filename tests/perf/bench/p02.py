"""CPU of the bus cycle at 200 Hz: read, decode, filter, publish, write.

That is the control thread and `pub`, while a client streams commands so that ticks have goals to
write; what gRPC's threads take to serve that client is in `detail`. The daemon reads the full
status block of each servo; floor and SDK read positions only, as people do who have to save time.
"""

import time

from . import wire
from .processes import bus_status, cpu_ns, daemon, following, simulator, wait_open
from .rounds import median, result

RATE_HZ = 200
SDK_LIMIT, SDK_AIM = 0.10, 0.03
FLOOR_LIMIT = 3
SWING_TICKS = 200  # Quick enough that nearly every tick has a new goal.
THREADS = {"control": "ctl:", "publisher": "pub", "process": ""}


def goal_share(tools, control, since_ns):
    """Of the ticks since then, how many wrote goals."""
    packets, _ = wire.read_log(tools, control, since_ns)
    ticks = [request for request, _ in wire.cycles(packets) if wire.is_tick(request)]
    wrote = sum(any(wire.goals(packet) for packet in wire.split(request, [0] * len(request)))
                for request in ticks)
    return wrote / max(1, len(ticks))


def measure_daemon(tools, seconds):
    with simulator(tools) as sim, daemon(tools, sim, RATE_HZ) as program:
        wait_open(tools, program, 6)
        with following(tools, program, seconds + 2, "--rate", 50, "--step",
                       SWING_TICKS) as report:
            ticks = bus_status(tools, program)["ticks"]
            before = {name: cpu_ns(program.pid, only) for name, only in THREADS.items()}
            time.sleep(seconds)
            ran = bus_status(tools, program)["ticks"] - ticks
            cpu = {name: (cpu_ns(program.pid, only) - before[name]) / ran / 1e3
                   for name, only in THREADS.items()}
            goals = goal_share(tools, sim.control, time.monotonic_ns() - 500_000_000)
            report()
    return {**cpu, "cpu_us": cpu["control"] + cpu["publisher"], "goal_share": goals}


def measure_floor(tools, seconds):
    with simulator(tools) as sim:
        seen = tools.json([tools.bus_loop, "--port", sim.tty, "--rate", RATE_HZ,
                           "--seconds", seconds])
    return {"cpu_us": seen["cpu_us_per_cycle"]}


def measure_sdk(tools, seconds):
    with simulator(tools) as sim:
        seen = tools.json([tools.python, tools.incumbents / "sdk_bus_loop.py", "--port", sim.tty,
                           "--rate", RATE_HZ, "--seconds", seconds])
    return {"cpu_us": seen["cpu_us_per_cycle"]}


def run(tools, rounds):
    seconds = rounds.seconds if rounds.quick else 5.0
    done = rounds.run({"subject": lambda: measure_daemon(tools, seconds),
                       "floor": lambda: measure_floor(tools, seconds),
                       "sdk": lambda: measure_sdk(tools, seconds)})
    value = lambda side, key="cpu_us": lambda each: each[side][key]
    over = lambda one, other: lambda each: each[one]["cpu_us"] / each[other]["cpu_us"]
    detail = {"control_thread_us": median(done, value("subject", "control")),
              "publisher_us": median(done, value("subject", "publisher")),
              "whole_process_us": median(done, value("subject", "process")),
              "ticks_with_goals": median(done, value("subject", "goal_share")),
              "floor_to_sdk": median(done, over("floor", "sdk"))}
    for name, side, limit, aim in [("the SDK", "sdk", SDK_LIMIT, SDK_AIM),
                                   ("the bare loop", "floor", FLOOR_LIMIT, None)]:
        yield result(f"6 servos, 200 Hz, following, against {name}", "us of CPU per tick", done,
                     subject=value("subject"), floor=value("floor"), incumbent=value("sdk"),
                     ratio=over("subject", side), limit=limit, aim=aim, detail=detail)
