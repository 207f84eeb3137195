"""Which spans of a recording were heard before: where many of its landmarks recur at one offset.

After Wang 2003, "An industrial-strength audio search algorithm" (ISMIR), with a span in place of a
yes or no: the landmarks at one offset are parted where nothing recurs for long, and a part counts
where it is long and dense enough. Chosen by benchmarks/fingerprints.py.

Worked example: landmarks of seconds 10 … 20 that recur at seconds 40 … 50 of recording 7 are the
match 10 … 20 of 7 from 40 on.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from corpus.core.landmarks import CELL_FRAMES, HOP, LONGEST, WINDOW, Ints, Landmarks


@dataclass(frozen=True, slots=True)
class MatchRules:
    """When landmarks in common are a repeat; lengths in frames of 16 ms."""

    version: str = "1"
    tolerance: int = 2  # between the offsets of one repeat
    gap: int = 24  # landmarks in a row that do not recur inside a repeat: 2.5 s of speech
    silence: int = 375  # 6 s: the longest stretch inside a repeat without any landmark in common
    min_hits: int = 4
    min_frames: int = 100  # 1.6 s: a jingle of 3 s has as much between its outermost peaks
    sure_hits: int = 8  # with as many, `sure_frames` are enough: no sentence said twice has them
    sure_frames: int = 70  # 1.1 s
    min_share: float = 0.3  # of the peaks there
    misses: int = 2  # peaks in a row that do not recur, where a repeat is followed to its edge
    edge: int = 47  # 0.75 s without a peak end it
    reach: int = 190  # 3 s: how far it is followed
    min_distance: int = 156  # 2.5 s between a span and its repeat in the same recording


@dataclass(frozen=True, slots=True, order=True)
class Match:
    """Samples start … end - 1 sound like those of recording `of` from `of_start` on."""

    start: int
    end: int
    of: int
    of_start: int
    score: int  # landmarks in common


def matches(
    marks: Landmarks,
    *,
    own: Ints,
    other: npt.NDArray[np.int64],
    at: Ints,
    rules: MatchRules,
    me: int | None = None,
) -> list[Match]:
    """Spans that recur, in order, from equal landmarks: `own` counts in `marks`, `at` are frames of `other`.

    What recurs within recording `me` itself is told of the later span.
    """
    earlier = (other != me) | (at <= marks.frames[own] - rules.min_distance)
    own, other, at = own[earlier], other[earlier], at[earlier]
    found: list[Match] = []
    for one in np.unique(other).tolist():
        here = other == one
        found += _of_one(marks, own[here], at[here], one, rules)
    return sorted(found)


def best(found: Iterable[Match]) -> list[Match]:
    """In order, without those that a better repeat of the same recording says already: loops have many."""
    kept: list[Match] = []
    for match in sorted(found, key=lambda one: (-one.score, one)):
        if not any(_is_covered(match, by) for by in kept):
            kept.append(match)
    return sorted(kept)


def within(marks: Landmarks, *, most: int) -> tuple[Ints, Ints]:
    """Equal landmarks of one recording as (own, at), both ways; numbers that occur too often left out."""
    order = np.argsort(marks.hashes, kind="stable").astype(np.int32)
    ordered = marks.hashes[order]
    first = np.searchsorted(ordered, ordered, "left")
    counts = np.searchsorted(ordered, ordered, "right") - first
    counts[(counts == 1) | (counts > most)] = 0
    own = np.repeat(order, counts)
    place = np.arange(len(own)) - np.repeat(np.cumsum(counts) - counts, counts)
    return own, marks.frames[order[np.repeat(first, counts) + place]]


def _of_one(marks: Landmarks, own: Ints, at: Ints, other: int, rules: MatchRules) -> list[Match]:
    """Repeats of one recording, those with most landmarks first to take them."""
    offsets = at - marks.frames[own]
    order = np.argsort(offsets, kind="stable")
    own, offsets = own[order], offsets[order]
    found: list[Match] = []
    while len(offsets) >= rules.min_hits:
        upper = np.searchsorted(offsets, offsets + rules.tolerance, "right")
        counts = upper - np.searchsorted(offsets, offsets - rules.tolerance, "left")
        best = int(counts.argmax())
        if counts[best] < rules.min_hits:
            break
        same = np.abs(offsets - offsets[best]) <= rules.tolerance
        for part in _runs(np.unique(own[same]), marks, rules):
            found.append(_match(marks, part, int(np.median(offsets[same])), other))
        own, offsets = own[~same], offsets[~same]
    return found


def _runs(own: Ints, marks: Landmarks, rules: MatchRules) -> Iterator[Ints]:
    """Landmarks of one offset, parted where others come between; those that are enough."""
    ends = np.maximum.accumulate(marks.ends[own])
    apart = (np.diff(own) > rules.gap) | (marks.frames[own][1:] - ends[:-1] > rules.silence)
    for run in np.split(own, np.flatnonzero(apart) + 1):
        if len(run) >= rules.min_hits:
            yield run


def _match(marks: Landmarks, run: Ints, offset: int, other: int) -> Match:
    start, end = int(marks.frames[run[0]]), int(marks.ends[run].max())
    return _of_frames(max(start, -offset), end, offset, other, len(run))


def _of_frames(start: int, end: int, offset: int, other: int, score: int) -> Match:
    middle = WINDOW // 2  # a frame is heard around here
    begin = start * HOP + middle
    return Match(begin, end * HOP + middle, other, begin + offset * HOP, score)


def followed(match: Match, marks: Landmarks, other: Landmarks, rules: MatchRules) -> Match | None:
    """The repeat as far as single peaks recur, by the landmarks of both; None where it is too little."""
    start, end = ((at - WINDOW // 2) // HOP for at in (match.start, match.end))
    offset = (match.of_start - match.start) // HOP
    first, last = start - rules.reach - LONGEST, end + rules.reach
    frames, cells = marks.between(first, last).peaks
    recurs = _recurs(frames + offset, cells, other.between(first + offset, last + offset))
    inside = (frames >= start) & (frames <= end)
    if not inside.any() or recurs[inside].mean() < rules.min_share:
        return None
    left, right = np.flatnonzero(inside)[[0, -1]]
    start = min(start, _edge(frames[left::-1], recurs[left::-1], rules))
    end = max(end, _edge(frames[right:], recurs[right:], rules))
    is_sure = match.score >= rules.sure_hits
    if end - start < (rules.sure_frames if is_sure else rules.min_frames):
        return None
    start = max(start, -offset)
    return _of_frames(start, end, offset, match.of, match.score)


def _recurs(frames: Ints, cells: Ints, other: Landmarks) -> npt.NDArray[np.bool_]:
    """Which peaks the other recording has as well, within a cell."""
    theirs = np.unique(np.multiply(other.peaks[0], 64, dtype=np.int64) + other.peaks[1])
    found = np.zeros(len(frames), np.bool_)
    for late, high in product(range(-CELL_FRAMES, CELL_FRAMES + 1), (-1, 0, 1)):
        wanted = np.multiply(frames + late, 64, dtype=np.int64) + np.clip(cells + high, 0, 63)
        found |= np.isin(wanted, theirs)
    return found


def _edge(frames: Ints, recurs: npt.NDArray[np.bool_], rules: MatchRules) -> int:
    """The last frame on the way outwards that recurs, before too many do not."""
    last, missed = int(frames[0]), 0
    for frame, is_there in zip(frames[1:].tolist(), recurs[1:].tolist(), strict=True):
        missed = 0 if is_there else missed + 1
        if missed > rules.misses or abs(frame - last) > rules.edge:
            break
        last = frame if is_there else last
    return last


def _is_covered(match: Match, by: Match) -> bool:
    """Whether a better repeat of the same recording says it already: loops recur at many offsets."""
    shared = min(match.end, by.end) - max(match.start, by.start)
    return match.of == by.of and shared > 0.5 * (match.end - match.start)
