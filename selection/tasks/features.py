"""The selection app's stage and its sweep."""

from django.utils import timezone

from common.engines import identity, load
from common.tasks import IdempotentTask, Lane, idempotent_task
from corpus.actions import runs
from corpus.core.stages import Recipe
from selection.actions import features


def recipe() -> Recipe:
    return Recipe(*identity("acoustics"), {})


@idempotent_task(lane=Lane.CPU)
def extract(*, run_id: int) -> None:
    runs.carry_out(
        run_id=run_id,
        work=lambda run: features.extract(run=run, extractor=load("acoustics"), at=timezone.now()),
        now=timezone.now,
        recipes={features.STAGE: recipe()},
    )


@idempotent_task(lane=Lane.SHORT)
def sweep() -> None:
    """Plan what is missing, and enqueue what is ready."""
    now = timezone.now()
    features.plan(recipe=recipe(), at=now)
    for run in runs.to_enqueue(features.STAGE, now=now, most=20):
        extract.apply_async(
            kwargs={"run_id": run.pk}, expires=runs.ENQUEUED_AGAIN_AFTER.total_seconds()
        )


TASKS: dict[str, IdempotentTask] = {features.STAGE: extract}
