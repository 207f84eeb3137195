import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.core import coefficients
from annotation.core import set_agreement as sets
from annotation.core.set_agreement import SetAgreement

LABELS = ("Happy", "Amused", "Excited", "Sad")
small_sets = st.integers(0, 15)  # bit masks of LABELS
rated_clips = st.lists(st.lists(small_sets, max_size=4), max_size=6)


def masks(*ticks):
    return np.array([sets.mask(tick, LABELS) for tick in ticks])


def columns(clips):
    units = [i for i, clip in enumerate(clips) for _ in clip]
    values = list(itertools.chain(*clips))
    return np.array(units, dtype=np.int64), np.array(values, dtype=np.int64)


def slow_alpha(clips, distance):
    clips = [clip for clip in clips if len(clip) >= 2]
    everything = list(itertools.chain(*clips))
    if not everything:
        return None
    n = len(everything)

    def total(values):
        return sum(
            float(distance(np.array(a), np.array(b))) for a, b in itertools.permutations(values, 2)
        )

    observed = sum(total(clip) / (len(clip) - 1) for clip in clips) / n
    expected = total(everything) / (n * (n - 1))
    return 1 - observed / expected if expected else None


class TestMask:
    def test_has_a_bit_per_label(self):
        assert sets.mask((), LABELS) == 0
        assert sets.mask(("Amused", "Sad"), LABELS) == 0b1010

    def test_refuses_unknown_labels(self):
        with pytest.raises(ValueError, match="tuple"):
            sets.mask(("Proud",), LABELS)


class TestDistances:
    A, B = masks(("Happy", "Amused"))[0], masks(("Happy", "Excited"))[0]

    def test_give_the_published_values(self):
        assert sets.jaccard(self.A, self.B) == pytest.approx(0.666667, abs=6e-7)
        assert sets.masi(self.A, self.B) == pytest.approx(0.888889, abs=6e-7)

    def test_masi_is_kinder_to_subsets(self):
        subset = masks(("Happy",))[0]
        assert sets.masi(self.A, subset) == pytest.approx(1 - 1 / 2 * 2 / 3)

    def test_two_empty_sets_agree_and_an_empty_one_shares_nothing(self):
        empty = np.array(0)
        for distance in (sets.jaccard, sets.masi):
            assert distance(empty, empty) == 0
            assert distance(empty, self.A) == 1

    @settings(deadline=None, max_examples=60)
    @given(small_sets, small_sets)
    def test_are_symmetric_between_0_and_1(self, a, b):
        a, b = np.array(a), np.array(b)
        for distance in (sets.jaccard, sets.masi):
            assert distance(a, b) == distance(b, a)
            assert 0 <= distance(a, b) <= 1
            assert (distance(a, b) == 0) == bool(a == b)


class TestAlpha:
    @settings(deadline=None, max_examples=60)
    @given(rated_clips, st.sampled_from([sets.masi, sets.jaccard]))
    def test_is_its_definition(self, clips, distance):
        slow = slow_alpha(clips, distance)
        fast = SetAgreement(*columns(clips), distance).alpha()
        assert fast is None if slow is None else fast == pytest.approx(slow)

    def test_of_single_labels_is_the_nominal_alpha(self):
        generator = np.random.default_rng(1)
        units, values = np.repeat(np.arange(50), 4), generator.integers(0, 4, size=200)
        nominal = coefficients.alpha(
            coefficients.tally(units, values, n_values=4), metric="nominal"
        )
        for distance in (sets.masi, sets.jaccard):
            assert SetAgreement(units, 1 << values, distance).alpha() == pytest.approx(nominal)

    def test_leaves_missing_answers_out(self):
        units = np.array([1, 1, 1, 2, 2, 3, 3])
        table = SetAgreement(units, np.array([1, 1, -1, 2, 3, 4, -1]), sets.masi)
        assert table.sizes.tolist() == [2, 2]

    def test_does_not_need_the_ratings_of_a_clip_side_by_side(self):
        units, values = np.array([1, 2, 1, 2]), np.array([1, 6, 3, 4])
        order = np.argsort(units)
        scattered = SetAgreement(units, values, sets.masi).alpha()
        assert scattered == SetAgreement(units[order], values[order], sets.masi).alpha()

    def test_of_full_and_empty_sets_of_all_32_categories(self):
        full = (1 << 32) - 1
        units = np.array([1, 1, 2, 2])
        table = SetAgreement(units, np.array([full, full, 0, 1 << 31]), sets.jaccard)
        # D_o is 2 of 4, D_e the 10 of 12 ordered pairs that are not {full, full}
        assert table.observed.tolist() == [0, 2]
        assert table.alpha() is not None


class TestInterval:
    UNITS = np.repeat(np.arange(40), 5)
    MASKS = np.random.default_rng(6).integers(0, 16, size=200) & np.repeat(
        np.random.default_rng(7).integers(0, 16, size=40), 5
    )

    def test_surrounds_the_value_and_is_the_same_for_the_same_seed(self):
        table = SetAgreement(self.UNITS, self.MASKS, sets.masi)
        low, high = table.interval(np.random.default_rng(1))
        assert (low, high) == table.interval(np.random.default_rng(1))
        assert low < table.alpha() < high

    def test_agrees_with_the_counts_where_sets_are_single_labels(self):
        values = np.random.default_rng(2).integers(0, 3, size=200) // 2
        counts = coefficients.tally(self.UNITS, values, n_values=2)
        nominal = coefficients.alpha_statistic("nominal", [0, 1])
        by_count = coefficients.interval(
            nominal, coefficients.pairable(counts), np.random.default_rng(3), resamples=3000
        )
        table = SetAgreement(self.UNITS, 1 << values, sets.jaccard)
        by_set = table.interval(np.random.default_rng(3), resamples=3000)
        assert by_set == pytest.approx(by_count, abs=0.02)

    def test_of_very_many_different_sets_is_nearly_the_same(self, monkeypatch):
        generator = np.random.default_rng(6)
        units = np.repeat(np.arange(400), 4)
        values = generator.integers(0, 256, size=1600) & np.repeat(
            generator.integers(0, 256, size=400), 4
        )
        table = SetAgreement(units, values, sets.masi)
        exactly = table.interval(np.random.default_rng(1), resamples=400)
        monkeypatch.setattr(sets, "_EXACT", 0)
        nearly = table.interval(np.random.default_rng(1), resamples=400)
        assert nearly != exactly
        assert nearly == pytest.approx(exactly, abs=0.005)

    def test_is_missing_without_units(self):
        nothing = np.array([], dtype=np.int64)
        table = SetAgreement(nothing, nothing, sets.masi)
        assert table.alpha() is None
        assert table.interval(np.random.default_rng(1)) is None
