"""Bus efficiency: ticks a second at `rate_hz = "max"`, goals written and states read.

The floor plays the very packets that the daemon sent, as the simulator logged them; the SDK reads
the registers that most ticks read.
"""

import collections
import tempfile
import time

from . import wire
from .processes import daemon, following, simulator, wait_open
from .rounds import median, result

FLOOR_LIMIT, SDK_LIMIT, WIRE_AIM = 0.95, 1.0, 0.985


def measure_daemon(tools, robot, servos, seconds, script):
    with simulator(tools, robot) as sim, daemon(tools, sim, "max") as program:
        wait_open(tools, program, servos)
        with following(tools, program, seconds + 2) as report:
            seen = tools.json([tools.client, "watch", program.address, "--rate", 20,
                               "--seconds", seconds])
            if not script:
                packets, _ = wire.read_log(tools, sim.control,
                                           time.monotonic_ns() - 500_000_000)
                script.extend(list(wire.cycles(packets))[1:])
            report()
    took = (seen["last_ns"] - seen["first_ns"]) / 1e9
    return {"per_s": seen["ticks_between"] / took}


def measure_floor(tools, robot, seconds, script):
    with tempfile.NamedTemporaryFile("w", suffix=".cycles") as file, simulator(tools,
                                                                               robot) as sim:
        file.writelines(f"{request.hex()} {size}\n" for request, size in script)
        file.flush()
        seen = tools.json([tools.bus_loop, "--port", sim.tty, "--script", file.name,
                           "--seconds", seconds])
    share = sum(wire.is_tick(request) for request, _ in script) / len(script)
    return {"per_s": seen["cycles_per_s"] * share, "incomplete": seen["incomplete"]}


def measure_sdk(tools, robot, servos, seconds, script):
    reads = collections.Counter(
        wire.parameters(packet)[:2] for request, _ in script
        for packet in wire.split(request, [0] * len(request))
        if wire.instruction(packet) == wire.INSTRUCTION_SYNC_READ)
    address, length = reads.most_common(1)[0][0]
    with simulator(tools, robot) as sim:
        seen = tools.json([tools.python, tools.incumbents / "sdk_bus_loop.py", "--port", sim.tty,
                           "--servos", servos, "--goals", 6, "--address", address,
                           "--length", length, "--seconds", seconds])
    return {"per_s": seen["cycles_per_s"], "cpu_us": seen["cpu_us_per_cycle"]}


def describe(script):
    """How often which request was sent, by size, and the size of its answers."""
    sizes = collections.Counter((len(request), size) for request, size in script)
    return {f"{sent} B, {size} B back": count for (sent, size), count in sizes.most_common(4)}


def run(tools, rounds):
    for robot, servos in [("so101", 6), ("lekiwi", 9)][:1 if rounds.quick else 2]:
        script = []
        measure_daemon(tools, robot, servos, rounds.seconds, script)  # for its packets
        limit_hz = wire.wire_limit_hz(script)
        done = rounds.run({
            "subject": lambda: measure_daemon(tools, robot, servos, rounds.seconds, script),
            "floor": lambda: measure_floor(tools, robot, rounds.seconds, script),
            "sdk": lambda: measure_sdk(tools, robot, servos, rounds.seconds, script),
        })
        per_s = lambda side: lambda each: each[side]["per_s"]
        detail = {"wire_limit_per_s": limit_hz, "of_wire_limit": median(done, per_s("subject"))
                  / limit_hz, "aim_of_wire_limit": WIRE_AIM, "packets": describe(script)}
        for name, side, limit in [("the bare loop", "floor", FLOOR_LIMIT),
                                  ("the SDK", "sdk", SDK_LIMIT)]:
            yield result(f"{servos} servos, against {name}", "ticks/s", done,
                         subject=per_s("subject"), floor=per_s("floor"), incumbent=per_s("sdk"),
                         ratio=lambda each, side=side: each["subject"]["per_s"]
                         / each[side]["per_s"], limit=limit, aim=1.0, higher=True, detail=detail)
