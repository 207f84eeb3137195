import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from corpus.core.peaks import peaks


class TestPeaks:
    def test_gives_the_lowest_and_highest_of_each_part(self):
        samples = np.array([0, 256, -512, 25_600, 0, -32_768, 32_767, 0], np.int16)
        assert peaks(samples, points=4) == ((0, 1), (-2, 100), (-128, 0), (0, 127))

    def test_of_nothing_are_none(self):
        assert peaks(np.zeros(0, np.int16)) == ()

    def test_are_as_many_as_the_samples_at_most(self):
        assert peaks(np.array([512, -512], np.int16)) == ((2, 2), (-2, -2))

    @given(st.lists(st.integers(-32_768, 32_767), min_size=1, max_size=300), st.integers(1, 50))
    def test_miss_no_sample(self, values, points):
        drawn = peaks(np.array(values, np.int16), points=points)
        assert len(drawn) == min(points, len(values))
        assert min(low for low, _ in drawn) == min(values) >> 8
        assert max(high for _, high in drawn) == max(values) >> 8
        assert all(-128 <= low <= high <= 127 for low, high in drawn)
