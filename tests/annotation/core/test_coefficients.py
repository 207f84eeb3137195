import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.core import coefficients as c

# Krippendorff (2011): four observers, twelve units, 0 is missing.
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
)
KRIPPENDORFF = np.stack([(value == OBSERVERS).sum(axis=0) for value in range(1, 6)], axis=1)
FLEISS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
UNEQUAL = [[3, 1], [2, 0], [1, 4]]
# Shrout & Fleiss (1979), table 2: six targets, four judges, points 1 to 10.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)

count_tables = st.lists(
    st.lists(st.integers(0, 4), min_size=4, max_size=4), min_size=2, max_size=8
).filter(lambda rows: sum(sum(row) >= 2 for row in rows) >= 2)

SQUARED = {
    "nominal": lambda a, b: float(a != b),
    "interval": lambda a, b: (a - b) ** 2,
    "ratio": lambda a, b: ((a - b) / (a + b)) ** 2,
}


def slow_alpha(counts, metric):
    """The definition, pair by pair."""
    units = [list(np.repeat(np.arange(1, len(row) + 1), row)) for row in counts]
    units = [unit for unit in units if len(unit) >= 2]
    everything = list(itertools.chain(*units))
    distance = SQUARED[metric]
    observed = sum(
        sum(distance(a, b) for a, b in itertools.permutations(unit, 2)) / (len(unit) - 1)
        for unit in units
    ) / len(everything)
    expected = sum(distance(a, b) for a, b in itertools.permutations(everything, 2))
    expected /= len(everything) * (len(everything) - 1)
    return 1 - observed / expected if expected else None


class TestAlpha:
    @pytest.mark.parametrize(
        ("metric", "golden"),
        [("nominal", 0.743421), ("ordinal", 0.815388), ("interval", 0.849107), ("ratio", 0.797403)],
    )
    def test_gives_the_published_values(self, metric, golden):
        assert c.alpha(KRIPPENDORFF, metric=metric) == pytest.approx(golden, abs=6e-7)

    def test_of_two_raters_and_three_items(self):
        assert c.alpha([[2, 0], [0, 2], [1, 1]], metric="nominal") == pytest.approx(
            0.444444, abs=6e-7
        )

    def test_is_not_the_kappa_of_unequal_numbers(self):
        assert c.alpha(UNEQUAL, metric="nominal") == pytest.approx(0.333333, abs=6e-7)
        assert c.kappa(UNEQUAL) == pytest.approx(0.395)

    @settings(deadline=None, max_examples=80)
    @given(count_tables, st.sampled_from(sorted(SQUARED)))
    def test_is_its_definition(self, counts, metric):
        slow = slow_alpha(counts, metric)
        if slow is None:
            assert c.alpha(counts, metric=metric) is None
        else:
            assert c.alpha(counts, metric=metric) == pytest.approx(slow, abs=1e-9)

    @settings(deadline=None, max_examples=40)
    @given(count_tables)
    def test_of_two_values_does_not_depend_on_the_metric(self, counts):
        binary = np.array(counts)[:, :2]
        nominal = c.alpha(binary, metric="nominal")
        for metric in ("ordinal", "interval", "ratio"):
            assert c.alpha(binary, metric=metric) == pytest.approx(nominal)

    def test_interval_ignores_where_the_scale_starts_but_ratio_does_not(self):
        from_1, from_3 = np.arange(1, 6), np.arange(3, 8)
        interval = [c.alpha(KRIPPENDORFF, metric="interval", values=v) for v in (from_1, from_3)]
        ratio = [c.alpha(KRIPPENDORFF, metric="ratio", values=v) for v in (from_1, from_3)]
        assert interval[0] == pytest.approx(interval[1])
        assert ratio[0] != pytest.approx(ratio[1])

    def test_takes_a_zero_on_a_ratio_scale(self):
        alpha = c.alpha([[2, 0, 0], [0, 2, 0], [1, 0, 1]], metric="ratio", values=[0, 1, 2])
        assert -1 <= alpha < 1

    @pytest.mark.parametrize(
        "counts",
        [np.zeros((0, 3)), [[1, 0], [0, 1]], [[3, 0], [2, 0]]],
        ids=["no units", "one rating each", "one value only"],
    )
    def test_is_undefined_without_pairs_or_variation(self, counts):
        for metric in ("nominal", "ordinal", "interval", "ratio"):
            assert c.alpha(counts, metric=metric) is None
        assert c.kappa(counts) is None

    def test_is_one_where_all_agree_and_near_zero_where_all_guess(self):
        assert c.alpha([[3, 0], [0, 3]], metric="nominal") == pytest.approx(1)
        guesses = np.random.default_rng(5).multinomial(5, [0.2] * 5, size=4000)
        assert c.alpha(guesses, metric="nominal") == pytest.approx(0, abs=0.02)


class TestFleiss:
    def test_gives_the_published_value(self):
        assert c.kappa(FLEISS) == pytest.approx(0.209931, abs=6e-7)
        observed = c.estimate(c.observed_agreement, c.pairable(FLEISS))
        assert observed == pytest.approx(0.378022, abs=6e-7)


class TestIntraclass:
    @pytest.mark.parametrize(("of_mean", "golden"), [(False, 0.17), (True, 0.44)])
    def test_gives_the_published_values(self, of_mean, golden):
        counts = np.stack([(v == SHROUT_FLEISS).sum(axis=1) for v in range(1, 11)], axis=1)
        icc = c.icc_statistic(np.arange(1, 11), of_mean=of_mean)
        assert c.estimate(icc, c.pairable(counts)) == pytest.approx(golden, abs=5e-3)

    def test_of_many_clips_is_nearly_the_interval_alpha(self):
        generator = np.random.default_rng(2)
        clips = np.repeat(np.arange(3000), 5)
        heard = np.clip(
            np.round(3 + generator.normal(size=3000)[clips] + generator.normal(size=15000)), 0, 6
        )
        counts = c.tally(clips, heard.astype(np.int64), n_values=7)
        icc = c.estimate(c.icc_statistic(np.arange(7), of_mean=False), c.pairable(counts))
        assert icc == pytest.approx(c.alpha(counts, metric="interval"), abs=1e-3)


class TestPairable:
    def test_drops_units_with_one_rating_and_puts_equal_ones_together(self):
        units = c.pairable([[2, 0], [1, 0], [1, 1], [2, 0], [0, 0]])
        assert units.counts.tolist() == [[1, 1], [2, 0]]
        assert units.times.tolist() == [1, 2]
        assert (units.n_items, units.n_ratings) == (3, 6)

    def test_leaves_40_ratings_of_the_published_example(self):
        units = c.pairable(KRIPPENDORFF)
        assert (units.times @ units.counts).tolist() == [9, 13, 10, 5, 3]

    def test_can_be_read_as_one_value_against_the_rest(self):
        units = c.pairable([[2, 0, 1], [2, 1, 0], [0, 2, 1]]).against_rest(0)
        assert units.counts.tolist() == [[0, 3], [2, 1]]
        assert units.times.tolist() == [1, 2]


class TestTally:
    def test_counts_values_per_unit_and_leaves_missing_out(self):
        units, values = np.array([70, 5, 70, 5, 9]), np.array([0, 2, 0, -1, -1])
        assert c.tally(units, values, n_values=3).tolist() == [[0, 0, 1], [2, 0, 0]]

    def test_refuses_a_value_without_a_column(self):
        with pytest.raises(ValueError, match="up to 2, got 3"):
            c.tally(np.array([1, 1]), np.array([0, 3]), n_values=3)

    def test_of_nothing_has_no_rows(self):
        nothing = np.array([], dtype=np.int64)
        assert c.tally(nothing, nothing, n_values=3).shape == (0, 3)


class TestInterval:
    STATISTIC = staticmethod(c.alpha_statistic("nominal", np.arange(5)))

    def test_surrounds_the_value_and_is_the_same_for_the_same_seed(self):
        counts = c.pairable(FLEISS)
        first, again = (
            c.interval(self.STATISTIC, counts, np.random.default_rng(11)) for _ in range(2)
        )
        assert first == again
        assert first[0] < c.alpha(FLEISS, metric="nominal") < first[1]

    def test_narrows_with_more_clips(self):
        widths = []
        for times in (1, 16):
            low, high = c.interval(
                self.STATISTIC, c.pairable(np.tile(FLEISS, (times, 1))), np.random.default_rng(1)
            )
            widths.append(high - low)
        assert widths[1] == pytest.approx(widths[0] / 4, rel=0.25)

    def test_is_that_of_drawing_clips_one_by_one(self):
        counts = np.tile(FLEISS, (3, 1))
        generator = np.random.default_rng(4)
        drawn = [
            c.alpha(counts[generator.integers(30, size=30)], metric="nominal") for _ in range(2000)
        ]
        low, high = c.interval(self.STATISTIC, c.pairable(counts), generator, resamples=2000)
        assert [low, high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.015)

    def test_covers_the_true_value_about_as_often_as_it_says(self):
        truth = np.array([[0.7, 0.1, 0.1, 0.1, 0], [0.1, 0.4, 0.2, 0.2, 0.1]])
        generator = np.random.default_rng(8)
        many = generator.multinomial(5, truth[generator.integers(2, size=40_000)])
        true = c.alpha(many, metric="nominal")
        hits = 0
        for _ in range(100):
            counts = generator.multinomial(5, truth[generator.integers(2, size=80)])
            low, high = c.interval(self.STATISTIC, c.pairable(counts), generator, resamples=200)
            hits += low <= true <= high
        assert hits >= 85

    def test_is_missing_without_units_or_where_many_draws_hold_one_value(self):
        generator = np.random.default_rng(1)
        assert c.interval(self.STATISTIC, c.pairable(np.zeros((0, 5))), generator) is None
        assert c.percentiles(np.array([math.nan, math.nan, *[0.5] * 8]), level=0.95) is None

    def test_does_not_depend_on_how_many_resamples_fit_in_memory(self, monkeypatch):
        counts = c.pairable(FLEISS)
        whole = c.interval(self.STATISTIC, counts, np.random.default_rng(3), resamples=100)
        monkeypatch.setattr(c, "_CELLS", 70)
        parts = c.interval(self.STATISTIC, counts, np.random.default_rng(3), resamples=100)
        assert parts == pytest.approx(whole)
