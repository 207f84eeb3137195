"""What raters said about one clip, campaign by campaign, for curators' eyes only."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from annotation.core import taxonomy
from annotation.models import Campaign, Consensus, Rating
from corpus.models import Clip

TOP = 6  # categories of the wheel that are shown


@dataclass(frozen=True, slots=True)
class Dots:
    """One scale: how many chose each of its seven points, and where the mean lies, in percent."""

    title: str
    low: str
    high: str
    points: tuple[tuple[int, float, int], ...]  # point, place in percent, raters
    mean: float | None
    mean_at: float | None


@dataclass(frozen=True, slots=True)
class Votes:
    """One label: raters who chose it, of all who could."""

    label: str
    n: int
    share: float


@dataclass(frozen=True, slots=True)
class ClipLabels:
    """Everything one campaign knows about a clip."""

    campaign: Campaign
    ratings: tuple[Rating, ...]
    consensus: Consensus | None
    consensus_name: str
    scales: tuple[Dots, ...]
    primaries: tuple[Votes, ...]
    secondaries: tuple[Votes, ...]
    categories: tuple[Votes, ...]


def of(clip: Clip) -> list[ClipLabels]:
    """Campaigns that have the clip, in the order they were made; also where nobody has rated yet."""
    rows = (
        Rating.objects.current()
        .filter(clip=clip)
        .select_related("rater")
        .order_by("rated_at", "pk")
    )
    found: dict[int, list[Rating]] = {}
    for row in rows:
        found.setdefault(row.campaign_id, []).append(row)
    consensus = {row.campaign_id: row for row in Consensus.objects.filter(clip=clip)}
    campaigns = Campaign.objects.filter(clips__clip=clip) | Campaign.objects.filter(pk__in=found)
    return [
        _labels(campaign, found.get(campaign.pk, []), consensus.get(campaign.pk))
        for campaign in campaigns.distinct().order_by("created_at", "pk")
    ]


def name_of(code: str) -> str:
    """The class of a release letter, as badges know it; X stays X."""
    known = taxonomy.PRIMARY_BY_CODE.get(code)
    return known.value if known else code


def _labels(
    campaign: Campaign, ratings: Sequence[Rating], consensus: Consensus | None
) -> ClipLabels:
    primaries = Counter(row.primary for row in ratings if row.primary)
    secondaries = Counter(label for row in ratings for label in set(row.secondary))
    ticks = Counter(label for row in ratings for label in set(row.distribution))
    return ClipLabels(
        campaign=campaign,
        ratings=tuple(ratings),
        consensus=consensus,
        consensus_name=name_of(consensus.code) if consensus else "",
        scales=tuple(
            _dots(scale, ratings) for scale in taxonomy.SCALES if _is_asked(scale, ratings)
        ),
        primaries=_votes(primaries, len(ratings)),
        secondaries=_votes(secondaries, len(ratings)),
        categories=_votes(ticks, len(ratings))[:TOP],
    )


def _is_asked(scale: taxonomy.Scale, ratings: Sequence[Rating]) -> bool:
    return any(getattr(row, scale.name) is not None for row in ratings)


def _dots(scale: taxonomy.Scale, ratings: Sequence[Rating]) -> Dots:
    given = [getattr(row, scale.name) for row in ratings]
    points = Counter(point for point in given if point is not None)
    mean = sum(point * n for point, n in points.items()) / points.total()
    return Dots(
        title=_(scale.title),
        low=_(scale.low),
        high=_(scale.high),
        points=tuple(
            (point, _place(point), points[point])
            for point in range(taxonomy.LOWEST, taxonomy.HIGHEST + 1)
        ),
        mean=mean,
        mean_at=_place(mean),
    )


def _place(point: float) -> float:
    """Percent of the width; the outer points stand half a step inside."""
    steps = taxonomy.HIGHEST - taxonomy.LOWEST + 1
    return round(100 * (point - taxonomy.LOWEST + 0.5) / steps, 2)


def _votes(counted: Counter[str], n_ratings: int) -> tuple[Votes, ...]:
    """The most chosen first; equal ones in the order of the alphabet."""
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Votes(label, n, n / n_ratings) for label, n in ordered)
