"""Pollen's rustypot (the Python wheel of a Rust driver) against the simulated servos."""

import math
import time
import unittest

import rustypot

from simulator import Simulator, eventually

IDS = list(range(1, 7))
TICK_RAD = 2 * math.pi / 4096
PATIENCE_S = 0.4  # long, for the sake of loaded machines


class RustypotTest(unittest.TestCase):
    def setUp(self):
        self.sim = self.enterContext(Simulator())
        self.bus = rustypot.Sts3215PyController(self.sim.port, 1_000_000, PATIENCE_S)
        self.addCleanup(self.bus.close)

    def test_ping_knows_who_is_there(self):
        self.assertTrue(all(self.bus.ping(servo) for servo in IDS))
        self.assertFalse(self.bus.ping(7))

    def test_scan_tells_ids_and_models(self):
        # It waits for each id only briefly, whatever the time-out: a loaded machine needs more tries.
        self.assertTrue(eventually(
            lambda: self.bus.scan(list(range(1, 9))) == {servo: 777 for servo in IDS}))

    def test_broadcast_scan_finds_all_at_once(self):
        self.assertTrue(eventually(lambda: set(self.bus.broadcast_scan()) == set(IDS)))

    def test_sync_read_tells_what_the_registers_hold(self):
        raw = self.bus.sync_read_raw_present_position(IDS)
        for servo, told in zip(IDS, raw):
            self.assertAlmostEqual(told, self.sim.register(servo, 56), delta=2)

    def test_positions_are_radians_from_the_middle(self):
        told = self.bus.sync_read_present_position(IDS)
        for servo, angle in zip(IDS, told):
            raw = self.sim.register(servo, 56)
            self.assertAlmostEqual(angle, (raw - 2048) * TICK_RAD, delta=5 * TICK_RAD)

    def test_sync_write_moves_the_arm_there(self):
        here = self.bus.sync_read_raw_present_position(IDS)
        goals = []
        for servo, raw in zip(IDS, here):
            middle = (self.sim.register(servo, 9) + self.sim.register(servo, 11)) // 2
            goals.append(raw + (60 if middle > raw else -60))
        self.bus.sync_write_torque_enable(IDS, [True] * 6)
        self.bus.sync_write_raw_goal_position(IDS, goals)
        for servo, goal in zip(IDS, goals):
            self.assertTrue(
                eventually(lambda: abs(self.sim.truth(servo).position_raw - goal) <= 25),
                f"servo {servo}: {self.sim.truth(servo).position_raw} instead of {goal}")

    def test_calibration_registers_are_written_and_read(self):
        self.bus.write_raw_lock(5, 0)
        self.bus.write_raw_offset(5, 123)
        self.bus.write_raw_lock(5, 1)
        self.assertEqual(self.bus.read_raw_offset(5), [123])
        self.assertEqual(self.sim.register(5, 31), 123)

    def test_a_muted_servo_fails_the_sync_read_as_a_whole(self):
        self.sim("Mute", servo=3, on=True)
        with self.assertRaises(Exception):
            self.bus.sync_read_present_position(IDS)
        self.sim("Mute", servo=3, on=False)

        def reads_again():
            try:
                return len(self.bus.sync_read_present_position(IDS)) == 6
            except Exception:  # Draining what the failed read left takes it a call or two.
                return False
        self.assertTrue(eventually(reads_again))

    def test_an_answer_later_than_its_patience_raises(self):
        self.sim("Delay", servo=4, by="1.5s")
        began = time.monotonic()
        with self.assertRaises(Exception):
            self.bus.read_present_position(4)
        self.assertLess(time.monotonic() - began, 1.4)


if __name__ == "__main__":
    unittest.main()
