"""Labels and figures after ratings changed."""

from django.utils import timezone

from annotation.actions import agreement, consensus
from common.tasks import Lane, idempotent_task


@idempotent_task(lane=Lane.SHORT)
def recompute(*, campaign_id: int, clip_id: int) -> None:
    consensus.recompute(campaign_id=campaign_id, clip_id=clip_id, at=timezone.now())


@idempotent_task(lane=Lane.SHORT)
def recompute_stale() -> None:
    """What the tasks above missed."""
    consensus.recompute_stale(at=timezone.now())


@idempotent_task(lane=Lane.CPU)
def measure_agreement() -> None:
    """Of campaigns with new ratings; the intervals take a while."""
    for campaign in agreement.out_of_date():
        agreement.measure(campaign=campaign, at=timezone.now())
