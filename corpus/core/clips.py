"""Where to cut: turns, words and speech activity become spans of one speaker within length limits.

A single-speaker stretch below the upper limit is one clip. A longer one is cut at the middle of its pauses, by
dynamic programming: first as much speech as possible is kept, then as many and as long pauses as possible are used
(Lotfian & Busso 2019 and the MSP-Podcast pipeline cut at every pause of 0.3 s, and lose the pieces that come out too
short; we leave such a pause uncut). Fluent speech that reaches the limit without any pause is cut at gaps between
words, as few and as long ones as will do; without words it is left out.

Worked example, in seconds: a turn of 14.0 with silences 4.0-4.4, 8.0-8.2 and 10.0-10.6 is cut at 4.2 and 10.3.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from corpus.core import segments, transcripts
from corpus.core import turns as speaker_turns
from corpus.core.segments import Blocks, Segment
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
    excluded: Iterable[Segment] = (),
) -> tuple[Span, ...]:
    """The clips of an episode of `length` samples, in order, none of which touches what is `excluded`.

    Each is min_samples <= n < max_samples long and holds the voice of one label only; no two overlap, none starts or
    ends inside a word, and the silence at their ends touches neither speech activity nor a turn of anybody else.
    """
    barred = segments.merge(excluded)
    inside = (Turn(s, t.label) for t in turns if (s := segments.clamp(t.segment, length=length)))
    heard = (s for segment in speech if (s := segments.clamp(segment, length=length)))
    track = _Track.of((word for word in words if word.segment.end <= length), heard)
    spans: list[Span] = []
    for room in _rooms(inside, barred, length=length, rules=rules):
        for clip in _pieces(room, track=track, rules=rules):
            spoken = track.words_from(clip)
            spans.append(Span(clip, room.label, transcripts.text(spoken), len(spoken)))
    return tuple(spans)


def usage(
    spans: Iterable[Span],
    *,
    turns: Iterable[Turn],
    speech: Iterable[Segment],
    excluded: Iterable[Segment] = (),
) -> Usage:
    """How much of the speech that could have been used the clips hold."""
    alone = [turn.segment for turn in speaker_turns.single_speaker(turns)]
    usable = segments.subtract(segments.intersect(alone, speech), excluded)
    kept = segments.intersect(usable, (span.segment for span in spans))
    return Usage(kept=segments.total(kept), usable=segments.total(usable))


@dataclass(frozen=True, slots=True)
class _Track:
    """What is heard in the episode: `whole` are words that no cut may break, `sounds` are words and speech activity."""

    words: tuple[Word, ...]
    starts: tuple[int, ...]
    whole: Blocks
    sounds: Blocks

    @classmethod
    def of(cls, words: Iterable[Word], heard: Iterable[Segment]) -> Self:
        words = tuple(sorted(words, key=lambda word: word.segment))
        whole = Blocks.of((word.segment for word in words), gap=-1)
        sounds = Blocks.of((*heard, *whole.blocks))
        return cls(words, tuple(word.segment.start for word in words), whole, sounds)

    def words_from(self, segment: Segment) -> tuple[Word, ...]:
        """The words that start in the segment."""
        first = bisect_left(self.starts, segment.start)
        return self.words[first : bisect_left(self.starts, segment.end)]


@dataclass(frozen=True, slots=True)
class _Room:
    """Where one label speaks alone, and how far beyond its clips may reach: half-way to anybody's turn."""

    label: str
    own: Segment
    reach: Segment


def _rooms(
    turns: Iterable[Turn], barred: Sequence[Segment], *, length: int, rules: CutRules
) -> Iterator[_Room]:
    joined = speaker_turns.merge(turns, gap=rules.join_gap)
    occupied = Blocks.of([*(turn.segment for turn in joined), *barred])
    alone = speaker_turns.single_speaker(joined)
    free_turns = (Turn(s, t.label) for t in alone for s in segments.subtract([t.segment], barred))
    for turn in free_turns:
        own = turn.segment
        free = occupied.quiet_around(own, within=Segment(0, length))
        before, after = own.start - free.start, free.end - own.end
        if free.start > 0:
            before //= 2
        if free.end < length:
            after //= 2
        start, end = own.start - min(before, rules.padding), own.end + min(after, rules.padding)
        yield _Room(turn.label, own, Segment(start, end))


def _settle(room: _Room, *, track: _Track) -> Segment | None:
    """The stretch moved to whole words, then out to where its speech ends, if that is within reach.

    Diarisers miss the ends of speech by some milliseconds, so a word that crosses the edge of a turn is taken in
    where there is room for it and left out otherwise.
    """
    start, end, reach = room.own.start, room.own.end, room.reach
    if word := track.whole.across(start):
        start = word.start if word.start >= reach.start else word.end
    if word := track.whole.across(end):
        end = word.end if word.end <= reach.end else word.start
    if (sound := track.sounds.across(start)) and sound.start >= reach.start:
        start = sound.start
    if (sound := track.sounds.across(end)) and sound.end <= reach.end:
        end = sound.end
    return Segment(start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class _Atom:
    """What lies between two places to cut; `worth` rates cutting before and after it."""

    place: Segment
    sound: Segment  # from the first to the last sound in it
    heard: int
    n_words: int
    worth: tuple[int, int]


def _pieces(room: _Room, *, track: _Track, rules: CutRules) -> Iterator[Segment]:
    """The best clips of one stretch, each with its silence."""
    stretch = _settle(room, track=track)
    if stretch is None or not track.sounds.inside(stretch):
        return
    atoms = _atoms(stretch, track=track, rules=rules)
    free = track.sounds.quiet_around(stretch, within=room.reach)
    for i, j in _choose(atoms, min_words=rules.min_words if track.words else 0, rules=rules):
        start = free.start if i == 0 else atoms[i].place.start
        end = free.end if j == len(atoms) - 1 else atoms[j].place.end
        sound = Segment(atoms[i].sound.start, atoms[j].sound.end)
        yield _with_silence(sound, within=Segment(start, end), rules=rules)


def _atoms(stretch: Segment, *, track: _Track, rules: CutRules) -> list[_Atom]:
    gaps = _gaps(track.sounds.inside(stretch), words=track.whole, rules=rules)
    points = [stretch.start, *((gap.start + gap.end) // 2 for gap in gaps), stretch.end]
    # Cutting in a gap below `pause` costs, above it earns: few of those, many of these, long ones first.
    worth = [0, *(gap.duration - rules.pause + 1 for gap in gaps), 0]
    atoms: list[_Atom] = []
    for place, around in zip(pairwise(points), pairwise(worth), strict=True):
        sounds = track.sounds.inside(Segment(*place))
        sound = Segment(sounds[0].start, sounds[-1].end)
        heard = sum(part.duration for part in sounds)
        atoms.append(_Atom(Segment(*place), sound, heard, len(track.words_from(sound)), around))
    return atoms


def _gaps(sounds: Sequence[Segment], *, words: Blocks, rules: CutRules) -> list[Segment]:
    """Where the stretch may be cut: nowhere if it is short enough, else in pauses, else between words."""
    whole = Segment(sounds[0].start, sounds[-1].end)
    if whole.duration < rules.max_samples:
        return []
    runs = segments.merge(sounds, gap=rules.pause - 1)
    fluent = (run for run in runs if run.duration >= rules.max_samples)
    between_words = (gap for run in fluent for gap in _between(words.inside(run)))
    return sorted([*_between(runs), *(g for g in between_words if g.duration >= rules.word_gap)])


def _between(blocks: Sequence[Segment]) -> list[Segment]:
    return [Segment(a.end, b.start) for a, b in pairwise(blocks) if a.end < b.start]


def _choose(atoms: Sequence[_Atom], *, min_words: int, rules: CutRules) -> list[tuple[int, int]]:
    """The first and last atom of each clip: most speech kept, then best places to cut.

    best[n] is the most that the first n atoms can give; the last of them is left out, or ends a clip of `size` atoms.
    """
    best = [(0, 0, 0)]  # speech kept, worth of the cuts, size
    for n in range(1, len(atoms) + 1):
        options, last = [(*best[n - 1][:2], 0)], atoms[n - 1]
        heard = n_words = 0
        for size in range(1, n + 1):
            first = atoms[n - size]
            heard, n_words = heard + first.heard, n_words + first.n_words
            sound = Segment(first.sound.start, last.sound.end)
            if sound.duration >= rules.max_samples:
                break
            place = Segment(first.place.start, last.place.end)
            clip = _with_silence(sound, within=place, rules=rules)
            if clip.duration >= rules.min_samples and n_words >= min_words:
                speech, worth, _ = best[n - size]
                options.append((speech + heard, worth + first.worth[0] + last.worth[1], size))
        best.append(max(options))
    chosen: list[tuple[int, int]] = []
    n = len(atoms)
    while n:
        if size := best[n][2]:
            chosen.append((n - size, n - 1))
        n -= size or 1
    return chosen[::-1]


def _with_silence(sound: Segment, *, within: Segment, rules: CutRules) -> Segment:
    """The sound with up to `padding` of the silence on either side, and never too long for a clip."""
    before = min(rules.padding, sound.start - within.start)
    after = min(rules.padding, within.end - sound.end)
    spare = rules.max_samples - 1 - sound.duration
    before = min(before, max(spare // 2, spare - after))
    return Segment(sound.start - before, sound.end + min(after, spare - before))
