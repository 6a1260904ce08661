"""The fixed-rate loop that people write today: time.sleep() for what is left of the period. Prints
one JSON object, of the same shape as floor_sleep_loop."""

import argparse
import json
import time


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=3)
    arguments = parser.parse_args()
    period = 1 / arguments.rate
    late, missed = [], 0
    due = time.monotonic() + period
    end = due + arguments.seconds
    while due < end:
        time.sleep(max(0.0, due - time.monotonic()))
        lateness = time.monotonic() - due
        late.append(lateness * 1e6)
        skipped = int(lateness / period)
        missed += skipped
        due += period * (skipped + 1)
    late.sort()
    at = lambda fraction: late[int(fraction * (len(late) - 1) + 0.5)]
    print(json.dumps({"ran": len(late), "missed": missed,
                      "lateness_us": {"count": len(late), "p50": at(0.5), "p99": at(0.99),
                                      "p99_9": at(0.999), "max": late[-1]}}))


main()
