"""Where speech is cut for a recogniser."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from corpus.core.segments import Segment
from corpus.engines import chunks

LENGTH = 400_000
WAVE = np.random.default_rng(0).integers(-9000, 9000, LENGTH).astype(np.int16)
SPANS = st.lists(
    st.tuples(st.integers(0, LENGTH - 1), st.integers(1, LENGTH)).map(
        lambda pair: Segment(pair[0], pair[0] + pair[1])
    ),
    max_size=5,
)


class TestSplit:
    @given(SPANS)
    def test_covers_the_speech_and_nothing_else(self, spans):
        parts = list(chunks.split(WAVE, spans, shortest=20_000, longest=50_000))
        inside = sum(min(s.end, LENGTH) - s.start for s in spans)
        assert sum(part.duration for part in parts) == inside
        assert all(part.duration <= 50_000 for part in parts)

    def test_cuts_at_the_pause(self):
        wave = WAVE.copy()
        wave[40_000:42_000] = 0
        first, second = chunks.split(wave, [Segment(0, 70_000)], shortest=20_000, longest=50_000)
        assert first.end == second.start
        assert 40_000 < first.end < 42_000


class TestJoined:
    def test_joins_neighbours_up_to_the_longest(self):
        spans = [Segment(0, 10), Segment(12, 20), Segment(22, 40), Segment(60, 70)]
        found = list(chunks.joined(spans, gap=5, longest=25))
        assert found == [Segment(0, 20), Segment(22, 40), Segment(60, 70)]

    def test_gives_nothing_for_nothing(self):
        assert list(chunks.joined([], gap=5, longest=25)) == []
