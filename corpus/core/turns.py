"""Speaker turns: who speaks when, overlap kept."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from corpus.core import segments
from corpus.core.segments import Segment


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """One stretch of one diarised voice; `label` means something within its episode only."""

    segment: Segment
    label: str


def merge(turns: Iterable[Turn], *, gap: int) -> tuple[Turn, ...]:
    """Turns of one label joined over at most `gap` samples in which nobody else speaks, in order."""
    turns = sorted(turns, key=lambda turn: (turn.label, turn.segment))
    occupied = segments.merge(turn.segment for turn in turns)
    ends = [block.end for block in occupied]
    joined: list[Turn] = []
    for label, group in groupby(turns, key=lambda turn: turn.label):
        own = segments.merge(turn.segment for turn in group)
        run = own[0]
        for before, after in pairwise(own):
            # The speaker is silent here, so whatever occupies the gap is somebody else.
            block = bisect_right(ends, before.end)
            free = block == len(occupied) or occupied[block].start >= after.start
            if free and after.start - before.end <= gap:
                run = Segment(run.start, after.end)
            else:
                joined.append(Turn(run, label))
                run = after
        joined.append(Turn(run, label))
    return tuple(sorted(joined))


def overlaps(turns: Iterable[Turn]) -> tuple[Segment, ...]:
    """Where two or more different labels speak at once, in order, nothing twice."""
    return segments.merge(segment for segment, labels in _regions(turns) if len(labels) > 1)


def single_speaker(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Where exactly one label speaks: turns minus their overlaps, as long as they can be, in order."""
    alone = [
        Turn(segment, next(iter(labels))) for segment, labels in _regions(turns) if len(labels) == 1
    ]
    joined: list[Turn] = []
    for turn in alone:
        last = joined[-1] if joined else None
        if last and last.label == turn.label and last.segment.end == turn.segment.start:
            joined[-1] = Turn(Segment(last.segment.start, turn.segment.end), turn.label)
        else:
            joined.append(turn)
    return tuple(joined)


def _regions(turns: Iterable[Turn]) -> Iterator[tuple[Segment, frozenset[str]]]:
    """The recording cut wherever a turn starts or ends, with the labels that speak in each part."""
    edges: list[tuple[int, int, str]] = []
    for turn in turns:
        edges += [(turn.segment.start, 1, turn.label), (turn.segment.end, -1, turn.label)]
    active: Counter[str] = Counter()  # a label may hold several turns at once
    for (sample, step, label), (following, _, _) in pairwise(sorted(edges)):
        active[label] += step
        if not active[label]:
            del active[label]
        if following > sample:
            yield Segment(sample, following), frozenset(active)
