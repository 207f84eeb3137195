"""Previews of sources that somebody wants to add, and the entry of what was agreed to."""

from collections.abc import Callable

from django.utils import timezone

from common import claims
from common.engines import load
from common.tasks import Lane, idempotent_task
from corpus.actions import hosts, intakes
from corpus.models import Intake

MOST_AT_ONCE = 20
EXPIRES = intakes.ENQUEUED_AGAIN_AFTER.total_seconds()  # then it is sent again


@idempotent_task(lane=Lane.SHORT)
def read(*, intake_id: int) -> None:
    """Make the preview of a source."""
    fetcher = hosts.polite(load("fetcher"), now=timezone.now)

    def work(intake: Intake) -> None:
        intakes.make_preview(intake=intake, fetcher=fetcher, at=timezone.now())

    _carry_out(intake_id, Intake.State.WAITING, work)


@idempotent_task(lane=Lane.SHORT)
def take_in(*, intake_id: int) -> None:
    """Let in what a person agreed to."""
    _carry_out(
        intake_id,
        Intake.State.AGREED,
        lambda intake: intakes.take_in(intake=intake, at=timezone.now()),
    )


@idempotent_task(lane=Lane.SHORT)
def enqueue_waiting() -> None:
    """Send everything that waits for a worker to a queue."""
    tasks = {Intake.State.WAITING: read, Intake.State.AGREED: take_in}
    for intake in intakes.to_enqueue(now=timezone.now(), most=MOST_AT_ONCE):
        tasks[Intake.State(intake.state)].apply_async(
            kwargs={"intake_id": intake.pk}, expires=EXPIRES
        )


def _carry_out(intake_id: int, state: Intake.State, work: Callable[[Intake], None]) -> None:
    """Claim it, if it still waits for this, and work under a heartbeat."""
    waiting = Intake.objects.filter(state=state)
    intake = waiting.claim(pk=intake_id, now=timezone.now())
    if intake is not None:
        with claims.held(Intake.objects.all(), pk=intake.pk, claim=intake.claim):
            work(intake)
