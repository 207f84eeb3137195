"""Consensus and agreement follow from the ratings, and are computed again whenever those change."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, FilteredRelation, Q

from annotation.actions import ratings
from annotation.core import consensus as core
from annotation.models import Campaign, CampaignClip, Consensus, Rating


@transaction.atomic
def recompute(*, campaign_id: int, clip_id: int, at: datetime) -> Consensus | None:
    """The labels of one clip from its current ratings; None while it has none."""
    CampaignClip.objects.select_for_update().filter(campaign=campaign_id, clip=clip_id).first()
    every = Rating.objects.filter(campaign=campaign_id, clip=clip_id)
    n_rows = every.count()
    answers = [ratings.answer_of(row) for row in every.current().order_by("pk")]
    if not answers:
        return None
    found = core.of(answers)
    row, _ = Consensus.objects.update_or_create(
        campaign_id=campaign_id,
        clip_id=clip_id,
        defaults={
            "code": found.label or "",
            "shares": dict(found.shares),
            "valence": found.valence,
            "arousal": found.arousal,
            "dominance": found.dominance,
            "secondary": dict(found.secondary_shares),
            "distribution_pooled": dict(found.pooled) or None,
            "distribution_rater_equal": dict(found.rater_equal) or None,
            "entropy": found.entropy,
            "n_ratings": found.n_ratings,
            "n_rows": n_rows,
            "rule_version": core.RULE_VERSION,
            "computed_at": at,
        },
    )
    return row


def stale(*, campaign: Campaign | None = None) -> list[tuple[int, int]]:
    """(campaign, clip) with ratings that their consensus has not seen.

    Rows are only ever added, so their number tells, whatever order transactions end in.
    """
    rows = Rating.objects.all() if campaign is None else campaign.ratings.all()
    of_the_same_campaign = Q(clip__consensus__campaign=F("campaign"))
    counted = (
        rows.annotate(label=FilteredRelation("clip__consensus", condition=of_the_same_campaign))
        .annotate(seen=F("label__n_rows"))
        .values("campaign_id", "clip_id", "seen")
        .annotate(n=Count("pk"))
    )
    behind = counted.filter(Q(seen=None) | ~Q(seen=F("n")))
    return list(behind.order_by("campaign_id", "clip_id").values_list("campaign_id", "clip_id"))


def recompute_stale(*, at: datetime, campaign: Campaign | None = None) -> int:
    """Bring every consensus up to date; the number of clips that were not."""
    behind = stale(campaign=campaign)
    for campaign_id, clip_id in behind:
        recompute(campaign_id=campaign_id, clip_id=clip_id, at=at)
    return len(behind)
