"""Reads the simulator's byte log: which packets the host sent, and when."""

import base64
import collections

WRITE_GOALS = (0x83, 42)  # sync write, goal position
INSTRUCTION_READ = 0x02
INSTRUCTION_SYNC_READ = 0x82
ANSWER_OVERHEAD = 6

# `start_ns`: when the packet's first byte began on the wire.
Packet = collections.namedtuple("Packet", "start_ns data")


def instruction(packet):
    return packet.data[4]


def parameters(packet):
    return packet.data[5:-1]


def read_log(tools, control, since_ns):
    """The packets that the host began at or after `since_ns`, and how many bytes were lost."""
    log = tools.sim_call(control, "ReadByteLog", since_ns=since_ns)
    stream = bytearray()
    stamps = []
    for entry in log["entries"]:
        if not entry["from_host"]:
            continue
        data = base64.b64decode(entry["data"])
        first = int(entry["time_ns"]) - entry["byte_ns"]
        stamps.extend(first + k * entry["byte_ns"] for k in range(len(data)))
        stream += data
    return list(split(stream, stamps)), int(log["lost"])


def split(stream, stamps):
    at = 0
    while at + 6 <= len(stream):
        if stream[at] != 0xFF or stream[at + 1] != 0xFF:
            at += 1
            continue
        size = stream[at + 3] + 4
        if at + size > len(stream):
            return
        yield Packet(stamps[at], bytes(stream[at:at + size]))
        at += size


def answer_size(packet):
    kind, body = instruction(packet), parameters(packet)
    if kind == INSTRUCTION_SYNC_READ:
        return (ANSWER_OVERHEAD + body[1]) * (len(body) - 2)
    if kind == INSTRUCTION_READ:
        return ANSWER_OVERHEAD + body[1]
    return 0 if packet.data[2] == 0xFE else ANSWER_OVERHEAD


def cycles(packets):
    """Requests as the host must have written them: packets up to one that is answered."""
    request = b""
    for packet in packets:
        request += packet.data
        size = answer_size(packet)
        if size:
            yield request, size
            request = b""


def is_tick(request):
    """Whether a cycle is a tick's main exchange; the rest are reads of single servos."""
    return any(request[at] == 0xFF and request[at + 1] == 0xFF
               and request[at + 4] == INSTRUCTION_SYNC_READ
               for at in range(len(request) - 5))


def wire_limit_hz(script, turnaround_s=20e-6, byte_s=1e-5):
    """Ticks a second that the wire allows for the cycles of a script."""
    seconds = 0.0
    for request, size in script:
        read = next((at for at in range(len(request) - 5)
                     if request[at:at + 2] == b"\xff\xff"
                     and request[at + 4] == INSTRUCTION_SYNC_READ), None)
        servos = 1 if read is None else request[read + 3] - 4
        seconds += (len(request) + size) * byte_s + servos * turnaround_s
    return sum(is_tick(request) for request, _ in script) / seconds


def goals(packet):
    """Servo id -> raw goal, of a sync write of goal positions; else nothing."""
    body = parameters(packet)
    if instruction(packet) != WRITE_GOALS[0] or body[0] != WRITE_GOALS[1]:
        return {}
    width = body[1]
    return {body[at]: body[at + 1] | body[at + 2] << 8
            for at in range(2, len(body) - width, width + 1)}
