"""The reaper of leases."""

from django.utils import timezone

from annotation.actions import assignments
from common.tasks import Lane, idempotent_task


@idempotent_task(lane=Lane.SHORT)
def expire() -> None:
    assignments.expire(at=timezone.now())
