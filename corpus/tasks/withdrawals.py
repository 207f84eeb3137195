"""What was withdrawn goes when its time of grace is over, and queues know of it meanwhile."""

from django.utils import timezone

from common.tasks import Lane, idempotent_task
from corpus.actions import erasures, marks


@idempotent_task(lane=Lane.SHORT)
def erase_due() -> None:
    """Remove what had its time of grace; each withdrawal by one worker, under a claim."""
    erasures.erase_due(at=timezone.now())


@idempotent_task(lane=Lane.SHORT)
def catch_up() -> None:
    """Mark clips that were cut anew, and episodes that came anew, out of something withdrawn."""
    marks.catch_up()
