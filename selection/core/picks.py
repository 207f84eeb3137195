"""Which clips a campaign gets: at random, or from both ends of arousal, under caps."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np


@dataclass(frozen=True, slots=True)
class Candidate:
    """A clip that may be picked; `arousal` is None where nothing could be measured."""

    clip: int
    speaker: int
    episode: int
    arousal: float | None


@dataclass(frozen=True, slots=True)
class Caps:
    """Most clips of one speaker and of one episode; None is no cap."""

    per_speaker: int | None = None
    per_episode: int | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """One chosen clip, why, and the chance it had, in (0, 1]."""

    clip: int
    reason: str
    score: float | None
    propensity: float


DRAWS = 200  # further draws that chances under caps are estimated from


class _Room:
    """What the caps still allow."""

    def __init__(self, caps: Caps) -> None:
        self.caps = caps
        self.speakers: Counter[int] = Counter()
        self.episodes: Counter[int] = Counter()

    def take(self, candidate: Candidate) -> bool:
        full = (
            self.caps.per_speaker is not None
            and self.speakers[candidate.speaker] >= self.caps.per_speaker
        ) or (
            self.caps.per_episode is not None
            and self.episodes[candidate.episode] >= self.caps.per_episode
        )
        if not full:
            self.speakers[candidate.speaker] += 1
            self.episodes[candidate.episode] += 1
        return not full


def at_random(
    candidates: Sequence[Candidate], *, n: int, caps: Caps, rng: np.random.Generator
) -> list[Pick]:
    """Every clip has the same chance, as far as the caps allow."""
    chosen = draw(candidates, n, caps, rng)
    chances = _chances(candidates, chosen, n, caps, rng)
    return [Pick(c.clip, "random", None, chances[_group(c, caps)]) for c in chosen]


def balanced(
    candidates: Sequence[Candidate],
    *,
    n: int,
    caps: Caps,
    rng: np.random.Generator,
    random_share: float = 0.2,
) -> list[Pick]:
    """From the top and the bottom of the arousal ranking in turn, with a share picked at random.

    The random slice is drawn first and from all candidates, so that it tells what the pool is like;
    its propensity is the chance that this draw gave each clip. Picks from the ends are
    deterministic: propensity 1.
    """
    slice_size = round(n * random_share)
    sliced = draw(candidates, slice_size, caps, rng)
    chances = _chances(candidates, sliced, slice_size, caps, rng)
    picks = [Pick(c.clip, "random slice", c.arousal, chances[_group(c, caps)]) for c in sliced]
    room = _refilled(caps, sliced)
    left = {c.clip for c in candidates} - {c.clip for c in sliced}
    scored = sorted(
        (c for c in candidates if c.clip in left and c.arousal is not None),
        key=lambda c: (c.arousal, c.clip),
    )
    ends = [("arousal high", scored[::-1]), ("arousal low", scored)]
    return picks + list(_alternate(ends, n - len(picks), room))


def draw(
    candidates: Sequence[Candidate], n: int, caps: Caps, rng: np.random.Generator
) -> list[Candidate]:
    """The first `n` in a random order that the caps let through."""
    return _drawn(_ordered(candidates), n, caps, rng)


def _ordered(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The same order for the same clips, however they came in."""
    return sorted(candidates, key=lambda c: c.clip)


def _drawn(
    ordered: Sequence[Candidate], n: int, caps: Caps, rng: np.random.Generator
) -> list[Candidate]:
    room = _Room(caps)
    shuffled = (ordered[i] for i in rng.permutation(len(ordered)))
    return list(islice((c for c in shuffled if room.take(c)), n))


_Group = tuple[int | None, int | None]


def _group(candidate: Candidate, caps: Caps) -> _Group:
    """What the caps see of a clip."""
    return (
        None if caps.per_speaker is None else candidate.speaker,
        None if caps.per_episode is None else candidate.episode,
    )


def _chances(
    candidates: Sequence[Candidate],
    drawn: Sequence[Candidate],
    n: int,
    caps: Caps,
    rng: np.random.Generator,
) -> dict[_Group, float]:
    """Group → the chance of each of its clips to be among the `n` drawn.

    Without caps that is the sampling rate. Caps favour the clips of rare speakers; those that they
    cannot tell apart have one chance, and counting over further draws finds it (Fattorini 2006, the
    draw itself counted, so that nothing drawn has chance 0).
    """
    sizes = Counter(_group(c, caps) for c in candidates)
    if caps == Caps():
        return dict.fromkeys(sizes, len(drawn) / max(1, len(candidates)))
    ordered = _ordered(candidates)
    again = rng.spawn(1)[0]  # of its own, so that counting does not change what is drawn
    counts = Counter(_group(c, caps) for c in drawn)
    for _ in range(DRAWS):
        counts.update(_group(c, caps) for c in _drawn(ordered, n, caps, again))
    return {group: counts[group] / (size * (DRAWS + 1)) for group, size in sizes.items()}


def _refilled(caps: Caps, taken: Iterable[Candidate]) -> _Room:
    room = _Room(caps)
    for candidate in taken:
        room.take(candidate)
    return room


def _alternate(ends: list[tuple[str, list[Candidate]]], n: int, room: _Room) -> Iterable[Pick]:
    queues = [(reason, iter(ranked)) for reason, ranked in ends]
    used: set[int] = set()
    while len(used) < n and queues:
        for reason, queue in list(queues):
            pick = next((c for c in queue if c.clip not in used and room.take(c)), None)
            if pick is None:
                queues.remove((reason, queue))
            elif len(used) < n:
                used.add(pick.clip)
                yield Pick(pick.clip, reason, pick.arousal, 1.0)
