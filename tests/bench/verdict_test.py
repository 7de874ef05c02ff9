"""What the benchmark makes of its figures: medians, ratios, noise, and what a goal says to them."""

import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "harness")]

from contest import AGAIN, Contest, Entry, largest_of, median_of  # noqa: E402
from spread import (noise_factor, own_noise_factor, quantile, round_ratios,  # noqa: E402
                    spread_of)
from table import contest_table, goal_table  # noqa: E402
from verdict import (MISSED, NOT_MEASURED, REACHED, WITHIN_NOISE, Figure, Goal,  # noqa: E402
                     number_text)


class SpreadTest(unittest.TestCase):
    def test_quantiles_lie_between_their_neighbours(self):
        self.assertEqual(quantile([4, 1, 3, 2, 5], 0.25), 2)
        self.assertEqual(quantile([1, 2], 0.5), 1.5)
        self.assertEqual(quantile([7], 0.75), 7)

    def test_a_spread_is_that_of_its_rounds(self):
        spread = spread_of([5, 1, 3])
        self.assertEqual((spread.median, spread.min, spread.max, spread.rounds), (3, 1, 5, 3))
        self.assertRaises(ValueError, spread_of, [])

    def test_a_ratio_is_taken_within_its_round(self):
        # The machine was twice as slow in the second round, for both: the ratio does not see it.
        self.assertEqual(round_ratios([90, 45], [100, 50]), [0.9, 0.9])

    def test_both_runs_of_the_reference_count(self):
        self.assertEqual(round_ratios([100], [80], [120]), [1.0])

    def test_a_reference_that_agrees_with_itself_has_no_noise(self):
        self.assertEqual(noise_factor([100, 90], [100, 90]), 1.0)

    def test_noise_is_the_same_whichever_run_came_first(self):
        first, second = [100, 100, 100], [80, 110, 90]
        self.assertAlmostEqual(noise_factor(first, second), noise_factor(second, first))
        self.assertGreater(noise_factor(first, second), 1.05)

    def test_a_single_outlier_does_not_make_the_noise(self):
        self.assertLess(noise_factor([100] * 9, [101] * 8 + [20]), 1.02)

    def test_without_a_reference_the_noise_is_its_own(self):
        self.assertAlmostEqual(own_noise_factor([80, 100, 120]), 100 / 90)
        self.assertEqual(own_noise_factor([0, 0, 0]), 1.0)


class VerdictTest(unittest.TestCase):
    def test_the_bound_itself_is_reached(self):
        self.assertEqual(Goal("x", 0.95).judge(Figure(0.95)), REACHED)
        self.assertEqual(Goal("x", 10, at_most=True).judge(Figure(10)), REACHED)

    def test_a_gap_within_the_noise_decides_nothing(self):
        self.assertEqual(Goal("x", 0.95).judge(Figure(0.90, 1.08)), WITHIN_NOISE)
        self.assertEqual(Goal("x", 1.25, at_most=True).judge(Figure(1.30, 1.08)), WITHIN_NOISE)

    def test_a_gap_beyond_the_noise_is_missed(self):
        self.assertEqual(Goal("x", 0.95).judge(Figure(0.85, 1.08)), MISSED)
        self.assertEqual(Goal("x", 1.25, at_most=True).judge(Figure(1.40, 1.08)), MISSED)

    def test_noise_never_takes_away_what_was_reached(self):
        self.assertEqual(Goal("x", 0.95).judge(Figure(0.96, 1.5)), REACHED)

    def test_the_worst_case_decides(self):
        goal = Goal("part ingest", 0.95)
        rows = [Figure(1.0, 1.0, "1"), Figure(0.93, 1.05, "2"), Figure(0.5, 1.05, "4")]
        self.assertEqual(goal.outcome(rows)["verdict"], MISSED)
        self.assertEqual(goal.outcome(rows[:2])["verdict"], WITHIN_NOISE)
        self.assertEqual(goal.outcome(rows[:1])["verdict"], REACHED)

    def test_what_was_not_measured_is_not_reached(self):
        outcome = Goal("x", 2).outcome([], "no rival")
        self.assertEqual((outcome["verdict"], outcome["note"]), (NOT_MEASURED, "no rival"))

    def test_numbers_have_three_digits_that_count(self):
        self.assertEqual(number_text(0.954, "×"), "0.95 ×")
        self.assertEqual(number_text(12.34, "ms"), "12.3 ms")
        self.assertEqual(number_text(24912.4, "pairs/s"), "24 912 pairs/s")


class ContestTest(unittest.TestCase):
    def contest(self):
        """Nobody sleeps and nothing is measured: each contestant says what it would be."""
        self.turns = []

        def entry(name, value):
            def measure():
                self.turns.append(name)
                return {"speed": value + len(self.turns) / 1000}
            return Entry(name, measure, lambda: self.turns.append(f"clear {name}"))
        contest = Contest("speed", "speed", "speed", "MB/s", reference="floor",
                          extras={"again": median_of("speed"), "most": largest_of("nothing")})
        contest.entries = [entry("floor", 100), entry("partwise", 95), entry("nginx", 50)]
        return contest

    def test_the_reference_runs_twice_and_not_in_a_row(self):
        turns = self.contest().turns(0)
        self.assertEqual(turns, ["floor", "partwise", "floor" + AGAIN, "nginx"])

    def test_the_order_rotates_with_each_round(self):
        contest = self.contest()
        firsts = [contest.turns(index)[0] for index in range(0, 8, 2)]
        self.assertEqual(firsts, ["floor", "partwise", "floor" + AGAIN, "nginx"])

    def test_every_other_round_goes_backwards(self):
        # Whoever comes before may leave something behind: it is not always the same one.
        contest = self.contest()
        self.assertEqual(contest.turns(1), ["nginx", "floor" + AGAIN, "partwise", "floor"])
        before = {turns[turns.index("partwise") - 1] for turns in map(contest.turns, range(6))
                  if turns[0] != "partwise"}
        self.assertEqual(before, {"floor", "floor" + AGAIN})

    def test_everybody_takes_part_in_every_round(self):
        contest = self.contest()
        self.assertEqual({len(contest.turns(index)) for index in range(9)}, {4})

    def test_everybody_is_cleared_after_each_turn(self):
        contest = self.contest().run(2)
        for turn, after in zip(self.turns[::2], self.turns[1::2]):
            self.assertEqual(after, f"clear {turn}")
        self.assertEqual([len(contest.samples[name]) for name in contest.turns(0)], [2] * 4)

    def test_the_ratio_is_by_both_runs_of_the_reference(self):
        row = next(row for row in self.contest().run(3).as_json()["rows"]
                   if row["name"] == "partwise")
        self.assertAlmostEqual(row["ratio"]["median"], 0.95, places=2)

    def test_the_table_shows_the_reference_against_itself(self):
        table = contest_table(self.contest().run(3).as_json())
        self.assertIn("floor again", table)
        self.assertIn("1.00 (1.00–1.00)", table)

    def test_a_missed_goal_is_shown_as_missed(self):
        table = goal_table([{"goals": [Goal("ingest", 0.95).outcome([Figure(0.5)])]}])
        self.assertIn("**missed**", table)


if __name__ == "__main__":
    unittest.main()
