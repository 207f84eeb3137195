from hypothesis import given
from hypothesis import strategies as st

from corpus.core import repeats
from corpus.core.segments import Segment, overlap

REPEATS = st.lists(
    st.tuples(
        st.integers(1, 5),
        st.integers(0, 80),
        st.integers(1, 20),
        st.integers(1, 5),
        st.integers(0, 80),
    ).map(lambda row: (row[0], row[1], row[1] + row[2], row[3], row[4])),
    max_size=12,
)


class TestSounds:
    def test_are_one_where_two_repeat_the_same_place(self):
        found = repeats.sounds([(2, 0, 5, 1, 10), (3, 20, 25, 1, 12)])
        assert found == {
            1: [(Segment(10, 17), 0)],
            2: [(Segment(0, 5), 0)],
            3: [(Segment(20, 25), 0)],
        }

    def test_are_two_where_nothing_overlaps(self):
        found = repeats.sounds([(2, 0, 5, 1, 10), (2, 20, 25, 1, 30)])
        assert [number for _, number in found[2]] == [0, 1]
        assert [number for _, number in found[1]] == [0, 1]

    def test_of_nothing_are_none(self):
        assert repeats.sounds([]) == {}

    @given(REPEATS)
    def test_are_the_same_at_both_ends_of_every_repeat(self, rows):
        found = repeats.sounds(rows)
        for one, start, end, of, of_start in rows:
            ours, theirs = Segment(start, end), Segment(of_start, of_start + end - start)
            at = {number for span, number in found[one] if overlap(span, ours)}
            assert at == {number for span, number in found[of] if overlap(span, theirs)}
            assert len(at) == 1
