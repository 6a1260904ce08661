"""How wrong the estimate of the daemon's clock is, on one machine, where the truth is 0 (P25)."""

import contextlib

from .processes import hogs, simulating_daemon
from .rounds import median, result

SECONDS = 5
LIMIT_US, AIM_US = 1000, 100


def measure(tools, number):
    with contextlib.ExitStack() as stack:
        program = stack.enter_context(simulating_daemon(tools))
        stack.enter_context(hogs(number))
        return tools.json([tools.client, "clock", program.address, "--seconds", SECONDS])


def run(tools, rounds):
    sides = {"idle": 0, "two busy loops": 2}
    done = rounds.run({name: lambda hogs=number: measure(tools, hogs)
                       for name, number in sides.items()})
    for name in sides:
        value = lambda key, name=name: lambda each: each[name][key]
        yield result(f"{name}: error after {SECONDS} s", "us", done, subject=value("last_us"),
                     limit=LIMIT_US, aim=AIM_US,
                     detail={key: median(done, value(key)) for key in ("first_us", "uncertainty_us")})
        yield result(f"{name}: readings further off than they say", "readings", done,
                     subject=value("lies"), limit=0, aim=0, counted=True)
