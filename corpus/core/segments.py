"""Spans of audio in integer samples: half-open, so that neighbours touch without overlapping."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

RATE = 16_000  # samples per second of every master and clip


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """The samples start … end - 1 of a 16 kHz recording."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a segment needs 0 <= start < end, got {self.start}, {self.end}")

    @property
    def duration(self) -> int:
        return self.end - self.start


def overlap(a: Segment, b: Segment) -> int:
    """How many samples two segments share."""
    return max(0, min(a.end, b.end) - max(a.start, b.start))


def merge(segments: Iterable[Segment], *, gap: int = 0) -> tuple[Segment, ...]:
    """The union in order, joined where no more than `gap` samples lie between; -1 leaves touching ones apart."""
    joined: list[Segment] = []
    for segment in sorted(segments):
        if joined and segment.start - joined[-1].end <= gap:
            joined[-1] = Segment(joined[-1].start, max(joined[-1].end, segment.end))
        else:
            joined.append(segment)
    return tuple(joined)


def subtract(segments: Iterable[Segment], holes: Iterable[Segment]) -> tuple[Segment, ...]:
    """What is left of the union of `segments` where no hole covers it."""
    cuts = merge(holes)
    left: list[Segment] = []
    first = 0  # every hole before this one ends before the segment at hand
    for segment in merge(segments):
        while first < len(cuts) and cuts[first].end <= segment.start:
            first += 1
        start, at = segment.start, first
        while at < len(cuts) and cuts[at].start < segment.end:
            if cuts[at].start > start:
                left.append(Segment(start, cuts[at].start))
            start = cuts[at].end
            at += 1
        if start < segment.end:
            left.append(Segment(start, segment.end))
    return tuple(left)


def intersect(segments: Iterable[Segment], others: Iterable[Segment]) -> tuple[Segment, ...]:
    """What the two unions have in common."""
    ours, theirs = merge(segments), merge(others)
    shared: list[Segment] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        start = max(ours[i].start, theirs[j].start)
        end = min(ours[i].end, theirs[j].end)
        if start < end:
            shared.append(Segment(start, end))
        if ours[i].end < theirs[j].end:
            i += 1
        else:
            j += 1
    return tuple(shared)


def relative(segments: Iterable[Segment], span: Segment) -> tuple[Segment, ...]:
    """The parts that lie in `span`, counted from its first sample."""
    shared = intersect(segments, [span])
    return tuple(Segment(part.start - span.start, part.end - span.start) for part in shared)


def total(segments: Iterable[Segment]) -> int:
    """How many samples the union covers."""
    return sum(segment.duration for segment in merge(segments))


def clamp(segment: Segment, *, length: int) -> Segment | None:
    """The part inside a file of `length` samples; None where there is none."""
    start, end = max(0, segment.start), min(length, segment.end)
    return Segment(start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Blocks:
    """Segments in order without overlap, searchable by sample."""

    blocks: tuple[Segment, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, parts: Iterable[Segment], *, gap: int = 0) -> Self:
        blocks = merge(parts, gap=gap)
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
