"""The loop that people write today with Feetech's Python SDK (feetech-servo-sdk): sync read, sync
write. Prints one JSON object."""

import argparse
import json
import resource
import time

import scservo_sdk


def percentile(values, fraction):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(fraction * (len(ordered) - 1) + 0.5))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", required=True)
    parser.add_argument("--servos", type=int, default=6)
    parser.add_argument("--goals", type=int, help="write goals to so many of them; default: all")
    parser.add_argument("--address", type=int, default=56)
    parser.add_argument("--length", type=int, default=2)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--seconds", type=float, default=3)
    arguments = parser.parse_args()

    port = scservo_sdk.PortHandler(arguments.port)
    # The package assumes USB adapters with slow timers, as does everybody who uses it.
    packets = scservo_sdk.PacketHandler(0)
    if not port.openPort() or not port.setBaudRate(1_000_000):
        raise SystemExit(f"cannot open {arguments.port}")
    ids = range(1, arguments.servos + 1)
    where = scservo_sdk.GroupSyncRead(port, packets, 56, 2)
    read = scservo_sdk.GroupSyncRead(port, packets, arguments.address, arguments.length)
    for servo in ids:
        where.addParam(servo)
        read.addParam(servo)
    where.txRxPacket()
    first_read_ns = time.monotonic_ns()
    goals = {}
    for servo in list(ids)[:arguments.goals or arguments.servos]:
        raw = where.getData(servo, 56, 2) if where.isAvailable(servo, 56, 2) else 2048
        goals[servo] = [raw & 255, raw >> 8]
    write = scservo_sdk.GroupSyncWrite(port, packets, 42, 2)

    reads_ms, failed, cycles = [], 0, 0
    cpu = time.process_time()
    began = time.perf_counter()
    due = began
    while time.perf_counter() - began < arguments.seconds or cycles < 3:
        if arguments.rate:
            due += 1 / arguments.rate
            time.sleep(max(0.0, due - time.perf_counter()))
        asked = time.perf_counter()
        if read.txRxPacket() != scservo_sdk.COMM_SUCCESS:
            failed += 1
        reads_ms.append((time.perf_counter() - asked) * 1e3)
        for servo, goal in goals.items():
            write.addParam(servo, goal)
        write.txPacket()
        write.clearParam()
        cycles += 1
    took = time.perf_counter() - began
    cpu = time.process_time() - cpu
    print(json.dumps({
        "cycles": cycles, "cycles_per_s": cycles / took, "failed": failed,
        "cpu_us_per_cycle": cpu / cycles * 1e6, "first_read_ns": first_read_ns,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "read_ms": {"p50": percentile(reads_ms, 0.5), "p99": percentile(reads_ms, 0.99)}}))


main()
