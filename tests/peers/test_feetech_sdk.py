"""Feetech's own SDK (feetech-servo-sdk 1.0.0) finds, reads, moves and loses the simulated servos
as it does real ones."""

import contextlib
import math
import time
import unittest

import scservo_sdk
from scservo_sdk import COMM_SUCCESS

from simulator import Simulator, eventually

IDS = range(1, 7)
TORQUE, GOAL, SPEED, LOCK, POSITION = 40, 42, 46, 55, 56
LOWER, UPPER, OFFSET = 9, 11, 31


def patiently(port, call, good):
    """The SDK gives up after some 50 ms of wall time, which a loaded machine takes now and then;
    what comes later must be thrown away before the next try. Yields the last try's result."""
    for _ in range(8):
        result = call()
        if good(result):
            break
        time.sleep(0.1)
        port.readPort(4096)
    return result


@contextlib.contextmanager
def opened(sim):
    port = scservo_sdk.PortHandler(sim.port)
    assert port.openPort() and port.setBaudRate(1_000_000)
    try:
        yield port
    finally:
        port.closePort()


class FeetechSdkTest(unittest.TestCase):
    def setUp(self):
        self.sim = self.enterContext(Simulator())
        self.port = self.enterContext(opened(self.sim))
        self.sdk = scservo_sdk.PacketHandler(0)

    def read(self, servo, address):
        value, result, _ = patiently(
            self.port, lambda: self.sdk.read2ByteTxRx(self.port, servo, address),
            lambda answer: answer[1] == COMM_SUCCESS)
        self.assertEqual(result, COMM_SUCCESS)
        return value

    def write(self, servo, address, value, width=2):
        call = self.sdk.write2ByteTxRx if width == 2 else self.sdk.write1ByteTxRx
        result, _ = patiently(self.port, lambda: call(self.port, servo, address, value),
                              lambda answer: answer[0] == COMM_SUCCESS)
        self.assertEqual(result, COMM_SUCCESS)

    def ping(self, servo):
        return patiently(self.port, lambda: self.sdk.ping(self.port, servo),
                         lambda answer: answer[1] == COMM_SUCCESS)

    def sync_read(self, address=POSITION, length=2):
        group = scservo_sdk.GroupSyncRead(self.port, self.sdk, address, length)
        for servo in IDS:
            group.addParam(servo)
        return group, patiently(self.port, group.txRxPacket, lambda result: result == COMM_SUCCESS)

    def test_ping_tells_the_model(self):
        for servo in IDS:
            model, result, error = self.ping(servo)
            self.assertEqual((model, result, error), (777, COMM_SUCCESS, 0))

    def test_scan_finds_the_six_and_nobody_else(self):
        found = [servo for servo in range(0, 9) if self.ping(servo)[1] == COMM_SUCCESS]
        self.assertEqual(found, list(IDS))

    def test_sync_read_tells_what_the_registers_hold(self):
        group, result = self.sync_read()
        self.assertEqual(result, COMM_SUCCESS)
        for servo in IDS:
            told = group.getData(servo, POSITION, 2)
            self.assertAlmostEqual(told, self.sim.register(servo, POSITION), delta=2)

    def test_sync_read_of_the_status_block(self):
        group, result = self.sync_read(56, 15)
        self.assertEqual(result, COMM_SUCCESS)
        self.assertTrue(all(group.isAvailable(servo, 56, 15) for servo in IDS))
        voltage = group.getData(1, 62, 1)
        self.assertTrue(45 <= voltage <= 130, voltage)

    def test_sync_write_moves_the_arm_there(self):
        goals = {}
        for servo in IDS:
            here = self.read(servo, POSITION)
            middle = (self.read(servo, LOWER) + self.read(servo, UPPER)) // 2
            goals[servo] = here + (60 if middle > here else -60)
            self.write(servo, TORQUE, 1, width=1)
        group = scservo_sdk.GroupSyncWrite(self.port, self.sdk, GOAL, 2)
        for servo, goal in goals.items():
            group.addParam(servo, [goal & 255, goal >> 8])
        self.assertEqual(group.txPacket(), COMM_SUCCESS)
        for servo, goal in goals.items():
            self.assertTrue(
                eventually(lambda: abs(self.sim.truth(servo).position_raw - goal) <= 25),
                f"servo {servo}: {self.sim.truth(servo).position_raw} instead of {goal}")

    def test_calibration_written_unlocked_survives_a_power_cycle(self):
        self.write(2, LOCK, 0, width=1)
        for address, value in [(OFFSET, 85), (LOWER, 900), (UPPER, 3100)]:
            self.write(2, address, value)
        self.write(2, LOCK, 1, width=1)
        self.sim("PowerCycle", servo=2)
        self.assertTrue(eventually(lambda: self.ping(2)[1] == COMM_SUCCESS))
        self.assertEqual([self.read(2, address) for address in (OFFSET, LOWER, UPPER)],
                         [85, 900, 3100])

    def test_calibration_written_locked_is_lost_at_a_power_cycle(self):
        before = self.read(2, LOWER)
        self.write(2, LOCK, 1, width=1)
        self.write(2, LOWER, before + 11)
        self.assertEqual(self.read(2, LOWER), before + 11)
        self.sim("PowerCycle", servo=2)
        self.assertTrue(eventually(lambda: self.ping(2)[1] == COMM_SUCCESS))
        self.assertEqual(self.read(2, LOWER), before)

    def test_a_muted_servo_ends_the_sync_read_and_costs_its_time_out(self):
        self.sim("Mute", servo=3, on=True)
        began = time.monotonic()
        _, result = self.sync_read()
        self.assertNotEqual(result, COMM_SUCCESS)
        self.assertGreater(time.monotonic() - began, 8 * 0.03)
        self.assertNotEqual(self.ping(3)[1], COMM_SUCCESS)
        self.sim("Mute", servo=3, on=False)
        self.assertEqual(self.sync_read()[1], COMM_SUCCESS)

    def test_an_answer_later_than_its_patience_is_a_time_out(self):
        self.sim("Delay", servo=4, by="0.2s")
        _, result, _ = self.sdk.read2ByteTxRx(self.port, 4, POSITION)
        self.assertNotEqual(result, COMM_SUCCESS)
        self.sim("Delay", servo=4, by="0s")
        self.assertTrue(eventually(lambda: self.port.getBytesAvailable() >= 8), "the late answer")
        self.port.readPort(4096)
        self.assertAlmostEqual(self.read(4, POSITION), self.sim.register(4, POSITION), delta=2)


class LekiwiTest(unittest.TestCase):
    def test_wheels_turn_at_a_speed_and_stop(self):
        sim = self.enterContext(Simulator("lekiwi"))
        port = self.enterContext(opened(sim))
        sdk = scservo_sdk.PacketHandler(0)
        succeeded = lambda result: result == COMM_SUCCESS
        read = lambda call, *what: patiently(port, lambda: call(port, *what),
                                             lambda answer: succeeded(answer[1]))[0]
        for servo in range(1, 10):
            self.assertEqual(read(sdk.ping, servo), 777)
        for wheel in (7, 8, 9):
            self.assertEqual(read(sdk.read1ByteTxRx, wheel, 33), 1, "speed mode")
            patiently(port, lambda: sdk.write1ByteTxRx(port, wheel, TORQUE, 1)[0], succeeded)
        group = scservo_sdk.GroupSyncWrite(port, sdk, SPEED, 2)
        backwards = 0x8000
        for wheel, raw in [(7, 1000), (8, 1000 | backwards), (9, 0)]:
            group.addParam(wheel, [raw & 255, raw >> 8])
        self.assertEqual(group.txPacket(), COMM_SUCCESS)
        speed = 1000 * 2 * math.pi / 4096
        self.assertTrue(eventually(lambda: abs(sim.truth(7).velocity_rad_s - speed) < 0.2),
                        f"{sim.truth(7).velocity_rad_s} rad/s instead of {speed}")
        self.assertTrue(eventually(lambda: abs(sim.truth(8).velocity_rad_s + speed) < 0.2))
        self.assertAlmostEqual(sim.truth(9).velocity_rad_s, 0, delta=0.05)

        def tells_its_speed():
            told = read(sdk.read2ByteTxRx, 8, 58)
            return told & backwards and abs((told & 0x7FFF) - 1000) <= 100
        self.assertTrue(eventually(tells_its_speed), hex(read(sdk.read2ByteTxRx, 8, 58)))
        for wheel in (7, 8, 9):
            patiently(port, lambda: sdk.write2ByteTxRx(port, wheel, SPEED, 0)[0], succeeded)
        self.assertTrue(eventually(lambda: abs(sim.truth(7).velocity_rad_s) < 0.05))


if __name__ == "__main__":
    unittest.main()
