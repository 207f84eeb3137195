"""What a datasheet counts: rows of text from the clips of a release."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from corpus.core import releases
from corpus.core.formats.msp_rows import LETTERS, NO_AGREEMENT, OTHER
from corpus.core.releases import ReleaseClip, ReleaseFacts

Clips = Sequence[ReleaseClip]
Row = tuple[str, ...]

CODES = {
    **{letter: name for name, letter in LETTERS.items()},
    OTHER: "Other",
    NO_AGREEMENT: "No agreement",
}
PARTITION_HEADER = (
    "partition",
    "clips",
    "h:mm:ss",
    "known speakers",
    "unknown speaker",
    "podcasts",
)


def simulated(clips: Clips) -> tuple[int, int]:
    """How many ratings a program made, and how many there are."""
    ratings = [rating for clip in clips if clip.labels for rating in clip.labels.ratings]
    return sum(rating.simulated for rating in ratings), len(ratings)


def duration(facts: ReleaseFacts, clips: Clips) -> str:
    """All clips together as h:mm:ss, rounded to the second."""
    seconds = round(sum(clip.n_samples for clip in clips) / facts.sampling_rate)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def speakers(clips: Clips) -> set[int]:
    """The known ones."""
    return {clip.speaker for clip in clips if clip.speaker is not None}


def used(clips: Clips) -> tuple[str, ...]:
    """Partitions with clips, in the usual order."""
    names = {clip.partition for clip in clips}
    known = [name for name in releases.PARTITIONS if name in names]
    return (*known, *sorted(names - set(known)))


def partitions(facts: ReleaseFacts, clips: Clips) -> Iterator[Row]:
    """One row per partition, under PARTITION_HEADER, and one for all."""
    parts = [(name, [clip for clip in clips if clip.partition == name]) for name in used(clips)]
    for name, mine in (*parts, ("all", list(clips))):
        yield (
            name,
            str(len(mine)),
            duration(facts, mine),
            str(len(speakers(mine))),
            str(sum(clip.speaker is None for clip in mine)),
            str(len({clip.podcast for clip in mine})),
        )


def classes(clips: Clips) -> Iterator[Row]:
    """One row per code that occurs: its clips per partition, and over all."""
    found = Counter((_code(clip), clip.partition) for clip in clips)
    for code in (*CODES, ""):
        counts = [found[code, name] for name in used(clips)]
        if sum(counts):
            yield (CODES.get(code, "no primary"), *map(str, counts), str(sum(counts)))


def counted(values: Iterable[str]) -> list[Row]:
    """Each value with how often it occurs, most frequent first."""
    ranked = sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0]))
    return [(value or "not known", str(n)) for value, n in ranked]


def engines(clips: Clips) -> list[Row]:
    """Stage, engine version, and how many clips went through it."""
    found = Counter(pair for clip in clips for pair in clip.pipeline.items())
    return [(stage, version, str(n)) for (stage, version), n in sorted(found.items())]


def ratings_per_clip(clips: Clips) -> list[Row]:
    """How many clips have how many ratings, fewest first."""
    found = Counter(clip.labels.n_ratings if clip.labels else 0 for clip in clips)
    return [(str(ratings), str(n)) for ratings, n in sorted(found.items())]


def licences(clips: Clips) -> list[Row]:
    """Licence, its address, clips and podcasts."""
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for clip in clips:
        found[clip.spdx, clip.licence_url].append(clip.podcast)
    return [(*key, str(len(p)), str(len(set(p)))) for key, p in sorted(found.items())]


def limits(clips: Clips) -> Iterator[str]:
    """Sentences that follow from the counts."""
    yield "Labels say what listeners perceived, not what speakers felt."
    if strangers := sum(clip.speaker is None for clip in clips):
        yield f"The speakers of {strangers} clips are unknown; one voice may stand behind several."
    if absent := [CODES[code] for code in CODES if all(_code(clip) != code for clip in clips)]:
        yield f"No clip is labelled: {', '.join(absent)}."
    if tied := sum(_code(clip) == NO_AGREEMENT for clip in clips):
        yield f"Raters did not agree on one class for {tied} of {len(clips)} clips (code X)."
    if few := sum(clip.labels.n_ratings < 5 for clip in clips if clip.labels):
        yield f"{few} of {len(clips)} clips have fewer than 5 ratings."
    homes: defaultdict[int, set[str]] = defaultdict(set)
    for clip in clips:
        homes[clip.podcast].add(clip.partition)
    if spanning := sum(len(home) > 1 for home in homes.values()):
        yield f"{spanning} of {len(homes)} podcasts have clips in more than one partition."


def _code(clip: ReleaseClip) -> str:
    return clip.labels.code if clip.labels else ""
