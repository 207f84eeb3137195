"""How far a campaign's raters agree."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Count, QuerySet

from annotation.actions import ratings
from annotation.core import agreement as core
from annotation.models import Agreement, Campaign
from corpus.actions import runs
from corpus.core.stages import Recipe

SEED = 20_250_101  # of the bootstrap: the same ratings give the same intervals
RESAMPLES = 1000


def measure(*, campaign: Campaign, at: datetime) -> Agreement:
    """The figures of a campaign from its current ratings; nothing new, nothing done."""
    n_rows = campaign.ratings.count()
    known = Agreement.objects.filter(campaign=campaign).first()
    if known is not None and known.n_rows == n_rows:
        return known
    rows = list(campaign.ratings.current().order_by("pk"))
    table = core.tabulate((row.clip_id, row.rater_id, ratings.answer_of(row)) for row in rows)
    generator = np.random.default_rng(SEED)
    figures = [asdict(f) for f in core.measure(table, generator=generator, resamples=RESAMPLES)]
    found = {"figures": figures, "n_ratings": len(rows), "n_rows": n_rows, "computed_at": at}
    return _enter(campaign, found, at=at)


@transaction.atomic
def _enter(campaign: Campaign, found: Mapping[str, Any], *, at: datetime) -> Agreement:
    """The figures and their entry in the ledger, both or neither."""
    row, _ = Agreement.objects.update_or_create(campaign=campaign, defaults=found)
    recipe = Recipe("annotation.core.agreement", "1", {"resamples": RESAMPLES, "seed": SEED})
    runs.record(
        stage="agree",
        subject=f"campaign:{campaign.pk}",
        recipe=recipe,
        inputs=[f"{row.n_rows} rows"],
        result={"figures": len(row.figures)},
        at=at,
    )
    return row


def out_of_date() -> list[Campaign]:
    """Campaigns with ratings that their figures have not seen."""
    seen = dict(Agreement.objects.values_list("campaign_id", "n_rows"))
    counted: QuerySet[Any] = (
        Campaign.objects.annotate(n=Count("ratings")).filter(n__gt=0).order_by("pk")
    )
    return [campaign for campaign in counted if seen.get(campaign.pk) != campaign.n]
