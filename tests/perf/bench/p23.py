"""From exec to the first state with six fresh joints, and memory."""

import subprocess
import time

from .processes import Broken, cpu_ns, daemon, rss_kb, simulator
from .rounds import median, result

LIMIT_MS, AIM_MS = 200, 100
RSS_LIMIT_MB, RSS_AIM_MB = 40, 25


def measure_daemon(tools):
    with simulator(tools) as sim:
        address = f"unix:{sim.folder}/soarmd.sock"
        client = subprocess.Popen([tools.client, "first", address], stdout=subprocess.PIPE,
                                  text=True)
        client.stdout.readline()  # "waiting"
        with daemon(tools, sim, 200, wait=False) as program:
            line = client.stdout.readline()
            client.wait(20)
            if client.returncode != 0:
                raise Broken(f"no first state: {program.text()[-500:]}")
            first_ns = int(line.split(":")[1].rstrip("}\n "))
            time.sleep(1)
            cpu = cpu_ns(program.pid)
            time.sleep(1)
            cpu = cpu_ns(program.pid) - cpu
            children = subprocess.run(["pgrep", "-P", str(program.pid)], capture_output=True,
                                      text=True, check=False).stdout.split()
            return {"first_ms": (first_ns - program.began_ns) / 1e6,
                    "rss_mb": rss_kb(program.pid) / 1024, "cpu_percent": cpu / 1e7,
                    "children_mb": sum(rss_kb(child) for child in children) / 1024}


def measure_sdk(tools):
    with simulator(tools) as sim:
        began = time.monotonic_ns()
        seen = tools.json([tools.python, tools.incumbents / "sdk_bus_loop.py", "--port", sim.tty,
                           "--seconds", 0.01])
    return {"first_ms": (seen["first_read_ns"] - began) / 1e6, "rss_mb": seen["rss_mb"]}


def run(tools, rounds):
    done = rounds.run({"subject": lambda: measure_daemon(tools), "sdk": lambda: measure_sdk(tools)})
    value = lambda side, key: lambda each: each[side][key]
    yield result("exec to first state, six fresh joints", "ms", done,
                 subject=value("subject", "first_ms"), incumbent=value("sdk", "first_ms"),
                 limit=LIMIT_MS, aim=AIM_MS)
    yield result("resident memory, no camera", "MB", done, subject=value("subject", "rss_mb"),
                 incumbent=value("sdk", "rss_mb"), limit=RSS_LIMIT_MB, aim=RSS_AIM_MB,
                 detail={"guardian_mb": median(done, value("subject", "children_mb")),
                         "cpu_percent_at_200_hz": median(done, value("subject", "cpu_percent"))})
