import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.core import segments
from corpus.core.segments import Blocks, Segment

SEGMENTS = st.builds(
    lambda start, size: Segment(start, start + size), st.integers(0, 60), st.integers(1, 20)
)
LISTS = st.lists(SEGMENTS, max_size=8)


def samples(parts):
    return {sample for part in parts for sample in range(part.start, part.end)}


class TestSegment:
    @pytest.mark.parametrize(("start", "end"), [(-1, 4), (3, 3), (4, 3)])
    def test_refuses_to_be_empty_or_negative(self, start, end):
        with pytest.raises(ValueError, match="0 <= start < end"):
            Segment(start, end)

    def test_counts_its_samples(self):
        assert Segment(3, 10).duration == 7


class TestOverlap:
    def test_is_zero_between_segments_that_touch(self):
        assert segments.overlap(Segment(0, 5), Segment(5, 9)) == 0

    @given(SEGMENTS, SEGMENTS)
    def test_counts_shared_samples(self, a, b):
        assert segments.overlap(a, b) == len(samples([a]) & samples([b]))


class TestMerge:
    def test_joins_over_gaps_up_to_the_limit(self):
        parts = [Segment(20, 25), Segment(0, 4), Segment(6, 9)]
        assert segments.merge(parts, gap=2) == (Segment(0, 9), Segment(20, 25))

    def test_leaves_touching_ones_apart_when_told(self):
        parts = (Segment(0, 4), Segment(4, 9))
        assert segments.merge(parts, gap=-1) == parts
        assert segments.merge(parts) == (Segment(0, 9),)


class TestSetOperations:
    @pytest.mark.slow
    @given(LISTS, LISTS)
    def test_are_those_of_sets_of_samples(self, a, b):
        for result, truth in (
            (segments.merge(a), samples(a)),
            (segments.subtract(a, b), samples(a) - samples(b)),
            (segments.intersect(a, b), samples(a) & samples(b)),
        ):
            assert samples(result) == truth
            assert list(result) == sorted(result)
            assert sum(part.duration for part in result) == len(truth)
        assert segments.total(a) == len(samples(a))


class TestRelative:
    def test_counts_from_the_start_of_the_span(self):
        parts = [Segment(0, 12), Segment(15, 18), Segment(19, 40), Segment(50, 60)]
        assert segments.relative(parts, Segment(10, 20)) == (
            Segment(0, 2),
            Segment(5, 8),
            Segment(9, 10),
        )


class TestClamp:
    @pytest.mark.parametrize(
        ("segment", "inside"),
        [
            (Segment(2, 5), Segment(2, 5)),
            (Segment(8, 15), Segment(8, 10)),
            (Segment(10, 15), None),
        ],
    )
    def test_cuts_at_the_end_of_the_file(self, segment, inside):
        assert segments.clamp(segment, length=10) == inside


class TestBlocks:
    @given(LISTS, st.integers(0, 90))
    def test_finds_the_block_that_a_cut_would_break(self, parts, sample):
        blocks = Blocks.of(parts)
        broken = [block for block in blocks.blocks if block.start < sample < block.end]
        assert blocks.across(sample) == (broken[0] if broken else None)

    @given(LISTS, SEGMENTS)
    def test_gives_the_parts_inside_a_segment(self, parts, segment):
        inside = Blocks.of(parts).inside(segment)
        assert tuple(inside) == segments.intersect(parts, [segment])

    def test_adds_the_silence_around_a_segment(self):
        blocks = Blocks.of([Segment(0, 10), Segment(20, 30), Segment(50, 60)])
        around = blocks.quiet_around(Segment(20, 30), within=Segment(5, 100))
        assert around == Segment(10, 50)

    def test_adds_no_silence_where_sound_goes_on(self):
        blocks = Blocks.of([Segment(0, 60)])
        around = blocks.quiet_around(Segment(20, 30), within=Segment(5, 100))
        assert around == Segment(20, 30)
