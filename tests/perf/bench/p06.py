"""How late ticks are at 200 Hz, and how many are missed, idle and with two busy loops."""

import time

from . import ticks
from .processes import daemon, following, hogs, simulator, wait_open
from .rounds import median, result

RATE_HZ = 200
PERIOD_NS = 1_000_000_000 // RATE_HZ


def measure_daemon(tools, load, seconds):
    with simulator(tools) as sim, daemon(tools, sim, RATE_HZ, probe=True) as program:
        wait_open(tools, program, 6)
        with following(tools, program, seconds + 2, "--rate", 50) as report, hogs(load):
            began = time.monotonic_ns()
            time.sleep(seconds)
            seen = ticks.read(program.ticks_path, began)
            report()
    late = ticks.lateness_us(seen)
    return {"p50": ticks.percentile(late, 0.5), "p99": ticks.percentile(late, 0.99),
            "p99_9": ticks.percentile(late, 0.999), "max": max(late),
            "missed_percent": 100 * ticks.missed(seen, PERIOD_NS) / len(seen)}


def measure_loop(tools, load, command):
    with hogs(load):
        seen = tools.json(command)
    late = seen["lateness_us"]
    return {"p50": late["p50"], "p99": late["p99"],
            "missed_percent": 100 * seen["missed"] / max(1, seen["ran"])}


def run(tools, rounds):
    seconds = rounds.seconds
    floor = [tools.sleep_loop, "--rate", RATE_HZ, "--seconds", seconds, "--priority", 50]
    python = [tools.python, tools.incumbents / "sleep_loop.py", "--rate", RATE_HZ,
              "--seconds", seconds]
    for load, name in [(0, "idle"), (2, "two busy loops")]:
        done = rounds.run({"subject": lambda: measure_daemon(tools, load, seconds),
                           "floor": lambda: measure_loop(tools, load, floor),
                           "python": lambda: measure_loop(tools, load, python)})
        value = lambda side, key: lambda each: each[side][key]
        yield result(f"200 Hz, {name}: lateness p99", "us", done, subject=value("subject", "p99"),
                     floor=value("floor", "p99"), incumbent=value("python", "p99"),
                     ratio=lambda each: each["subject"]["p99"]
                     / (1.5 * each["floor"]["p99"] + 50), limit=1.0,
                     limit_text="ratio to (1.5 x floor + 50 us) <= 1",
                     detail={"p50_us": median(done, value("subject", "p50")),
                             "p99_9_us": median(done, value("subject", "p99_9")),
                             "max_us": median(done, value("subject", "max"))})
        yield result(f"200 Hz, {name}: ticks missed", "percent", done,
                     subject=value("subject", "missed_percent"),
                     floor=value("floor", "missed_percent"),
                     incumbent=value("python", "missed_percent"),
                     ratio=lambda each: each["subject"]["missed_percent"]
                     - each["floor"]["missed_percent"], limit=0.1, aim=0,
                     limit_text="subject - floor <= 0.1")
