"""From a command handed to gRPC to the first byte of a packet that carries a new goal."""

import threading
import time

from . import ticks, wire
from .processes import Broken, daemon, following, pair, simulator, wait_open
from .rounds import median, result

RATE_HZ = 200
LIMIT_US = 1e6 / RATE_HZ + 1000
AIM_US = 1e6 / RATE_HZ + 300
# Beyond loopback's; half a tick of it is chance.
TLS_LIMIT_US, TLS_AIM_US = 1000, 100
JOINT, SERVO = "wrist_roll", 5
# So quick that the first tick after a step already has another whole tick to write.
LIMITS = "[limits.arm.wrist_roll]\nacceleration_rad_s2 = 400\nvelocity_rad_s = 10\n"


class LogReader(threading.Thread):
    """Empties the byte log while it fills."""

    def __init__(self, tools, control):
        super().__init__(daemon=True)
        self.tools, self.control = tools, control
        self.since_ns = time.monotonic_ns()
        self.goals = {}  # start of the packet -> the servo's goal
        self.lost = 0
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(0.5):
            self.read()

    def read(self):
        # Overlaps by a little: a packet may have been cut by the end of the last read.
        began = time.monotonic_ns()
        packets, lost = wire.read_log(self.tools, self.control, self.since_ns - 50_000_000)
        self.since_ns = began
        self.lost = max(self.lost, lost)
        for packet in packets:
            goal = wire.goals(packet).get(SERVO)
            if goal is not None:
                self.goals[packet.start_ns] = goal

    def end(self):
        self.ended.set()
        self.join()
        self.read()


def delays_us(steps, goals):
    """For each step, until the first goal that differs from the one before it."""
    written = sorted(goals.items())
    for sent, _ in steps:
        before = [goal for at, goal in written if at < sent]
        after = [at for at, goal in written if at >= sent and before and goal != before[-1]]
        if after:
            yield (after[0] - sent) / 1e3


def measure(tools, transport, seconds):
    with simulator(tools) as sim, daemon(tools, sim, RATE_HZ, extra=LIMITS) as program:
        wait_open(tools, program, 6)
        pair(tools, sim, program)
        with following(tools, program, seconds, "--mode", "steps", "--joint", JOINT,
                       "--rate", 50, address=program.transports[transport]) as report:
            reader = LogReader(tools, sim.control)
            reader.start()
            steps = report()["steps"]
            reader.end()
    delays = list(delays_us([step for step in steps if step[0] >= min(reader.goals, default=0)],
                            reader.goals))
    if len(delays) < len(steps) / 2:
        raise Broken(f"only {len(delays)} of {len(steps)} steps were seen on the bus")
    return {"p50": ticks.percentile(delays, 0.5), "p99": ticks.percentile(delays, 0.99),
            "steps": len(delays)}


def run(tools, rounds):
    seconds = 5 if rounds.quick else 20
    done = rounds.run({"subject": lambda: measure(tools, "unix", seconds),
                       "loopback": lambda: measure(tools, "loopback", seconds),
                       "tls": lambda: measure(tools, "tls", seconds)})
    yield result("200 Hz, one client: command to first byte, p99", "us", done,
                 subject=lambda each: each["subject"]["p99"], limit=LIMIT_US, aim=AIM_US,
                 detail={"p50_us": median(done, lambda each: each["subject"]["p50"]),
                         "steps_a_round": done[0]["subject"]["steps"]})
    by_tls = lambda key: lambda each: each["tls"][key] - each["loopback"][key]
    yield result("200 Hz, one client by TLS: command to first byte, p50 beyond loopback's", "us",
                 done, subject=by_tls("p50"), floor=lambda each: each["loopback"]["p50"],
                 limit=TLS_LIMIT_US, aim=TLS_AIM_US,
                 detail={"p99_us": median(done, by_tls("p99"))})
