#!/usr/bin/env python3
"""A bad network in a box: forwards one port and impairs what goes through it.

  tests/tools/impair.py [--seed N] ADDRESS      ADDRESS: 127.0.0.1:PORT, [::1]:PORT or unix:PATH

Listens on a free port of 127.0.0.1 and prints it ("port 40123") before anything else. Then every
line on stdin is a command, answered by one line on stdout: "ok", what was asked for, or "error: ...".
Ends with stdin. Bytes are never altered, and keep their order, whatever becomes of their timing.

  delay 100ms [jitter 50ms]   each chunk takes 50 to 150 ms; one that would overtake waits
  rate 64kB/s                 no faster than that (B/s, kB/s, MB/s)
  stall 5% for 300ms          so many chunks are held for that long, and what is behind them
  freeze 1s                   nothing passes for that long; then all of it, in a burst
  blackhole                   swallows bytes and closes from now on; connections stay open, new ones too
  half-open                   the same for the connections there are; new ones are as good as ever
  reset                       resets (RST) every connection, on both sides
  refuse                      closes new connections at once; those there are go on
  clear                       all of the above is over; what has swallowed bytes stays dead
  counts                      connections, open, refused, and of each direction: bytes passed, held, lost; stalls

All but reset, refuse, clear and counts take `up` (to ADDRESS) or `down` at their end; without it
they are for both. `delay 0ms`, `rate 0` and `stall 0% for 0ms` end theirs alone. Times: us, ms, s.

The same seed gives the same delays and stalls to the same chunks of the same connections; how bytes
fall into chunks is the sender's business and the kernel's.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import ipaddress
import random
import re
import socket
import struct
import sys

CHUNK_BYTES = 4096
# What a direction holds before it reads no more, as a full pipe: the sender then has to wait.
MOST_HELD_BYTES = 1 << 20
DIRECTIONS = ("up", "down")
UNITS_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
UNITS_BYTES_S = {"": 1.0, "B/s": 1.0, "kB/s": 1e3, "MB/s": 1e6}


class BadCommand(Exception):
    """A line that is not understood; says why."""


def span_s(text):
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(us|ms|s)", text)
    if not match:
        raise BadCommand(f"'{text}' is no time, as 20ms or 1.5s")
    return float(match[1]) * UNITS_S[match[2]]


def rate_bytes_s(text):
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(B/s|kB/s|MB/s|)", text)
    if not match:
        raise BadCommand(f"'{text}' is no rate, as 64kB/s")
    return float(match[1]) * UNITS_BYTES_S[match[2]]


def share(text):
    match = re.fullmatch(r"(\d+(?:\.\d+)?)%", text)
    if not match or float(match[1]) > 100:
        raise BadCommand(f"'{text}' is no share, as 5%")
    return float(match[1]) / 100


@dataclasses.dataclass
class Weather:
    """What one direction of all connections suffers at present."""

    delay_s: float = 0.0
    jitter_s: float = 0.0
    rate_bytes_s: float = 0.0  # 0: no limit
    stall_share: float = 0.0
    stall_s: float = 0.0
    frozen_until: float = 0.0
    blackhole: bool = False


@dataclasses.dataclass
class Tally:
    """What went through one direction since the start, and what is in it."""

    passed: int = 0  # bytes
    held: int = 0
    lost: int = 0
    stalls: int = 0


class Timetable:
    """When each chunk of one direction is let through. Pure: the time is passed in, in seconds."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._last_due = 0.0
        self._line_free_at = 0.0

    def due(self, now, size, weather, tally):
        due = now
        if weather.rate_bytes_s:
            starts = max(self._line_free_at, now, weather.frozen_until)
            self._line_free_at = starts + size / weather.rate_bytes_s
            due = self._line_free_at
        due += max(0.0, weather.delay_s + weather.jitter_s * self._random.uniform(-1, 1))
        # Drawn in any case: that stalls begin does not change the delays.
        if self._random.random() < weather.stall_share:
            due += weather.stall_s
            tally.stalls += 1
        self._last_due = max(self._last_due, due)
        return self._last_due

    def forget(self):
        """What was held is let go: nothing has to wait behind it any more."""
        self._last_due = 0.0
        self._line_free_at = 0.0


class Pipe:
    """One direction of one connection: reads, holds, and writes when it is time."""

    def __init__(self, link, direction, number, reader, writer, reset):
        self._link = link
        self._reset = reset  # the whole connection
        self._weather = link.weather[direction]
        self._tally = link.tally[direction]
        self._reader = reader
        self._writer = writer
        self._timetable = Timetable(f"{link.seed}/{number}/{direction}")
        self._held = []  # of (due, bytes); no bytes are a close, None is a reset
        self._held_bytes = 0
        self._changed = asyncio.Event()
        self.torn = False  # it has swallowed something: nothing can follow that

    def notice(self, let_go=False):
        """The weather has changed."""
        if let_go:
            self._held = [(0.0, data) for _, data in self._held]
            self._timetable.forget()
        self._changed.set()

    def tear(self):
        """From now on nothing passes, in bytes or closes."""
        self.torn = True
        self._swallow()
        self._changed.set()

    def tear_if_held(self):
        if self._held:
            self.tear()

    async def run(self):
        """Until its close was passed on; a torn one until it is cancelled."""
        reading = asyncio.create_task(self._read())
        try:
            await self._write()
        finally:
            reading.cancel()
            self._swallow()

    def _swallow(self):
        self._tally.lost += self._held_bytes
        self._tally.held -= self._held_bytes
        self._held_bytes = 0
        self._held.clear()

    async def _read(self):
        while True:
            while self._held_bytes >= MOST_HELD_BYTES:
                await self._wait(None)
            try:
                data = await self._reader.read(CHUNK_BYTES)
            except OSError:
                data = None
            size = len(data or b"")
            self.torn = self.torn or self._weather.blackhole
            if self.torn:
                self._swallow()
                self._tally.lost += size
            else:
                due = self._timetable.due(self._link.now(), size, self._weather, self._tally)
                self._held.append((due, data))
                self._held_bytes += size
                self._tally.held += size
            self._changed.set()
            if not data:
                return

    async def _write(self):
        while True:
            await self._wait_for_first()
            _, data = self._held.pop(0)
            if data is None:
                self._reset()
                return
            self._held_bytes -= len(data)
            self._tally.held -= len(data)
            self._tally.passed += len(data)
            self._changed.set()
            try:
                if not data:
                    self._writer.write_eof()
                    return
                self._writer.write(data)
                await self._writer.drain()
            except OSError:  # the other direction finds out as well, and says what it was
                return

    async def _wait_for_first(self):
        while True:
            wait_s = None
            if self._held:
                wait_s = max(self._held[0][0], self._weather.frozen_until) - self._link.now()
                if wait_s <= 0:
                    return
            await self._wait(wait_s)

    async def _wait(self, timeout_s):
        self._changed.clear()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._changed.wait(), timeout_s)


class Connection:
    """A client's connection and ours to the address, with a pipe each way."""

    def __init__(self, link, number, near, far):
        self._writers = (near[1], far[1])
        self.pipes = {"up": Pipe(link, "up", number, near[0], far[1], self.reset),
                      "down": Pipe(link, "down", number, far[0], near[1], self.reset)}

    async def run(self):
        try:
            await asyncio.gather(*(pipe.run() for pipe in self.pipes.values()))
        finally:
            for writer in self._writers:
                writer.close()

    def reset(self):
        for writer in self._writers:
            if writer.transport.is_closing():
                continue
            end = writer.get_extra_info("socket")
            # Closing then sends an RST instead of what is left and a FIN.
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


class Link:
    """The listening port and all that goes through it, and what is done to that."""

    def __init__(self, connect, seed=1):
        self._connect = connect  # yields a reader and a writer of the address
        self.seed = seed
        self.weather = {direction: Weather() for direction in DIRECTIONS}
        self.tally = {direction: Tally() for direction in DIRECTIONS}
        self._refusing = False
        self._refused = 0
        self._made = 0
        self._open = {}  # Connection: its task
        self._server = None

    @staticmethod
    def now():
        return asyncio.get_running_loop().time()

    async def listen(self):
        """The port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self._server.sockets[0].getsockname()[1]

    async def close(self):
        self._server.close()
        for task in list(self._open.values()):
            task.cancel()
        await asyncio.gather(*self._open.values(), return_exceptions=True)

    async def _accept(self, reader, writer):
        if self._refusing:
            self._refused += 1
            writer.close()
            return
        self._made += 1
        number = self._made
        try:
            far = await self._connect()
        except OSError:  # nobody there: the client sees a close, as of a forwarding that has no end
            self._refused += 1
            writer.close()
            return
        connection = Connection(self, number, (reader, writer), far)
        self._open[connection] = asyncio.current_task()
        try:
            with contextlib.suppress(asyncio.CancelledError):  # asked for by reset and close
                await connection.run()
        finally:
            del self._open[connection]

    def obey(self, line):
        """Carries one command out and yields its answer."""
        words = line.split()
        directions = DIRECTIONS
        if words and words[-1] in DIRECTIONS:
            directions = (words.pop(),)
        try:
            match words:
                case ["delay", delay]:
                    self._set(directions, delay_s=span_s(delay), jitter_s=0.0)
                case ["delay", delay, "jitter", jitter]:
                    self._set(directions, delay_s=span_s(delay), jitter_s=span_s(jitter))
                case ["rate", rate]:
                    self._set(directions, rate_bytes_s=rate_bytes_s(rate))
                case ["stall", part, "for", stall]:
                    self._set(directions, stall_share=share(part), stall_s=span_s(stall))
                case ["freeze", span]:
                    self._set(directions, frozen_until=self.now() + span_s(span))
                case ["blackhole"]:
                    self._set(directions, blackhole=True)
                case ["half-open"]:
                    for connection in self._open:
                        for direction in directions:
                            connection.pipes[direction].tear()
                case ["reset"] if directions == DIRECTIONS:
                    for connection, task in list(self._open.items()):
                        connection.reset()
                        task.cancel()
                case ["refuse"] if directions == DIRECTIONS:
                    self._refusing = True
                case ["clear"] if directions == DIRECTIONS:
                    self._refusing = False
                    for direction in DIRECTIONS:
                        self._set((direction,), let_go=True, **dataclasses.asdict(Weather()))
                case ["counts"] if directions == DIRECTIONS:
                    return self._counts()
                case _:
                    raise BadCommand(f"'{line.strip()}' is no command; see --help")
        except BadCommand as why:
            return f"error: {why}"
        return "ok"

    def _set(self, directions, let_go=False, **fields):
        for direction in directions:
            # A black hole has what is under way, too; once it is over that is gone.
            if fields.get("blackhole"):
                for connection in self._open:
                    connection.pipes[direction].tear_if_held()
            for name, value in fields.items():
                setattr(self.weather[direction], name, value)
            for connection in self._open:
                connection.pipes[direction].notice(let_go)

    def _counts(self):
        words = [f"connections={self._made}", f"open={len(self._open)}", f"refused={self._refused}"]
        for direction in DIRECTIONS:
            for name, value in dataclasses.asdict(self.tally[direction]).items():
                words.append(f"{direction}_{name}={value}")
        return " ".join(words)


def connector(address):
    """What connects to `address`; ValueError where that is none on this computer."""
    if address.startswith("unix:"):
        return lambda: asyncio.open_unix_connection(address.removeprefix("unix:"))
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if not port.isdecimal() or not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"{address} is neither unix:PATH nor a loopback address with a port")
    return lambda: asyncio.open_connection(host, int(port))


async def serve(connect, seed):
    link = Link(connect, seed)
    print(f"port {await link.listen()}", flush=True)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        print(link.obey(line.decode(errors="replace")), flush=True)
    await link.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="of delays and stalls (default: 1)")
    parser.add_argument("address", metavar="ADDRESS", help="where to forward to, on this computer")
    arguments = parser.parse_args()
    try:
        connect = connector(arguments.address)
    except ValueError as why:
        parser.error(str(why))
    asyncio.run(serve(connect, arguments.seed))


if __name__ == "__main__":
    main()
