"""CPU per tick at 200 Hz, all threads of the daemon, while it follows commands.

The daemon reads the full status block of each servo; floor and SDK read positions only, as people
do who have to save time.
"""

import time

from .processes import bus_status, cpu_ns, daemon, following, simulator, wait_open
from .rounds import result

RATE_HZ = 200
SDK_LIMIT, SDK_AIM = 0.10, 0.03


def measure_daemon(tools, seconds):
    with simulator(tools) as sim, daemon(tools, sim, RATE_HZ) as program:
        wait_open(tools, program, 6)
        with following(tools, program, seconds + 2, "--rate", 50) as report:
            ticks, cpu = bus_status(tools, program)["ticks"], cpu_ns(program.pid)
            control = cpu_ns(program.pid, "ctl:")
            time.sleep(seconds)
            ran = bus_status(tools, program)["ticks"] - ticks
            cpu, control = cpu_ns(program.pid) - cpu, cpu_ns(program.pid, "ctl:") - control
            report()
    return {"cpu_us": cpu / ran / 1e3, "control_us": control / ran / 1e3}


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
    cpu = lambda side: lambda each: each[side]["cpu_us"]
    yield result("6 servos, 200 Hz, following", "us of CPU per tick", done,
                 subject=cpu("subject"), floor=cpu("floor"), incumbent=cpu("sdk"),
                 ratio=lambda each: each["subject"]["cpu_us"] / each["sdk"]["cpu_us"],
                 limit=SDK_LIMIT, aim=SDK_AIM,
                 detail={"control_thread_us": [each["subject"]["control_us"] for each in done],
                         "ratio_to_floor": [each["subject"]["cpu_us"] / each["floor"]["cpu_us"]
                                            for each in done]})
