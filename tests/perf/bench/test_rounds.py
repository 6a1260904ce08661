"""What a verdict claims: judge() over rounds that are made up."""

import unittest

from .rounds import judge, median, result


def rounds(values, quiet=7):
    """Rounds with these values, of which the first `quiet` were quiet."""
    canary = {"p99_9_us": 100, "steal_percent": 0.0}
    return [{"value": value, "good": number < quiet, "canary": [canary, canary]}
            for number, value in enumerate(values)]


def value(each):
    return each["value"]


def verdict(values, limit, **options):
    quiet = options.pop("quiet", 7)
    return judge(rounds(values, quiet), value, limit, **options)[0]


GOOD = [0.5, 0.5, 0.6, 0.7, 0.8, 0.9, 3.0]    # one wild round; the worse quartile is 0.85
WIDE = [0.5, 0.5, 0.6, 0.7, 2.0, 3.0, 3.0]    # the median is within 1, the worse quartile is not
MOSTLY = [0.5, 0.6, 0.7, 1.2, 1.3, 1.4, 1.5]  # the median is past 1, the better quartile is not
BAD = [0.9, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7]     # one round within; the better quartile is 1.25


class JudgeTest(unittest.TestCase):
    def test_within_the_limit_passes_noisy_or_not(self):
        for quiet in (7, 3, 0):
            self.assertEqual(verdict(GOOD, 1.0, quiet=quiet), "pass")

    def test_a_worse_quartile_past_the_limit_is_no_pass(self):
        for quiet in (7, 0):
            self.assertEqual(verdict(WIDE, 1.0, quiet=quiet), "inconclusive")

    def test_a_better_quartile_within_the_limit_is_no_fail(self):
        self.assertEqual(verdict(MOSTLY, 1.0), "inconclusive")

    def test_fails_past_the_limit_only_with_four_quiet_rounds_of_seven(self):
        self.assertEqual(verdict(BAD, 1.0, quiet=7), "fail")
        self.assertEqual(verdict(BAD, 1.0, quiet=4), "fail")
        self.assertEqual(verdict(BAD, 1.0, quiet=3), "inconclusive")

    def test_at_the_limit_is_within_it(self):
        self.assertEqual(verdict([1.0] * 7, 1.0), "pass")
        self.assertEqual(verdict([1.0] * 7, 1.0, higher=True), "pass")

    def test_higher_is_better_is_the_mirror_image(self):
        mirrored = lambda values: [2.0 - one for one in values]
        for quiet, bad in ((7, "fail"), (0, "inconclusive")):
            for values, wanted in ((GOOD, "pass"), (WIDE, "inconclusive"),
                                   (MOSTLY, "inconclusive"), (BAD, bad)):
                self.assertEqual(verdict(mirrored(values), 1.0, higher=True, quiet=quiet), wanted)

    def test_counts_are_judged_by_their_worst_round_noisy_or_not(self):
        self.assertEqual(verdict([0, 0, 0, 0, 0, 0, 0], 0, counted=True, quiet=0), "pass")
        self.assertEqual(verdict([0, 0, 0, 0, 0, 0, 1], 0, counted=True, quiet=0), "fail")

    def test_one_round_is_enough_to_judge(self):
        self.assertEqual(verdict([0.5], 1.0), "pass")
        self.assertEqual(verdict([1.5], 1.0), "fail")
        self.assertEqual(verdict([1.5], 1.0, quiet=0), "inconclusive")

    def test_noisy_rounds_are_kept(self):
        self.assertEqual(median(rounds([1, 2, 9], quiet=2), value), 2)
        _, middle, spread = judge(rounds([1, 2, 3, 4, 9], quiet=1), value, 10)
        self.assertEqual((middle, spread), (3, [2, 4]))

    def test_a_line_says_whether_the_machine_was_noisy(self):
        line = lambda quiet: result("case", "us", rounds(BAD, quiet), subject=value, limit=1.0)
        self.assertEqual((line(7)["verdict"], line(7)["noisy"]), ("fail", False))
        self.assertEqual((line(3)["verdict"], line(3)["noisy"]), ("inconclusive", True))
        self.assertEqual(line(3)["canary"]["good"], 3)


if __name__ == "__main__":
    unittest.main()
