"""What impair.py does to bytes, and that it does nothing else to them.

Nothing here waits for time to pass: delays are looked at in the timetable, whose clock is passed in,
and what is held is seen in the counts.
"""

import asyncio
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from impair import Link, Tally, Timetable, Weather, connector

PROGRAM = Path(__file__).resolve().parent / "impair.py"


class TimetableTest(unittest.TestCase):
    @staticmethod
    def dues(weather, seed=1, every_s=0.02, size=100, count=500):
        timetable, tally = Timetable(seed), Tally()
        return [(n * every_s, timetable.due(n * every_s, size, weather, tally))
                for n in range(count)], tally

    def test_clean_weather_costs_nothing(self):
        dues, _ = self.dues(Weather())
        self.assertTrue(all(due == now for now, due in dues))

    def test_delays_lie_within_their_jitter_and_keep_the_order(self):
        dues, _ = self.dues(Weather(delay_s=0.1, jitter_s=0.05))
        delays = [due - now for now, due in dues]
        self.assertGreaterEqual(min(delays), 0.05)
        self.assertLessEqual(max(delays), 0.15 + 1e-9)
        self.assertGreater(max(delays) - min(delays), 0.05)
        self.assertEqual([due for _, due in dues], sorted(due for _, due in dues))

    def test_a_jitter_larger_than_the_delay_brings_nothing_forward(self):
        dues, _ = self.dues(Weather(delay_s=0.01, jitter_s=0.05))
        self.assertTrue(all(due >= now for now, due in dues))

    def test_a_rate_is_kept_and_idle_time_is_not_saved_up(self):
        weather = Weather(rate_bytes_s=1000)
        dues, _ = self.dues(weather, every_s=0, size=100, count=10)
        self.assertAlmostEqual(dues[-1][1], 1.0)
        timetable = Timetable(1)
        self.assertAlmostEqual(timetable.due(50.0, 100, weather, Tally()), 50.1)

    def test_what_froze_on_a_slow_line_thaws_at_its_rate(self):
        weather = Weather(rate_bytes_s=1000, frozen_until=5.0)
        timetable = Timetable(1)
        dues = [timetable.due(now, 100, weather, Tally()) for now in (1.0, 2.0, 7.0)]
        self.assertEqual([round(due, 6) for due in dues], [5.1, 5.2, 7.1])

    def test_stalls_are_as_many_as_asked_for_and_hold_what_is_behind(self):
        dues, tally = self.dues(Weather(stall_share=0.05, stall_s=0.3), count=4000)
        self.assertGreater(tally.stalls, 120)
        self.assertLess(tally.stalls, 280)
        held = sum(1 for now, due in dues if due > now)
        self.assertGreater(held, 5 * tally.stalls)

    def test_the_seed_decides(self):
        weather = Weather(delay_s=0.1, jitter_s=0.05, stall_share=0.05, stall_s=0.3)
        self.assertEqual(self.dues(weather, seed=7), self.dues(weather, seed=7))
        self.assertNotEqual(self.dues(weather, seed=7), self.dues(weather, seed=8))


class Ends:
    """A link, what is behind it, and connections through it."""

    async def __aenter__(self):
        self.arrived = asyncio.Queue()  # the far end of each connection, as it arrives
        self.server = await asyncio.start_server(
            lambda reader, writer: self.arrived.put_nowait((reader, writer)), "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        self.link = Link(connector(f"127.0.0.1:{port}"))
        self.port = await self.link.listen()
        self.writers = []
        return self

    async def __aexit__(self, *_):
        await self.link.close()
        for writer in self.writers:
            writer.close()
        self.server.close()

    async def connect(self):
        opened = self.count("open") + 1
        near = await asyncio.open_connection("127.0.0.1", self.port)
        far = await self.arrived.get()
        await self.until("open", opened)
        self.writers += [near[1], far[1]]
        return near, far

    def count(self, name):
        return int(re.search(rf"\b{name}=(\d+)", self.link.obey("counts"))[1])

    async def until(self, name, value):
        while self.count(name) != value:
            await asyncio.sleep(0)

    def obey(self, *lines):
        for line in lines:
            answer = self.link.obey(line)
            assert answer == "ok", answer


class LinkTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.ends = await self.enterAsyncContext(Ends())

    async def test_bytes_pass_unaltered_both_ways_whatever_delays_them(self):
        self.ends.obey("delay 2ms jitter 2ms", "stall 10% for 3ms", "rate 20MB/s")
        near, far = await self.ends.connect()
        sent = os.urandom(200_000)
        for (_, writer), (reader, _) in ((near, far), (far, near)):
            writer.write(sent)
            writer.write_eof()
            self.assertEqual(await reader.read(-1), sent)

    async def test_a_close_is_passed_on_and_the_other_direction_goes_on(self):
        near, far = await self.ends.connect()
        near[1].write_eof()
        self.assertEqual(await far[0].read(), b"")
        far[1].write(b"still here")
        self.assertEqual(await near[0].readexactly(10), b"still here")
        far[1].close()
        self.assertEqual(await near[0].read(), b"")
        await self.ends.until("open", 0)

    async def test_what_is_frozen_arrives_when_that_is_over(self):
        near, far = await self.ends.connect()
        self.ends.obey("freeze 1000s up")
        near[1].write(b"held")
        far[1].write(b"passes")
        self.assertEqual(await near[0].readexactly(6), b"passes")
        await self.ends.until("up_held", 4)
        self.assertEqual(self.ends.count("up_passed"), 0)
        self.ends.obey("clear")
        self.assertEqual(await far[0].readexactly(4), b"held")

    async def test_clearing_lets_go_what_was_delayed(self):
        near, far = await self.ends.connect()
        self.ends.obey("delay 1000s")
        near[1].write(b"late")
        await self.ends.until("up_held", 4)
        self.ends.obey("clear")
        near[1].write(b" and soon")
        self.assertEqual(await far[0].readexactly(13), b"late and soon")

    async def test_a_black_hole_swallows_bytes_and_closes(self):
        near, far = await self.ends.connect()
        self.ends.obey("blackhole")
        near[1].write(b"gone")
        near[1].write_eof()
        await self.ends.until("up_lost", 4)
        new = await self.ends.connect()
        new[0][1].write(b"gone, too")
        await self.ends.until("up_lost", 13)
        self.ends.obey("clear")
        # With a hole in it the old one stays dead, and a new one is whole.
        newest = await self.ends.connect()
        newest[0][1].write(b"here")
        self.assertEqual(await newest[1][0].readexactly(4), b"here")
        self.assertEqual(self.ends.count("up_passed"), 4)
        self.assertFalse(far[0].at_eof())
        self.assertEqual(self.ends.count("open"), 3)

    async def test_a_black_hole_has_what_was_under_way(self):
        near, _ = await self.ends.connect()
        self.ends.obey("delay 1000s up")
        near[1].write(b"gone")
        await self.ends.until("up_held", 4)
        self.ends.obey("blackhole up", "clear")
        self.assertEqual((self.ends.count("up_held"), self.ends.count("up_lost")), (0, 4))

    async def test_a_link_that_came_through_a_black_hole_in_silence_goes_on(self):
        near, far = await self.ends.connect()
        self.ends.obey("blackhole", "clear")
        near[1].write(b"here")
        self.assertEqual(await far[0].readexactly(4), b"here")

    async def test_half_open_is_of_the_connections_there_are(self):
        near, far = await self.ends.connect()
        self.ends.obey("half-open")
        far[1].write(b"gone")
        await self.ends.until("down_lost", 4)
        far[1].close()
        new = await self.ends.connect()
        new[0][1].write(b"here")
        self.assertEqual(await new[1][0].readexactly(4), b"here")
        self.assertFalse(near[0].at_eof())
        self.assertEqual(self.ends.count("open"), 2)

    async def test_a_reset_reaches_both_sides(self):
        near, far = await self.ends.connect()
        self.ends.obey("reset")
        for reader, _ in (near, far):
            with self.assertRaises(ConnectionResetError):
                await reader.read()
        await self.ends.until("open", 0)

    async def test_a_reset_of_one_side_is_passed_on_to_the_other(self):
        near, far = await self.ends.connect()
        near[1].get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        near[1].transport.abort()
        with self.assertRaises(ConnectionResetError):
            await far[0].read()
        await self.ends.until("open", 0)

    async def test_refusing_leaves_the_others_alone(self):
        near, far = await self.ends.connect()
        self.ends.obey("refuse")
        reader, writer = await asyncio.open_connection("127.0.0.1", self.ends.port)
        self.ends.writers.append(writer)
        self.assertEqual(await reader.read(), b"")
        near[1].write(b"here")
        self.assertEqual(await far[0].readexactly(4), b"here")
        self.ends.obey("clear")
        await self.ends.connect()
        self.assertEqual((self.ends.count("refused"), self.ends.count("connections")), (1, 2))

    async def test_what_is_full_is_not_read_any_more(self):
        near, far = await self.ends.connect()
        self.ends.obey("freeze 1000s")
        sent = os.urandom(16 << 20)
        near[1].write(sent)
        while self.ends.count("up_held") < 1 << 20:
            await asyncio.sleep(0)
        self.assertLess(self.ends.count("up_held"), (1 << 20) + 4096)
        self.ends.obey("clear")
        self.assertEqual(await far[0].readexactly(len(sent)), sent)

    async def test_what_is_not_understood_is_said_and_changes_nothing(self):
        for line in ("delay", "delay 5", "stall 5 for 3ms", "stall 101% for 3ms", "rate fast",
                     "reset up", "delay 3ms jitter x down", "sleep 3s", ""):
            self.assertRegex(self.ends.link.obey(line), "^error: ", line)
        self.assertEqual(self.ends.link.weather["up"], Weather())


class ProgramTest(unittest.TestCase):
    def start(self, address):
        program = subprocess.Popen([sys.executable, "-B", PROGRAM, address], text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(program.stdout.close)
        return program

    def test_it_obeys_lines_and_ends_with_them(self):
        with tempfile.TemporaryDirectory() as folder:
            program = self.start(f"unix:{folder}/socket")
            self.assertRegex(program.stdout.readline(), r"^port \d+\n$")
            for line, answer in (("delay 1ms up", "ok\n"),
                                 ("nonsense", "error: 'nonsense' is no command; see --help\n")):
                program.stdin.write(line + "\n")
                program.stdin.flush()
                self.assertEqual(program.stdout.readline(), answer)
            program.stdin.close()
            self.assertEqual(program.wait(), 0)

    def test_it_leaves_this_computer_for_nobody(self):
        for address in ("192.0.2.1:80", "example.org:80", "127.0.0.1", "::1"):
            with self.assertRaises(ValueError):
                connector(address)

    def test_its_help_names_every_command(self):
        text = subprocess.run([sys.executable, "-B", PROGRAM, "--help"], capture_output=True,
                              text=True, check=True).stdout
        for word in re.findall(r'case \["([a-z-]+)"', PROGRAM.read_text()):
            self.assertRegex(text, rf"(?m)^  {word}\b")


if __name__ == "__main__":
    unittest.main()
