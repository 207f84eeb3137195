"""Which clips a campaign gets: at random, or from both ends of arousal, under caps."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
    """One chosen clip, why, and the chance it had."""

    clip: int
    reason: str
    score: float | None
    propensity: float


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
    ordered = _shuffled(candidates, rng)
    room = _Room(caps)
    chosen = [candidate for candidate in ordered if room.take(candidate)][:n]
    chance = len(chosen) / len(candidates) if candidates else 0.0
    return [Pick(c.clip, "random", None, chance) for c in chosen]


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
    its propensity is its sampling rate. Picks from the ends are deterministic: propensity 1.
    """
    room = _Room(caps)
    slice_size = round(n * random_share)
    sliced = [c for c in _shuffled(candidates, rng) if room.take(c)][:slice_size]
    room = _refilled(caps, sliced)
    chance = len(sliced) / len(candidates) if candidates else 0.0
    picks = [Pick(c.clip, "random slice", c.arousal, chance) for c in sliced]
    left = {c.clip for c in candidates} - {c.clip for c in sliced}
    scored = sorted(
        (c for c in candidates if c.clip in left and c.arousal is not None),
        key=lambda c: (c.arousal, c.clip),
    )
    ends = [("arousal high", scored[::-1]), ("arousal low", scored)]
    return picks + list(_alternate(ends, n - len(picks), room))


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


def _shuffled(candidates: Sequence[Candidate], rng: np.random.Generator) -> list[Candidate]:
    """The same order for the same clips and seed, however they came in."""
    ordered = sorted(candidates, key=lambda c: c.clip)
    return [ordered[i] for i in rng.permutation(len(ordered))]
