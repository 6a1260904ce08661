"""What tick_probe wrote about the control thread."""

import collections
import struct

Tick = collections.namedtuple("Tick", "due_ns woke_ns slept_ns wire_ns cpu_ns allocations "
                                      "minor_faults major_faults")
HEADER = struct.Struct("<qq")
RECORD = struct.Struct("<8q")


def read(path, since_ns=0, until_ns=1 << 62):
    """The ticks that woke in the time given. Sleeps within a tick are part of it."""
    with open(path, "rb") as file:
        _, count = HEADER.unpack(file.read(HEADER.size))
        data = file.read(count * RECORD.size)
    ticks = [Tick(*fields) for fields in RECORD.iter_unpack(data)]
    return [tick for tick in ticks if since_ns <= tick.woke_ns < until_ns]


def lateness_us(ticks):
    return [(tick.woke_ns - tick.due_ns) / 1e3 for tick in ticks]


def body_us(ticks):
    """All but sleeping and the tty's calls."""
    return [(tick.slept_ns - tick.woke_ns - tick.wire_ns) / 1e3 for tick in ticks]


def wall_us(ticks):
    return [(tick.slept_ns - tick.woke_ns) / 1e3 for tick in ticks]


def missed(ticks, period_ns):
    """Whole periods between the first and the last tick that had none."""
    return sum(max(0, round((b.due_ns - a.due_ns) / period_ns) - 1)
               for a, b in zip(ticks, ticks[1:]))


def percentile(values, fraction):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(fraction * (len(ordered) - 1) + 0.5))]
