"""What publishing costs the tick: its body, all but sleeping and the wire, with 0 and 50 watchers."""

import contextlib
import time

from . import ticks
from .p07 import watched
from .processes import daemon, simulator, wait_open
from .rounds import median, result

LIMIT_US, AIM_US = 50, 5
RATIO_LIMIT = 1.5


def measure(tools, watchers, seconds):
    with contextlib.ExitStack() as stack:
        sim = stack.enter_context(simulator(tools))
        program = stack.enter_context(daemon(tools, sim, 200, probe=True))
        wait_open(tools, program, 6)
        if watchers:
            stack.enter_context(watched(tools, program, seconds))
        time.sleep(0.3)
        began = time.monotonic_ns()
        time.sleep(seconds)
        seen = ticks.read(program.ticks_path, began)
    body = ticks.body_us(seen)
    cpu = [tick.cpu_ns / 1e3 for tick in seen]
    return {"p50": ticks.percentile(body, 0.5), "p99": ticks.percentile(body, 0.99),
            "cpu_p50": ticks.percentile(cpu, 0.5), "cpu_p99": ticks.percentile(cpu, 0.99)}


def run(tools, rounds):
    done = rounds.run({"alone": lambda: measure(tools, 0, rounds.seconds),
                       "watched": lambda: measure(tools, 50, rounds.seconds)})
    value = lambda side, key: lambda each: each[side][key]
    detail = {key: median(done, value("watched", key)) for key in ("p50", "cpu_p50", "cpu_p99")}
    yield result("50 watchers at 200 Hz: body p99", "us", done, subject=value("watched", "p99"),
                 limit=LIMIT_US, aim=AIM_US, detail=detail)
    yield result("50 watchers against none: body p50", "us", done,
                 subject=value("watched", "p50"),
                 ratio=lambda each: each["watched"]["p50"] / each["alone"]["p50"],
                 limit=RATIO_LIMIT, aim=1.0)
    yield result("50 watchers against none: thread CPU p50", "us", done,
                 subject=value("watched", "cpu_p50"),
                 ratio=lambda each: each["watched"]["cpu_p50"] / each["alone"]["cpu_p50"],
                 limit=RATIO_LIMIT, aim=1.0)
