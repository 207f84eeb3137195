"""Speaker-disjoint partitions, balanced half on hours and half on classes."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar

import numpy as np

from corpus.core import balance

Key = TypeVar("Key", int, str)

SHARES: Mapping[str, float] = MappingProxyType({"Train": 0.7, "Development": 0.1, "Test1": 0.2})
OFF_TARGET = 0.05  # how far a share of the hours may lie from its target without a warning


class PinnedApart(ValueError):
    """Earlier sides contradict each other, or put an unknown speaker outside the first partition."""


@dataclass(frozen=True, slots=True)
class Item(Generic[Key]):
    """One clip as a draw sees it; `speaker` is None where nobody knows who speaks.

    Clips of one `episode` stay together: diarisation may give one person two labels in one recording.
    So do clips with a number of `sounds` in common: the same advert would be on two sides.
    """

    key: Key
    speaker: int | None
    podcast: int
    label: str
    seconds: float
    episode: int | None = None
    sounds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """What one partition got; `share` is of all seconds, `labels` counts clips."""

    name: str
    clips: int
    seconds: float
    share: float
    target: float
    speakers: int
    labels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Draw(Generic[Key]):
    """Every clip's partition, what each partition holds, and sentences about what is not ideal."""

    partitions: Mapping[Key, str]
    report: tuple[Side, ...]
    warnings: tuple[str, ...]


def draw(
    items: Sequence[Item[Key]],
    *,
    seed: int,
    shares: Mapping[str, float] = SHARES,
    podcast_disjoint: bool = False,
    pinned: Mapping[Key, str] | None = None,
) -> Draw[Key]:
    """Partitions that never split a speaker, the same for any order of `items`.

    Clips of unknown speakers go to the first partition of `shares`. Speakers of `pinned` clips
    follow them. Raises PinnedApart, or ValueError for shares or items that mean nothing.
    """
    rows = sorted(items, key=lambda item: item.key)
    targets = _targets(shares)
    _check(rows, targets, pinned or {})
    groups = _groups(rows, podcast_disjoint=podcast_disjoint)
    names = tuple(targets)
    fixed = np.array([_fixed(group, names, pinned or {}) for group in groups], dtype=np.intp)
    aims = np.array(list(targets.values()))
    sides = balance.search(_features(groups), fixed, aims, np.random.default_rng(seed))
    partitions = {
        item.key: names[side]
        for group, side in zip(groups, sides.tolist(), strict=True)
        for item in group
    }
    ordered = {item.key: partitions[item.key] for item in rows}
    report = tuple(_side(name, targets[name], rows, ordered) for name in names)
    return Draw(ordered, report, tuple(_warnings(rows, ordered, report, len(groups))))


def _targets(shares: Mapping[str, float]) -> dict[str, float]:
    if not shares or min(shares.values()) <= 0:
        raise ValueError(f"every partition needs a share above 0, got {dict(shares)}")
    return {name: share / sum(shares.values()) for name, share in shares.items()}


def _check(
    rows: Sequence[Item[Key]], targets: Mapping[str, float], pinned: Mapping[Key, str]
) -> None:
    if len({item.key for item in rows}) < len(rows):
        raise ValueError("two items have the same key")
    if any(not item.seconds > 0 for item in rows):
        raise ValueError("every item needs seconds above 0")
    if unknown := sorted(set(pinned.values()) - set(targets)):
        raise ValueError(f"pinned to {', '.join(unknown)}, which is no partition of this draw")


def _groups(rows: Sequence[Item[Key]], *, podcast_disjoint: bool) -> list[list[Item[Key]]]:
    """Clips that must stay together, in the order of their first keys."""
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(node: tuple[str, int]) -> tuple[str, int]:
        while (up := parent.setdefault(node, node)) != node:
            node = up
        return node

    for item in rows:
        if podcast_disjoint:
            parent[root(_voice(item))] = root(("podcast", item.podcast))
        if item.episode is not None:
            parent[root(_voice(item))] = root(("episode", item.episode))
        for sound in item.sounds:
            parent[root(_voice(item))] = root(("sound", sound))
    groups: defaultdict[tuple[str, int], list[Item[Key]]] = defaultdict(list)
    for item in rows:
        groups[root(_voice(item))].append(item)
    return list(groups.values())


def _voice(item: Item[Key]) -> tuple[str, int]:
    return ("unknown", item.podcast) if item.speaker is None else ("speaker", item.speaker)


def _fixed(group: Sequence[Item[Key]], names: Sequence[str], pinned: Mapping[Key, str]) -> int:
    """Where this group has to go, as an index; -1 where it is free."""
    sides = {pinned[item.key] for item in group if item.key in pinned}
    if any(item.speaker is None for item in group):
        sides.add(names[0])
    if len(sides) > 1:
        raise PinnedApart(_conflict(group, names[0], pinned))
    return names.index(sides.pop()) if sides else -1


def _conflict(group: Sequence[Item[Key]], first: str, pinned: Mapping[Key, str]) -> str:
    voices = sorted({"unknown" if i.speaker is None else f"{i.speaker}" for i in group})
    pins = ", ".join(f"{i.key} to {pinned[i.key]}" for i in group if i.key in pinned)
    return (
        f"Clips of speaker {', '.join(voices)} must stay together, but are pinned apart: {pins}"
        f" (unknown speakers belong to {first})."
    )


def _features(groups: Sequence[Sequence[Item[Key]]]) -> balance.Floats:
    """Shares of all hours, and of each class's clips, per group: (groups, 1 + classes)."""
    labels = sorted({item.label for group in groups for item in group})
    column = {label: at for at, label in enumerate(labels, start=1)}
    counts = np.zeros((len(groups), 1 + len(labels)))
    for at, group in enumerate(groups):
        for item in group:
            counts[at, 0] += item.seconds
            counts[at, column[item.label]] += 1
    weights = np.array([0.5] + [0.5 / max(1, len(labels))] * len(labels))
    scaled: balance.Floats = counts / np.maximum(counts.sum(axis=0), 1e-12) * np.sqrt(weights)
    return scaled


def _side(
    name: str, target: float, rows: Sequence[Item[Key]], partitions: Mapping[Key, str]
) -> Side:
    mine = [item for item in rows if partitions[item.key] == name]
    seconds = sum(item.seconds for item in mine)
    labels = Counter(item.label for item in mine)
    return Side(
        name=name,
        clips=len(mine),
        seconds=seconds,
        share=seconds / sum(item.seconds for item in rows) if rows else 0.0,
        target=target,
        speakers=len({item.speaker for item in mine} - {None}),
        labels={label: labels[label] for label in sorted({item.label for item in rows})},
    )


def _warnings(
    rows: Sequence[Item[Key]],
    partitions: Mapping[Key, str],
    report: Sequence[Side],
    n_groups: int,
) -> Iterator[str]:
    speakers = len({item.speaker for item in rows} - {None})
    empty = [side.name for side in report if not side.clips]
    if empty:
        tied = f" in {_count(n_groups, 'group')} that share episodes or sounds" * (
            n_groups < speakers
        )
        yield f"{_count(speakers, 'speaker')}{tied} cannot fill {len(report)} partitions" + (
            f" ({', '.join(side.name for side in report)}): {_are(empty)} empty."
        )
    for side in report:
        yield from _warnings_of(side)
    if unknown := sum(item.speaker is None for item in rows):
        yield (
            f"{_count(unknown, 'clip')} of unknown speakers in {report[0].name}: the same voices"
            " may speak in other partitions."
        )
    homes: defaultdict[int, set[str]] = defaultdict(set)
    for item in rows:
        homes[item.podcast].add(partitions[item.key])
    if spanning := sum(len(home) > 1 for home in homes.values()):
        yield f"Podcasts in more than one partition: {spanning} of {len(homes)}."


def _warnings_of(side: Side) -> Iterator[str]:
    if not side.clips:
        return
    if side.speakers == 1:
        yield f"{side.name} holds a single known speaker."
    if abs(side.share - side.target) > OFF_TARGET:
        yield f"{side.name} holds {side.share:.0%} of the hours instead of {side.target:.0%}."
    if missing := [label for label, n in side.labels.items() if not n]:
        yield f"{side.name} holds no clip labelled {', '.join(missing)}."


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _are(names: Sequence[str]) -> str:
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'}"
