"""What annotation adds to a release: consensus and raw ratings, under pseudonyms."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC

import numpy as np
from django.db.models import Exists, Max, OuterRef, QuerySet

from annotation.actions import ratings
from annotation.actions.agreement import RESAMPLES, SEED
from annotation.core import agreement, scores, taxonomy
from annotation.core import consensus as core
from annotation.core.scores import Answer
from annotation.models import Campaign, CampaignClip, Rating
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
    "campaign",
)


class ConsensusTable:
    """The labels of clips, as a release asks for them (settings.RELEASE_TABLES)."""

    name = "consensus"

    def labels(self, campaigns: Sequence[str]) -> dict[int, Labels]:
        """Clip → labels over these campaigns together; of each rater the newest answer counts."""
        chosen = {campaign.pk: campaign for campaign in _released(campaigns)[0]}
        rows = Rating.objects.current().filter(campaign__in=chosen).select_related("rater")
        by_clip: defaultdict[int, list[Rating]] = defaultdict(list)
        for row in rows.order_by("clip", "rater__number", "rated_at", "pk"):
            row.campaign = chosen[row.campaign_id]
            by_clip[row.clip_id].append(row)
        places = CampaignClip.objects.filter(campaign__in=chosen).values("clip")
        needs = dict(places.annotate(most=Max("need")).values_list("clip", "most"))
        return {clip: _labels(own, needs.get(clip)) for clip, own in by_clip.items()}

    def facts(self, campaigns: Sequence[str]) -> TableFacts:
        """What holds for all of these labels."""
        chosen, others = _released(campaigns)
        names = ", ".join(campaign.name for campaign in others)
        said = f"Campaigns with simulated ratings stay out: {names} (--campaign takes them)."
        return TableFacts(
            campaigns=tuple(campaign.name for campaign in chosen),
            taxonomy=taxonomy.VERSION,
            rating_protocol=", ".join(sorted({_protocol(campaign) for campaign in chosen})),
            consensus_rule=core.RULE_VERSION,
            distribution_names=tuple(taxonomy.CATEGORY_NAMES),
            left_out=(said,) if others else (),
        )

    def agreement(self, labels: Sequence[Labels]) -> tuple[releases.Agreement, ...]:
        """Figures over exactly these ratings, per protocol: what was not asked is no empty answer."""
        protocols = {row.name: _protocol(row) for row in Campaign.objects.all()}
        asked: defaultdict[str, list[tuple[int, RatingRow]]] = defaultdict(list)
        for place, one in enumerate(labels):
            for row in one.ratings:
                asked[protocols[row.campaign]].append((place, row))
        return tuple(figure for name in sorted(asked) for figure in _agreement(name, asked[name]))


def rows(campaigns: Sequence[str]) -> Iterator[dict[str, object]]:
    """Current ratings as `ratings export` writes them and `ratings import` reads them."""
    for row in _ratings(campaigns).order_by("clip__name", "rater__code", "campaign__name"):
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
            "campaign": row.campaign.name,
        }


def _campaigns(names: Sequence[str]) -> list[Campaign]:
    chosen = Campaign.objects.order_by("name")
    return list(chosen.filter(name__in=names) if names else chosen)


def _released(names: Sequence[str]) -> tuple[list[Campaign], list[Campaign]]:
    """Campaigns for a release, and those with ratings that it leaves out.

    Where none is named, people's ratings alone; simulated ones only where there are no others.
    """
    if names:
        return _campaigns(names), []
    own = Rating.objects.current().filter(campaign=OuterRef("pk"))
    rated = Campaign.objects.filter(Exists(own)).order_by("name")
    made_up = Exists(own.filter(rater__is_simulated=True))
    people, simulated = list(rated.exclude(made_up)), list(rated.filter(made_up))
    return (people, simulated) if people else (simulated, [])


def _ratings(campaigns: Sequence[str]) -> QuerySet[Rating]:
    rows = Rating.objects.current().select_related("rater", "clip", "campaign")
    return rows.filter(campaign__in=_campaigns(campaigns))


def _labels(answers: list[Rating], need: int | None) -> Labels:
    """Of one clip; `answers` come oldest first, `need` None is that its campaigns do not list it."""
    newest = {row.rater_id: row for row in answers}
    own = list(newest.values())
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
        need=need or max(row.campaign.need for row in answers),
        n_repeated=len(answers) - len(own),
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


def _agreement(
    protocol: str, rows: Sequence[tuple[int, RatingRow]]
) -> Iterator[releases.Agreement]:
    raters = {name: n for n, name in enumerate(sorted({row.rater for _, row in rows}))}
    table = agreement.tabulate((place, raters[row.rater], _answer(row)) for place, row in rows)
    generator = np.random.default_rng(SEED)
    for figure in agreement.measure(table, generator=generator, resamples=RESAMPLES):
        if figure.value is not None:
            yield releases.Agreement(
                measure=f"{figure.question}: {figure.name} ({protocol})",
                value=figure.value,
                low=figure.low,
                high=figure.high,
                n=figure.n_items,
            )


def _answer(row: RatingRow) -> Answer:
    """The answer behind a released row; free text behind an Other plays no part in agreement."""
    return Answer(
        valence=None if row.valence is None else int(row.valence),
        arousal=None if row.arousal is None else int(row.arousal),
        dominance=None if row.dominance is None else int(row.dominance),
        primary=scores.split_other(row.primary)[0] or None,
        secondaries=tuple(scores.split_other(label)[0] for label in row.secondaries),
        distribution=row.distribution,
    )
