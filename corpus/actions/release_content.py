"""What a release holds: which clips, on which side, and what holds for all of them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from corpus.actions import repeats, tombstones
from corpus.core import partitions
from corpus.core import releases as core
from corpus.core.partitions import Draw, Item
from corpus.core.releases import Agreement, Labels, ReleaseFacts, Row, TableFacts
from corpus.core.tombstones import Tombstone, told
from corpus.models import Clip, LicenceDecision, ReleaseItem, Voice

SEED = 7  # of the partition draw
CREATED_FROM = "Emocast 0.1.0"

_LICENCE: Mapping[str | None, str] = {  # why an episode's clips may not be shared
    None: "is not decided yet",
    LicenceDecision.Verdict.INDEX_ONLY: "lets us list it only",
    LicenceDecision.Verdict.REVIEW: "is in review",
    LicenceDecision.Verdict.BLOCKED: "is blocked",
    LicenceDecision.Verdict.REFUSED: "is refused",
}


class NothingToRelease(Exception):
    """No clip fulfils what was asked; the message counts what was left out, and why."""


class NotIdentified(Exception):
    """Some voices were not compared yet: one person could end up on two sides of the split."""


class WithdrawnMeanwhile(Exception):
    """A clip was withdrawn while the release was built; nothing is released."""


class MixedRatings(Exception):
    """People's ratings and simulated ones would stand in the same release."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the release is to hold; `min_ratings` None is what the campaigns ask for."""

    campaigns: tuple[str, ...] = ()
    min_ratings: int | None = None
    non_commercial: bool = False
    podcast_disjoint: bool = False


@dataclass(slots=True)
class Chosen:
    """The clips of a release in the order of names, and sentences on those that stay out.

    `speakers` leads from a voice to its speaker where one is known.
    """

    clips: list[Clip]
    labels: Mapping[int, Labels]
    facts: TableFacts
    speakers: Mapping[int, int] = field(default_factory=dict)
    agreement: tuple[Agreement, ...] = ()
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Since:
    """The version before, empty for the first one; what changed; what was withdrawn of the line."""

    version: str = ""
    changes: tuple[str, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()


FIRST = Since()


def choose(*, wish: Wish, table: core.ReleaseTable) -> Chosen:
    """Which clips a release would hold today.

    Raises NothingToRelease, MixedRatings, NotIdentified.
    """
    known = table.facts(wish.campaigns)
    if unknown := sorted(set(wish.campaigns) - set(known.campaigns)):
        raise NothingToRelease(f"There is no campaign {' or '.join(unknown)}.")
    labels = table.labels(wish.campaigns)
    rated = _clips(labels)
    if not rated:
        raise NothingToRelease("No clip has a rating yet: open a campaign, or import ratings.")
    clips, sentences = _sift(rated, labels, wish)
    left_out = [*known.left_out, *sentences]
    if not clips:
        raise NothingToRelease(" ".join(["No clip can be released.", *left_out]))
    own = [labels[clip.pk] for clip in clips]
    _refuse_mixture(own)
    return Chosen(
        clips, labels, known, _speakers(clips), table.agreement(own), [*left_out, *_repeated(own)]
    )


def _clips(labels: Mapping[int, Labels]) -> list[Clip]:
    clips = Clip.objects.filter(pk__in=list(labels)).defer("peaks").order_by("name")
    return list(clips.select_related("episode__podcast", "episode__licence", "run"))


def _sift(
    rated: Sequence[Clip], labels: Mapping[int, Labels], wish: Wish
) -> tuple[list[Clip], list[str]]:
    """The clips that go in, and a sentence per reason on those that do not."""
    pks = [clip.pk for clip in rated]
    of_these = Clip.objects.filter(pk__in=pks)
    accepted = set(of_these.accepted().values_list("pk", flat=True))
    reasons = {clip.pk: _reason(clip, labels[clip.pk], wish, accepted) for clip in rated}
    withdrawn = of_these.withdrawn().values_list("pk", flat=True)
    reasons |= dict.fromkeys(withdrawn, "were withdrawn.")  # whatever else would keep them out
    covered = _covered([clip for clip in rated if not reasons[clip.pk]])
    reasons |= dict.fromkeys(covered, "overlap clips of a newer cut.")
    counts = Counter(reason for reason in reasons.values() if reason)
    sentences = [f"{n} rated clips {reason}" for reason, n in sorted(counts.items())]
    return [clip for clip in rated if not reasons[clip.pk]], sentences


def _reason(clip: Clip, labels: Labels, wish: Wish, accepted: Set[int]) -> str:
    """Why the clip stays out, as the end of a sentence; empty where nothing keeps it out."""
    licence = clip.episode.licence
    verdict = licence.verdict if licence else None
    if verdict not in LicenceDecision.MAY_BE_CUT:
        return f"are of episodes whose licence {_LICENCE[verdict]}."
    if clip.episode.duplicate_of_id is not None:
        return "are of episodes that are copies of others."
    if clip.pk not in accepted:
        return "are not accepted by the gate."
    if few := _few(labels, wish.min_ratings):
        return few
    if not wish.non_commercial and verdict == LicenceDecision.Verdict.NON_COMMERCIAL:
        return "have a non-commercial licence (--non-commercial takes them in)."
    return ""


def _few(labels: Labels, least: int | None) -> str:
    if least is None and labels.n_ratings < labels.need:
        return "have fewer ratings than their campaigns ask for (--min-ratings sets a limit)."
    if least is not None and labels.n_ratings < least:
        return f"have fewer than {least} ratings (--min-ratings sets another limit)."
    return ""


def _covered(clips: Sequence[Clip]) -> Iterator[int]:
    """Clips of earlier cuts that overlap one of a later cut: nobody is heard twice in a release."""
    by_episode: defaultdict[int, list[Clip]] = defaultdict(list)
    for clip in clips:
        by_episode[clip.episode_id].append(clip)
    for own in by_episode.values():
        old = [clip for clip in own if clip.superseded_at is not None]
        old.sort(key=lambda clip: (clip.superseded_at, clip.number), reverse=True)
        newest_first = [clip for clip in own if clip.superseded_at is None] + old
        for place in core.overlapping((clip.start, clip.end) for clip in newest_first):
            yield newest_first[place].pk


def _refuse_mixture(labels: Sequence[Labels]) -> None:
    rows = [row for one in labels for row in one.ratings]
    made_up = sum(row.simulated for row in rows)
    if 0 < made_up < len(rows):
        names = sorted({row.campaign for row in rows if row.simulated})
        raise MixedRatings(
            f"{made_up} of {len(rows)} ratings are simulated (in {', '.join(names)}), the others are "
            "people's: no release holds both. Name campaigns of one kind with --campaign."
        )


def _speakers(clips: Sequence[Clip]) -> dict[int, int]:
    """Voice → speaker, of the voices that were compared with all others.

    A voice without an embedding was compared with nobody, whatever number `identify` gave it.
    """
    voices = Voice.objects.filter(pk__in={clip.voice_id for clip in clips})
    found = dict(voices.filter(embedding__isnull=False).values_list("pk", "speaker"))
    known = {voice: speaker for voice, speaker in found.items() if speaker is not None}
    if n := len(found) - len(known):
        raise NotIdentified(
            f"{n} voices were not compared with the others yet, so nobody knows whether one person "
            "is on two sides of the split: run `python manage.py pipeline --until-idle` first "
            "(with --retry-failed where it failed)."
        )
    return known


def _repeated(labels: Sequence[Labels]) -> Iterator[str]:
    if n := sum(one.n_repeated for one in labels):
        yield (
            f"{n} answers of raters who rated the same clip again in another campaign stay out: "
            "of each rater the newest counts."
        )


def draw(chosen: Chosen, wish: Wish) -> Draw[str]:
    """Sides by speaker, by episode, as diarisation may give one person two labels in one, and by sound."""
    numbers = speaker_numbers(chosen)
    sounds = repeats.sounds(chosen.clips)
    items = [
        Item(
            key=clip.name,
            speaker=numbers.get(clip.voice_id),
            podcast=clip.episode.podcast_id,
            label=chosen.labels[clip.pk].code,
            seconds=clip.seconds,
            episode=clip.episode_id,
            sounds=sounds[clip.pk],
        )
        for clip in chosen.clips
    ]
    return partitions.draw(items, seed=SEED, podcast_disjoint=wish.podcast_disjoint)


def speaker_numbers(chosen: Chosen) -> dict[int, int]:
    """Voice → number of its speaker, from 1 in the order of clip names; unknown voices have none."""
    numbers: dict[int, int] = {}
    known = [clip.voice_id for clip in chosen.clips if clip.voice_id in chosen.speakers]
    return {voice: numbers.setdefault(chosen.speakers[voice], len(numbers) + 1) for voice in known}


def since(name: str, version: str, chosen: Chosen, sides: Mapping[str, str]) -> Since:
    """What is new against the earlier versions of this release."""
    before = tombstones.earlier(name, version)
    if not before:
        return FIRST
    last, stones = before[-1].version, tuple(tombstones.of(before))
    rows = ReleaseItem.objects.filter(release=before[-1])
    old = [Row(*row, "", "") for row in rows.values_list("clip__name", "partition")]
    new = [Row(clip.name, sides[clip.name], "", "") for clip in chosen.clips]
    changes = core.told(core.diff(old, new), since=last)
    return Since(last, (*changes, *told(stones, line=name, since=last)), stones)


def facts(
    name: str,
    version: str,
    wish: Wish,
    chosen: Chosen,
    warnings: Sequence[str],
    *,
    before: Since = FIRST,
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
        parameters=_words(wish),
        agreement=chosen.agreement,
        distribution_names=chosen.facts.distribution_names,
        limits=tuple(warnings),
        left_out=tuple(chosen.left_out),
        previous=before.version,
        changes=before.changes,
        tombstones=before.tombstones,
    )


def stored(wish: Wish) -> dict[str, Any]:
    return {
        "campaigns": list(wish.campaigns),
        "min_ratings": wish.min_ratings,
        "non_commercial": wish.non_commercial,
        "podcast_disjoint": wish.podcast_disjoint,
        "partition_seed": SEED,
    }


def _words(wish: Wish) -> dict[str, str]:
    """What was asked for, as people read it."""
    least = wish.min_ratings
    return {
        "campaigns": ", ".join(wish.campaigns) or "none named",
        "ratings per clip, at least": "as each campaign asks" if least is None else str(least),
        "non-commercial clips": "taken in" if wish.non_commercial else "left out",
        "podcasts on one side each": "yes" if wish.podcast_disjoint else "no",
        "seed of the partition draw": str(SEED),
    }
