"""A/B/A/B rounds with a canary around each, and the verdict over them."""

import os
import statistics
import sys

CANARY_P99_9_US = 1000
CANARY_STEAL_PERCENT = 2


class Rounds:
    """Runs rounds of alternating sides and remembers which ones were quiet."""

    def __init__(self, tools, quick=False, long=False, count=None, minutes=None):
        self.tools = tools
        self.quick = quick
        self.long = long
        self.minutes = minutes
        self.count = count or (3 if quick else 7)
        self.seconds = 1.0 if quick else 3.0

    def canary(self):
        seconds = 0.5 if self.quick else 1
        seen = self.tools.json([self.tools.sleep_loop, "--seconds", seconds])
        late = seen["lateness_us"]
        return {"p50_us": round(late["p50"], 1), "p99_us": round(late["p99"], 1),
                "p99_9_us": round(late["p99_9"], 1), "missed": seen["missed"],
                "steal_percent": round(seen["steal_percent"], 2),
                "quiet": late["p99_9"] <= CANARY_P99_9_US
                and seen["steal_percent"] <= CANARY_STEAL_PERCENT}

    def run(self, sides):
        """`sides`: name -> function that measures once. Returns the rounds as name -> result."""
        done = []
        before = self.canary()
        for number in range(self.count):
            names = list(sides)
            if number % 2:
                names.reverse()
            results = {name: sides[name]() for name in names}
            after = self.canary()
            results["canary"] = [before, after]
            results["good"] = before["quiet"] and after["quiet"]
            before = after
            print(f"    round {number + 1}/{self.count}"
                  f"{'' if results['good'] else ' (noisy machine)'}",
                  file=sys.stderr, flush=True)
            done.append(results)
        return done


def canary_of(rounds):
    seen = [one for each in rounds for one in each["canary"]]
    return {"rounds": len(rounds), "good": sum(each["good"] for each in rounds),
            "p99_9_us": [one["p99_9_us"] for one in seen[::2]],
            "steal_percent": max(one["steal_percent"] for one in seen),
            "load": round(os.getloadavg()[0], 1)}


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0]
    cuts = statistics.quantiles(values, n=4, method="inclusive")
    return cuts[0], cuts[2]


def is_noisy(rounds):
    """Whether fewer than four rounds of seven were quiet: too few to blame the subject."""
    return sum(each["good"] for each in rounds) * 7 < len(rounds) * 4


def judge(rounds, value, limit, *, higher=False, counted=False):
    """The verdict, the median and the interquartile range of `value` (a function of one round).

    Every round counts. Noise makes the subject slower, never quicker, and the sides of a ratio
    share it: within the limit in spite of noise is a pass, and takes the median and the worse
    quartile. A fail takes the better quartile past the limit, and a machine quiet enough to blame
    the subject. Anything else claims nothing. Counts do not depend on a quiet machine: the worst
    round is judged.
    """
    shown = [value(each) for each in rounds]
    low, high = quartiles(shown)
    middle = statistics.median(shown)
    better, worse = (high, low) if higher else (low, high)
    past = (lambda x: x < limit) if higher else (lambda x: x > limit)
    if counted:
        verdict = "fail" if past(min(shown) if higher else max(shown)) else "pass"
    elif not past(middle) and not past(worse):
        verdict = "pass"
    elif past(middle) and past(better) and not is_noisy(rounds):
        verdict = "fail"
    else:
        verdict = "inconclusive"
    return verdict, middle, [low, high]


def median(rounds, value):
    return statistics.median(value(each) for each in rounds)


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, list):
        return [rounded(each) for each in value]
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return value


def result(case, unit, rounds, *, subject, floor=None, incumbent=None, ratio=None, limit, aim=None,
           higher=False, counted=False, limit_text=None, detail=None):
    """One line of output. `subject`, `floor`, `incumbent` and `ratio` are functions of a round;
    with a `ratio` that is what is judged, else the subject itself."""
    verdict, middle, spread = judge(rounds, ratio or subject, limit, higher=higher,
                                    counted=counted)
    line = {"case": case, "unit": unit, "subject": median(rounds, subject),
            "floor": floor and median(rounds, floor),
            "incumbent": incumbent and median(rounds, incumbent),
            "ratio": middle if ratio else None, "iqr": spread, "limit": limit_text or limit,
            "aim": aim, "verdict": verdict, "noisy": is_noisy(rounds),
            "canary": canary_of(rounds)}
    if detail:
        line["detail"] = detail
    return rounded(line)
