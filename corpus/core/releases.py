"""What a release is written from: plain rows, and what changed since the last one."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from corpus.core.tombstones import Tombstone

Gender = Literal["Male", "Female", "Unknown"]

PARTITIONS = ("Train", "Development", "Test1", "Test2", "Test3")

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_NAME = re.compile(r"[A-Za-z0-9_-]+")  # the strictest of all formats: ASCII, no dots, no spaces
_RATER = re.compile(r"WORKER\d{7,8}")
_CODES = frozenset("ASHUFDCNOX")
_PARTITION = re.compile(r"[A-Za-z0-9]+")


class NotAVersion(ValueError):
    """The text is no semantic version such as 1.4.0."""


class NotLater(ValueError):
    """The version does not come after the previous release of the same name."""


@dataclass(frozen=True, slots=True)
class RatingRow:
    """One opinion; an empty `primary` or a None attribute was not asked or not answered (1 … 7)."""

    rater: str  # a pseudonym such as WORKER00000001, stable within one release line
    primary: str
    secondaries: tuple[str, ...]
    arousal: float | None
    valence: float | None
    dominance: float | None
    distribution: tuple[str, ...]  # the categories ticked
    rated_at: datetime
    simulated: bool  # made by a program, not by a person
    campaign: str


@dataclass(frozen=True, slots=True)
class Labels:
    """What raters agreed on for one clip; attributes are means, an empty `code` is no primary at all.

    A rater counts once: `n_repeated` earlier answers, given in other campaigns, are not in `ratings`.
    """

    code: str  # one of A S H U F D C N O X
    arousal: float | None
    valence: float | None
    dominance: float | None
    n_ratings: int
    ratings: tuple[RatingRow, ...]
    distribution_pooled: Mapping[str, float] | None = None
    distribution_rater_equal: Mapping[str, float] | None = None
    need: int = 1  # ratings that its campaigns ask for
    n_repeated: int = 0


@dataclass(frozen=True, slots=True)
class ReleaseClip:
    """One released clip with its way back to the feed; times in seconds of the source file."""

    name: str
    partition: str
    podcast: int
    speaker: int | None
    gender: Gender
    text: str
    transcript_is_draft: bool
    language: str
    n_samples: int
    file_sha256: str  # of the audio file in the release
    podcast_title: str
    episode_title: str
    episode_url: str
    source_url: str
    source_sha256: str  # of the file as it was fetched
    start_s: float
    end_s: float
    author: str
    spdx: str
    licence_url: str
    attribution: str
    changes: str
    gate: str
    pipeline: Mapping[str, str]  # stage → engine version
    labels: Labels | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """One agreement figure with its interval, over `n` units."""

    measure: str
    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What holds for the whole release; every number in it was computed, none typed in."""

    name: str
    version: str
    created_at: datetime
    created_from: str  # the software and its revision
    campaigns: tuple[str, ...]
    taxonomy: str
    rating_protocol: str
    consensus_rule: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    agreement: tuple[Agreement, ...] = ()
    distribution_names: tuple[str, ...] = ()  # columns of the label distributions, in order
    audio_extension: str = "flac"
    sampling_rate: int = 16_000
    limits: tuple[str, ...] = ()  # sentences for "known limits", such as a draw's warnings
    left_out: tuple[str, ...] = ()  # what the formats could not say, filled in while writing
    previous: str = ""  # the version before, where there is one
    changes: tuple[str, ...] = ()  # since then
    tombstones: tuple[Tombstone, ...] = ()  # of clips that any earlier version held

    def file(self, clip: ReleaseClip) -> str:
        """The clip's file name as label files write it."""
        return f"{clip.name}.{self.audio_extension}"


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What holds for all labels of some campaigns, and sentences on the ratings that stay out."""

    campaigns: tuple[str, ...]
    taxonomy: str
    rating_protocol: str
    consensus_rule: str
    distribution_names: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


class ReleaseTable(Protocol):
    """Labels from an app above this one; where no campaign is named, it chooses which to take."""

    name: str

    def facts(self, campaigns: Sequence[str]) -> TableFacts:
        """What holds for all labels of these campaigns."""
        ...

    def labels(self, campaigns: Sequence[str]) -> dict[int, Labels]:
        """Clip → labels, of every clip that has a rating in these campaigns."""
        ...

    def agreement(self, labels: Sequence[Labels]) -> tuple[Agreement, ...]:
        """How far the raters of just these clips agree: same labels in same order, same figures."""
        ...


def check_version(version: str, *, after: str | None = None) -> tuple[int, int, int]:
    """The three numbers of a semantic version; raises NotAVersion, or NotLater than `after`."""
    match = _VERSION.fullmatch(version)
    if match is None:
        raise NotAVersion(f"{version!r} is not of the form major.minor.patch, such as 1.4.0")
    numbers = (int(match[1]), int(match[2]), int(match[3]))
    if after is not None and numbers <= check_version(after):
        raise NotLater(f"{version} does not come after {after}")
    return numbers


def overlapping(spans: Iterable[tuple[int, int]]) -> set[int]:
    """Places of the half-open spans that share a sample with one before them that stays."""
    kept: list[tuple[int, int]] = []
    out: set[int] = set()
    for place, (start, end) in enumerate(spans):
        if any(start < other_end and other < end for other, other_end in kept):
            out.add(place)
        else:
            kept.append((start, end))
    return out


def problems(clips: Iterable[ReleaseClip]) -> tuple[str, ...]:
    """Sentences about what no release may hold: shared speakers, doubled or unsafe names."""
    rows = tuple(clips)
    names = Counter(clip.name for clip in rows)
    unsafe = sorted(name for name in names if not _NAME.fullmatch(name))
    odd = sorted({clip.partition for clip in rows if not _PARTITION.fullmatch(clip.partition)})
    return (
        *(f"{name!r} is not a safe file name." for name in unsafe),
        *(f"{partition!r} is not a safe partition name." for partition in odd),
        *(f"{n} clips are called {name}." for name, n in sorted(names.items()) if n > 1),
        *_speaker_problems(rows),
        *(problem for clip in rows if clip.labels for problem in _label_problems(clip.labels)),
    )


def _speaker_problems(clips: Sequence[ReleaseClip]) -> Iterable[str]:
    partitions: defaultdict[int, set[str]] = defaultdict(set)
    genders: defaultdict[int, set[str]] = defaultdict(set)
    for clip in clips:
        if clip.speaker is not None:
            partitions[clip.speaker].add(clip.partition)
            genders[clip.speaker].add(clip.gender)
    for what, seen in (("is in", partitions), ("has the genders", genders)):
        for speaker, values in sorted(seen.items()):
            if len(values) > 1:
                yield f"Speaker {speaker} {what} {' and '.join(sorted(values))}."


def _label_problems(labels: Labels) -> Iterable[str]:
    if labels.code and labels.code not in _CODES:
        yield f"{labels.code!r} is no class."
    for rater in sorted({rating.rater for rating in labels.ratings}):
        if not _RATER.fullmatch(rater):
            yield f"{rater!r} is no pseudonym such as WORKER00000001."


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """What two releases are compared by."""

    name: str
    partition: str
    code: str
    file_sha256: str


def row(clip: ReleaseClip) -> Row:
    """A clip as another release sees it; no labels, no code."""
    return Row(clip.name, clip.partition, clip.labels.code if clip.labels else "", clip.file_sha256)


@dataclass(frozen=True, slots=True)
class Difference:
    """Names of clips that came, went, changed partition, label or sound, each in order."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    moved: tuple[str, ...]
    relabelled: tuple[str, ...]
    recut: tuple[str, ...]


def diff(previous: Iterable[Row], current: Iterable[Row]) -> Difference:
    """What changed from one release to the next; clips are the same when their names are."""
    before, after = {r.name: r for r in previous}, {r.name: r for r in current}
    both = [(before[name], after[name]) for name in sorted(before.keys() & after.keys())]
    return Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        moved=tuple(old.name for old, new in both if old.partition != new.partition),
        relabelled=tuple(old.name for old, new in both if old.code != new.code),
        recut=tuple(old.name for old, new in both if old.file_sha256 != new.file_sha256),
    )


def told(difference: Difference, *, since: str) -> tuple[str, ...]:
    """Sentences for a changelog: how many clips came, went, and changed sides."""
    counts = (
        (len(difference.added), "added"),
        (len(difference.removed), "left out"),
        (len(difference.moved), "moved to another partition"),
    )
    said = [f"{'1 clip was' if n == 1 else f'{n} clips were'} {what}" for n, what in counts if n]
    return tuple(f"{sentence} since {since}." for sentence in said)
