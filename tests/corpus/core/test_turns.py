import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.core import segments, turns
from corpus.core.segments import Segment
from corpus.core.turns import Turn

TURNS = st.lists(
    st.builds(
        lambda start, size, label: Turn(Segment(start, start + size), label),
        st.integers(0, 60),
        st.integers(1, 20),
        st.sampled_from("abc"),
    ),
    max_size=10,
)


def turn(start, end, label):
    return Turn(Segment(start, end), label)


def speakers_by_sample(spoken):
    """The plain way: who speaks at each sample."""
    labels = [set() for _ in range(100)]
    for each in spoken:
        for sample in range(each.segment.start, each.segment.end):
            labels[sample].add(each.label)
    return labels


def samples(parts):
    return {sample for part in parts for sample in range(part.start, part.end)}


class TestMerge:
    def test_joins_one_speaker_over_a_short_pause(self):
        assert turns.merge([turn(12, 20, "a"), turn(0, 10, "a")], gap=2) == (turn(0, 20, "a"),)

    def test_leaves_a_longer_pause(self):
        apart = (turn(0, 10, "a"), turn(13, 20, "a"))
        assert turns.merge(apart, gap=2) == apart

    @pytest.mark.parametrize(
        "other",
        [turn(11, 12, "b"), turn(5, 11, "b"), turn(12, 30, "b"), turn(0, 30, "b")],
        ids=["inside the pause", "into the pause", "out of the pause", "all along"],
    )
    def test_does_not_join_across_somebody_else(self, other):
        own = (turn(0, 10, "a"), turn(13, 20, "a"))
        assert [t for t in turns.merge([*own, other], gap=5) if t.label == "a"] == list(own)

    def test_joins_next_to_somebody_else(self):
        spoken = [turn(0, 10, "a"), turn(12, 20, "a"), turn(20, 30, "b"), turn(2, 10, "b")]
        assert turn(0, 20, "a") in turns.merge(spoken, gap=2)

    @given(TURNS, st.integers(0, 10))
    def test_adds_nobody_where_somebody_speaks(self, spoken, gap):
        before = speakers_by_sample(spoken)
        after = speakers_by_sample(turns.merge(spoken, gap=gap))
        assert all(
            new == old or (not old and len(new) == 1)
            for old, new in zip(before, after, strict=True)
        )


class TestOverlaps:
    @pytest.mark.parametrize(
        ("other", "shared"),
        [
            (turn(5, 30, "b"), Segment(10, 20)),
            (turn(12, 15, "b"), Segment(12, 15)),
            (turn(15, 30, "b"), Segment(15, 20)),
            (turn(5, 15, "b"), Segment(10, 15)),
            (turn(10, 20, "b"), Segment(10, 20)),
        ],
        ids=["around", "inside", "at the end", "at the start", "the same"],
    )
    def test_are_found_however_the_turns_lie(self, other, shared):
        assert turns.overlaps([turn(10, 20, "a"), other]) == (shared,)

    def test_are_not_made_by_one_label_twice(self):
        assert turns.overlaps([turn(0, 10, "a"), turn(5, 15, "a")]) == ()

    def test_are_not_made_by_touching(self):
        assert turns.overlaps([turn(0, 10, "a"), turn(10, 15, "b")]) == ()

    @given(TURNS)
    def test_are_where_two_speak(self, spoken):
        truth = {i for i, labels in enumerate(speakers_by_sample(spoken)) if len(labels) > 1}
        assert samples(turns.overlaps(spoken)) == truth


class TestSingleSpeaker:
    def test_trims_the_overlap_and_keeps_the_rest(self):
        spoken = [turn(0, 100, "a"), turn(40, 45, "b"), turn(98, 120, "b")]
        assert turns.single_speaker(spoken) == (
            turn(0, 40, "a"),
            turn(45, 98, "a"),
            turn(100, 120, "b"),
        )

    def test_joins_turns_of_one_label_that_touch_or_overlap(self):
        spoken = [turn(0, 10, "a"), turn(5, 15, "a"), turn(15, 20, "a")]
        assert turns.single_speaker(spoken) == (turn(0, 20, "a"),)

    def test_finds_nothing_in_nothing(self):
        assert turns.single_speaker([]) == ()

    @given(TURNS)
    def test_is_where_exactly_one_speaks(self, spoken):
        truth = speakers_by_sample(spoken)
        alone = turns.single_speaker(spoken)
        for label in "abc":
            found = samples(t.segment for t in alone if t.label == label)
            assert found == {i for i, labels in enumerate(truth) if labels == {label}}
        assert segments.total(t.segment for t in alone) == sum(t.segment.duration for t in alone)
