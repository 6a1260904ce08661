"""From a tick to a client, and the daemon's CPU a message, by Unix socket, loopback and TLS (P9, P10)."""

import time

from .processes import cpu_ns, daemon, pair, running, simulator, wait_open
from .rounds import median, result

TRANSPORTS = ("unix", "loopback", "tls")
CLIENTS = 10
RATE_HZ = 200
# Beyond loopback's, of the median.
LIMIT_US, AIM_US = 500, 100
CPU_LIMIT, CPU_AIM = 3.0, 1.3


def measure(tools, transport, seconds):
    with simulator(tools) as sim, daemon(tools, sim, RATE_HZ) as program:
        wait_open(tools, program, 6)
        pair(tools, sim, program)
        time.sleep(1)  # the offer's last word
        began = cpu_ns(program.pid)
        time.sleep(seconds)
        idle = cpu_ns(program.pid) - began
        command = [tools.client, "watch", program.transports[transport], "--clients", CLIENTS,
                   "--rate", RATE_HZ, "--seconds", seconds + 1]
        with running(command) as report:
            time.sleep(0.5)
            began = cpu_ns(program.pid)
            time.sleep(seconds)
            busy = cpu_ns(program.pid) - began
            seen = report()
    messages = seen["frames_all"] * seconds / (seconds + 1)
    return {"p50": seen["age_us"]["p50"], "p99": seen["age_us"]["p99"],
            "cpu_us": (busy - idle) / 1e3 / messages, "frames": seen["frames_all"]}


def run(tools, rounds):
    done = rounds.run({name: lambda name=name: measure(tools, name, rounds.seconds)
                       for name in TRANSPORTS})
    value = lambda side, key: lambda each: each[side][key]
    all_of = lambda key: {name: median(done, value(name, key)) for name in TRANSPORTS}
    yield result(f"{CLIENTS} watchers at {RATE_HZ} Hz: tick to client by TLS, p50 beyond loopback's",
                 "us", done,
                 subject=lambda each: each["tls"]["p50"] - each["loopback"]["p50"],
                 floor=value("loopback", "p50"), limit=LIMIT_US, aim=AIM_US,
                 detail={"p50_us": all_of("p50"), "p99_us": all_of("p99")})
    yield result(f"{CLIENTS} watchers at {RATE_HZ} Hz: the daemon's CPU a message by TLS",
                 "us", done, subject=value("tls", "cpu_us"), floor=value("loopback", "cpu_us"),
                 ratio=lambda each: each["tls"]["cpu_us"] / each["loopback"]["cpu_us"],
                 limit=CPU_LIMIT, aim=CPU_AIM, detail={"cpu_us": all_of("cpu_us")})
