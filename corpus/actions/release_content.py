"""What a release holds: which clips, on which side, with which rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, cast

from common import files
from corpus.actions import runs
from corpus.core import partitions
from corpus.core import releases as core
from corpus.core.partitions import Draw, Item
from corpus.core.releases import Gender, Labels, ReleaseClip, ReleaseFacts, TableFacts
from corpus.models import Clip, LicenceDecision

SEED = 7  # of the partition draw
CREATED_FROM = "Emocast 0.1.0"


class NothingToRelease(Exception):
    """No clip fulfils what was asked; the message counts what was left out, and why."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the release is to hold; `min_ratings` None is what the campaigns ask for."""

    campaigns: tuple[str, ...] = ()
    min_ratings: int | None = None
    non_commercial: bool = False
    podcast_disjoint: bool = False


@dataclass(slots=True)
class Chosen:
    """The clips of a release with their labels, and sentences on those that stay out."""

    clips: list[Clip]
    labels: Mapping[int, Labels]
    facts: TableFacts
    left_out: list[str] = field(default_factory=list)


def choose(*, wish: Wish, table: core.ReleaseTable) -> Chosen:
    """Which clips a release would hold today, or NothingToRelease."""
    known = table.facts(wish.campaigns)
    if unknown := sorted(set(wish.campaigns) - set(known.campaigns)):
        raise NothingToRelease(f"There is no campaign {' or '.join(unknown)}.")
    least = known.need if wish.min_ratings is None else wish.min_ratings
    clips = list(
        Clip.objects.shareable()
        .select_related("episode__podcast", "episode__licence", "voice__speaker", "run")
        .order_by("name")
    )
    labels = table.labels([clip.pk for clip in clips], wish.campaigns)
    rated = [clip for clip in clips if clip.pk in labels]
    accepted = set(
        Clip.objects.filter(pk__in=[c.pk for c in rated]).accepted().values_list("pk", flat=True)
    )
    chosen = Chosen([], labels, known)
    counts = {"gate": 0, "few": 0, "nc": 0}
    for clip in rated:
        if clip.pk not in accepted:
            counts["gate"] += 1
        elif labels[clip.pk].n_ratings < least:
            counts["few"] += 1
        elif not wish.non_commercial and _licence(clip).verdict == "non_commercial":
            counts["nc"] += 1
        else:
            chosen.clips.append(clip)
    chosen.left_out = list(_sentences(counts, least))
    if not chosen.clips:
        raise NothingToRelease(
            " ".join(["No clip can be released.", *chosen.left_out])
            if rated
            else "No clip that may be shared has a rating yet: open a campaign, or import ratings."
        )
    return chosen


def _licence(clip: Clip) -> LicenceDecision:
    licence = clip.episode.licence
    if licence is None:
        raise ValueError(f"{clip.name} has no licence decision")
    return licence


def _sentences(counts: Mapping[str, int], least: int) -> Iterator[str]:
    if n := counts["few"]:
        yield f"{n} rated clips have fewer than {least} ratings (--min-ratings sets another limit)."
    if n := counts["gate"]:
        yield f"{n} rated clips are not accepted by the gate."
    if n := counts["nc"]:
        yield f"{n} clips have a non-commercial licence (--non-commercial takes them in)."


def draw(chosen: Chosen, wish: Wish) -> Draw[str]:
    """Sides by speaker, and by episode: diarisation may give one person two labels in one."""
    numbers = _numbers(chosen.clips)
    items = [
        Item(
            key=clip.name,
            speaker=numbers[_speaker(clip)],
            podcast=clip.episode.podcast_id,
            label=chosen.labels[clip.pk].code,
            seconds=clip.seconds,
            episode=clip.episode_id,
        )
        for clip in chosen.clips
    ]
    return partitions.draw(items, seed=SEED, podcast_disjoint=wish.podcast_disjoint)


def _numbers(clips: Sequence[Clip]) -> dict[tuple[str, int], int]:
    """Speakers numbered from 1 in the order of clip names, whatever the database calls them."""
    numbers: dict[tuple[str, int], int] = {}
    for clip in clips:
        numbers.setdefault(_speaker(clip), len(numbers) + 1)
    return numbers


def _speaker(clip: Clip) -> tuple[str, int]:
    known = clip.voice.speaker_id
    return ("voice", clip.voice_id) if known is None else ("speaker", known)


def rows(chosen: Chosen, sides: Mapping[str, str]) -> list[ReleaseClip]:
    numbers = _numbers(chosen.clips)
    podcasts: dict[int, int] = {}
    engines: dict[str, Mapping[str, str]] = {}
    made = []
    for clip in chosen.clips:  # in the order of names: numbers do not depend on the database
        number = numbers[_speaker(clip)]
        podcast = podcasts.setdefault(clip.episode.podcast_id, len(podcasts) + 1)
        pipeline = engines.setdefault(clip.run.key, _pipeline(clip))
        place = _Place(sides[clip.name], number, podcast)
        made.append(_row(clip, chosen.labels[clip.pk], place, pipeline))
    return made


@dataclass(frozen=True, slots=True)
class _Place:
    """A clip's side, and the release's own numbers of its speaker and podcast."""

    partition: str
    speaker: int
    podcast: int


def _row(clip: Clip, labels: Labels, place: _Place, pipeline: Mapping[str, str]) -> ReleaseClip:
    episode, licence = clip.episode, _licence(clip)
    verdict = clip.verdicts.order_by("-judged_at", "-pk").first()
    author = episode.author or episode.podcast.author
    return ReleaseClip(
        name=clip.name,
        partition=place.partition,
        podcast=place.podcast,
        speaker=place.speaker,
        gender=cast("Gender", clip.voice.speaker.gender) if clip.voice.speaker else "Unknown",
        text=clip.text,
        transcript_is_draft=episode.transcript_is_draft,
        language=episode.spoken_language or "und",
        n_samples=clip.end - clip.start,
        file_sha256=files.digest_of(clip.file),
        podcast_title=episode.podcast.title,
        episode_title=episode.title,
        episode_url=_public(episode.link or episode.podcast.link),
        source_url=_public(episode.audio_url),
        source_sha256=files.digest_of(episode.source_file),
        start_s=clip.start / 16_000,
        end_s=clip.end / 16_000,
        author=author or episode.attribution or episode.podcast.title,
        spdx=licence.spdx,
        licence_url=licence.url,
        attribution=episode.attribution or f"{episode.title}, {author or episode.podcast.title}",
        changes=f"cut to {clip.seconds:.3f} s, mixed down to mono, resampled to 16 kHz",
        gate=f"{verdict.gate} {verdict.gate_version}" if verdict else "",
        pipeline=pipeline,
        labels=labels,
    )


def _public(url: str) -> str:
    """Addresses of this machine's folders say nothing to others: the file's name is enough."""
    return f"file:{url.rsplit('/', 1)[-1]}" if url.startswith("file://") else url


def _pipeline(clip: Clip) -> dict[str, str]:
    """Stage → engine version, from the run that cut the clip back to the fetch."""
    found: dict[str, str] = {}
    level = [clip.run]
    while level:
        found.update({run.stage: run.version for run in level})
        level = [up for run in level for up in runs.input_runs(run).values()]
    return dict(sorted(found.items()))


def facts(
    name: str, version: str, wish: Wish, chosen: Chosen, warnings: Sequence[str]
) -> ReleaseFacts:
    labels = [chosen.labels[clip.pk] for clip in chosen.clips]
    return ReleaseFacts(
        name=name,
        version=version,
        # of the data, not of the clock: the same state is the same release
        created_at=max(row.rated_at for one in labels for row in one.ratings).astimezone(UTC),
        created_from=CREATED_FROM,
        campaigns=chosen.facts.campaigns,
        taxonomy=chosen.facts.taxonomy,
        rating_protocol=chosen.facts.rating_protocol,
        consensus_rule=chosen.facts.consensus_rule,
        parameters={name: str(value) for name, value in stored(wish).items()},
        agreement=chosen.facts.agreement,
        distribution_names=chosen.facts.distribution_names,
        limits=tuple(warnings),
        left_out=tuple(chosen.left_out),
    )


def stored(wish: Wish) -> dict[str, Any]:
    return {
        "campaigns": list(wish.campaigns),
        "min_ratings": wish.min_ratings,
        "non_commercial": wish.non_commercial,
        "podcast_disjoint": wish.podcast_disjoint,
        "partition_seed": SEED,
    }
