"""What annotation adds to a release: consensus and raw ratings, under pseudonyms."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC

from django.db.models import QuerySet

from annotation.actions import ratings
from annotation.core import consensus as core
from annotation.core import scores, taxonomy
from annotation.models import Agreement, Campaign, Rating
from corpus.core import releases
from corpus.core.releases import Labels, RatingRow, TableFacts

COLUMNS = (
    "clip",
    "rater",
    "primary",
    "secondary",
    "valence",
    "arousal",
    "dominance",
    "distribution",
    "rated_at",
)


class ConsensusTable:
    """The labels of clips, as a release asks for them (settings.RELEASE_TABLES)."""

    name = "consensus"

    def labels(self, clip_ids: Sequence[int], campaigns: Sequence[str]) -> dict[int, Labels]:
        """Labels over all ratings that these campaigns (all, if none is named) hold on a clip."""
        rows = _ratings(campaigns).filter(clip__in=clip_ids)
        by_clip: defaultdict[int, list[Rating]] = defaultdict(list)
        for row in rows:
            by_clip[row.clip_id].append(row)
        return {clip: _labels(own) for clip, own in by_clip.items()}

    def facts(self, campaigns: Sequence[str]) -> TableFacts:
        """What holds for all of these labels."""
        chosen = _campaigns(campaigns)
        return TableFacts(
            campaigns=tuple(campaign.name for campaign in chosen),
            need=min((campaign.need for campaign in chosen), default=1),
            taxonomy=taxonomy.VERSION,
            rating_protocol=", ".join(sorted({_protocol(campaign) for campaign in chosen})),
            consensus_rule=core.RULE_VERSION,
            agreement=tuple(figure for campaign in chosen for figure in _agreement(campaign)),
            distribution_names=tuple(taxonomy.CATEGORY_NAMES),
        )


def rows(campaigns: Sequence[str]) -> Iterator[dict[str, object]]:
    """Current ratings as `ratings export` writes them and `ratings import` reads them."""
    for row in _ratings(campaigns).order_by("clip__name", "rater__code"):
        answer = ratings.answer_of(row)
        yield {
            "clip": row.clip.name,
            "rater": row.rater.code,
            "primary": scores.primary_string(answer) if answer.primary else "",
            "secondary": scores.secondary_string(answer).replace(",", ";"),
            "valence": row.valence,
            "arousal": row.arousal,
            "dominance": row.dominance,
            "distribution": ";".join(row.distribution),
            "rated_at": row.rated_at.astimezone(UTC).isoformat(),
        }


def _campaigns(names: Sequence[str]) -> list[Campaign]:
    chosen = Campaign.objects.order_by("name")
    return list(chosen.filter(name__in=names) if names else chosen)


def _ratings(campaigns: Sequence[str]) -> QuerySet[Rating]:
    rows = Rating.objects.current().select_related("rater", "clip", "campaign")
    rows = rows.filter(campaign__in=_campaigns(campaigns))
    return rows.order_by("clip", "rater__code", "pk")


def _labels(own: list[Rating]) -> Labels:
    found = core.of([ratings.answer_of(row) for row in own])
    return Labels(
        code=found.label or "",
        arousal=found.arousal,
        valence=found.valence,
        dominance=found.dominance,
        n_ratings=found.n_ratings,
        ratings=tuple(_row(row) for row in own),
        distribution_pooled=dict(found.pooled) or None,
        distribution_rater_equal=dict(found.rater_equal) or None,
    )


def _row(row: Rating) -> RatingRow:
    answer = ratings.answer_of(row)
    return RatingRow(
        rater=row.rater.pseudonym,
        primary=scores.primary_string(answer) if answer.primary else "",
        secondaries=tuple(s for s in scores.secondary_string(answer).split(",") if s),
        arousal=row.arousal,
        valence=row.valence,
        dominance=row.dominance,
        distribution=tuple(row.distribution),
        rated_at=row.rated_at,
        simulated=row.rater.is_simulated,
        campaign=row.campaign.name,
    )


def _protocol(campaign: Campaign) -> str:
    protocol = ratings.protocol_of(campaign)
    return f"{protocol.name} {protocol.version}"


def _agreement(campaign: Campaign) -> Iterator[releases.Agreement]:
    known = Agreement.objects.filter(campaign=campaign).first()
    for figure in known.figures if known else []:
        if figure["value"] is not None:
            yield releases.Agreement(
                measure=f"{figure['question']}: {figure['name']} ({campaign.name})",
                value=figure["value"],
                low=figure["low"],
                high=figure["high"],
                n=figure["n_items"],
            )
