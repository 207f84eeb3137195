"""Where to cut: turns, words and speech activity become spans of one speaker within length limits.

A single-speaker stretch below the upper limit is one clip. A longer one is cut at the middle of its pauses, by
dynamic programming: first as much speech as possible is kept, then as many and as long pauses as possible are used
(Lotfian & Busso 2019 and the MSP-Podcast pipeline cut at every pause of 0.3 s, and lose the pieces that come out too
short; we leave such a pause uncut). Fluent speech that reaches the limit without any pause is cut at gaps between
words, as few and as long ones as will do; without words it is left out.

Worked example, in seconds: a turn of 14.0 with silences 4.0-4.4, 8.0-8.2 and 10.0-10.6 is cut at 4.2 and 10.3.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Self

from corpus.core import segments, transcripts
from corpus.core import turns as speaker_turns
from corpus.core.segments import Segment
from corpus.core.transcripts import Word
from corpus.core.turns import Turn


@dataclass(frozen=True, slots=True)
class CutRules:
    """Lengths in samples at 16 kHz; `min_words` counts only in an episode that has words at all."""

    version: str = "1"
    min_samples: int = 44_000  # 2.75 s: kept
    max_samples: int = 176_000  # 11 s: not reached
    pause: int = 4_800  # 0.3 s: the shortest silence to cut in
    word_gap: int = (
        1_600  # 0.1 s: the shortest gap between words to cut in, where nothing better is near
    )
    join_gap: int = 8_000  # 0.5 s: turns of one speaker this near are one stretch
    padding: int = 4_800  # 0.3 s: the most silence at either end of a clip
    min_words: int = 4


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """One clip to be: where it is, whose voice it holds, and the words wholly inside."""

    segment: Segment
    label: str
    text: str
    n_words: int


@dataclass(frozen=True, slots=True)
class Usage:
    """Samples of speech in which exactly one speaker talks: all of them, and those inside clips."""

    kept: int
    usable: int

    @property
    def share(self) -> float:
        return self.kept / self.usable if self.usable else 0.0


def cut(
    *,
    turns: Iterable[Turn],
    words: Iterable[Word],
    speech: Iterable[Segment],
    length: int,
    rules: CutRules,
) -> tuple[Span, ...]:
    """The clips of an episode of `length` samples, in order.

    Each is min_samples <= n < max_samples long and holds the voice of one label only; no two overlap, none starts or
    ends inside a word, and the silence at their ends touches neither speech activity nor a turn of anybody else.
    """
    inside = (Turn(s, t.label) for t in turns if (s := segments.clamp(t.segment, length=length)))
    words = sorted(word for word in words if word.segment.end <= length)
    whole = _Blocks.of((word.segment for word in words), gap=-1)
    audible = (s for segment in speech if (s := segments.clamp(segment, length=length)))
    sounds = _Blocks.of((*audible, *whole.blocks))
    starts = [word.segment.start for word in words]
    spans: list[Span] = []
    for room in _rooms(inside, length=length, rules=rules):
        stretch = _settle(room, words=whole, sounds=sounds)
        if stretch is None or not sounds.inside(stretch):
            continue
        for clip in _pieces(
            stretch, room.reach, words=whole, sounds=sounds, starts=starts, rules=rules
        ):
            spoken = words[bisect_left(starts, clip.start) : bisect_left(starts, clip.end)]
            spans.append(Span(clip, room.label, transcripts.text(spoken), len(spoken)))
    return tuple(spans)


def usage(spans: Iterable[Span], *, turns: Iterable[Turn], speech: Iterable[Segment]) -> Usage:
    """How much of the speech that could have been used the clips hold."""
    alone = [turn.segment for turn in speaker_turns.single_speaker(turns)]
    usable = segments.intersect(alone, speech)
    kept = segments.intersect(usable, (span.segment for span in spans))
    return Usage(kept=segments.total(kept), usable=segments.total(usable))


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Segments in order without overlap, searchable by sample."""

    blocks: tuple[Segment, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, parts: Iterable[Segment], *, gap: int = 0) -> Self:
        blocks = segments.merge(parts, gap=gap)
        return cls(blocks, tuple(b.start for b in blocks), tuple(b.end for b in blocks))

    def across(self, sample: int) -> Segment | None:
        """The block that a cut before `sample` would break."""
        at = bisect_right(self.ends, sample)
        return self.blocks[at] if at < len(self.blocks) and self.starts[at] < sample else None

    def inside(self, segment: Segment) -> list[Segment]:
        """The parts of the blocks that lie in the segment."""
        first, last = bisect_right(self.ends, segment.start), bisect_left(self.starts, segment.end)
        return [
            Segment(max(block.start, segment.start), min(block.end, segment.end))
            for block in self.blocks[first:last]
        ]

    def quiet_around(self, segment: Segment, *, within: Segment) -> Segment:
        """The segment with the silence on both sides of it."""
        before, after = (
            bisect_left(self.starts, segment.start),
            bisect_right(self.ends, segment.end),
        )
        start = min(self.ends[before - 1], segment.start) if before else 0
        end = max(self.starts[after], segment.end) if after < len(self.ends) else within.end
        return Segment(max(start, within.start), min(end, within.end))


@dataclass(frozen=True, slots=True)
class _Room:
    """Where one label speaks alone, and how far beyond its clips may reach: half-way to anybody's turn."""

    label: str
    own: Segment
    reach: Segment


def _rooms(turns: Iterable[Turn], *, length: int, rules: CutRules) -> Iterator[_Room]:
    joined = speaker_turns.merge(turns, gap=rules.join_gap)
    occupied = _Blocks.of(turn.segment for turn in joined)
    for turn in speaker_turns.single_speaker(joined):
        own = turn.segment
        at = bisect_right(occupied.starts, own.start) - 1
        free = Segment(
            (occupied.ends[at - 1] + occupied.starts[at] + 1) // 2 if at else 0,
            (occupied.ends[at] + occupied.starts[at + 1]) // 2
            if at + 1 < len(occupied.starts)
            else length,
        )
        # Inside a block somebody else talks next to the stretch: no reach on that side.
        start = max(free.start, own.start - rules.padding)
        end = min(free.end, own.end + rules.padding)
        reach = Segment(
            start if own.start == occupied.starts[at] else own.start,
            end if own.end == occupied.ends[at] else own.end,
        )
        yield _Room(turn.label, own, reach)


def _settle(room: _Room, *, words: _Blocks, sounds: _Blocks) -> Segment | None:
    """The stretch moved to whole words, then out to where its speech ends, if that is within reach.

    Diarisers miss the ends of speech by some milliseconds, so a word that crosses the edge of a turn is taken in
    where there is room for it and left out otherwise.
    """
    start, end, reach = room.own.start, room.own.end, room.reach
    if word := words.across(start):
        start = word.start if word.start >= reach.start else word.end
    if word := words.across(end):
        end = word.end if word.end <= reach.end else word.start
    if (sound := sounds.across(start)) and sound.start >= reach.start:
        start = sound.start
    if (sound := sounds.across(end)) and sound.end <= reach.end:
        end = sound.end
    return Segment(start, end) if start < end else None


def _pieces(
    stretch: Segment,
    reach: Segment,
    *,
    words: _Blocks,
    sounds: _Blocks,
    starts: Sequence[int],
    rules: CutRules,
) -> list[Segment]:
    """The best way to cut one stretch, each piece with its silence."""
    gaps = _gaps(sounds.inside(stretch), words=words, rules=rules)
    points = [stretch.start, *((gap.start + gap.end) // 2 for gap in gaps), stretch.end]
    atoms = [sounds.inside(Segment(a, b)) for a, b in pairwise(points)]
    edges = [Segment(atom[0].start, atom[-1].end) for atom in atoms]
    heard = list(accumulate((segments.total(atom) for atom in atoms), initial=0))
    # A cut below `pause` costs, a cut at or above it earns, the more the longer the gap.
    worth = [0, *(gap.duration - rules.pause + 1 for gap in gaps), 0]

    def spoken(i: int, j: int) -> int:
        return bisect_left(starts, edges[j - 1].end) - bisect_left(starts, edges[i].start)

    def keeps(i: int, j: int) -> bool:
        piece = _with_silence(
            Segment(edges[i].start, edges[j - 1].end), Segment(points[i], points[j]), rules
        )
        return piece.duration >= rules.min_samples and (
            not starts or spoken(i, j) >= rules.min_words
        )

    best, chosen = [(0, 0)], [-1]
    for j in range(1, len(points)):
        options = [(*best[j - 1], -1)]
        for i in range(j - 1, -1, -1):
            if edges[j - 1].end - edges[i].start >= rules.max_samples:
                break
            if keeps(i, j):
                speech, quality = best[i]
                options.append((speech + heard[j] - heard[i], quality + worth[i] + worth[j], i))
        speech, quality, i = max(options)
        best.append((speech, quality))
        chosen.append(i)
    ...
