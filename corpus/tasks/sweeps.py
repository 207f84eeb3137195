"""What beat calls: the database says what is ready, so that nothing is lost with a queue."""

from datetime import timedelta

from django.utils import timezone

from common import files
from common.engines import identity
from common.tasks import Lane, idempotent_task
from corpus.actions import recipes, runs
from corpus.tasks.pipeline import TASKS

MOST_AT_ONCE = 20
LEFT_BEHIND = timedelta(days=1)  # no stage has its scratch folder for so long
EXPIRES = runs.ENQUEUED_AGAIN_AFTER.total_seconds()  # then it is sent again: queues do not pile up


@idempotent_task(lane=Lane.SHORT)
def enqueue_ready() -> None:
    """Send every ready run to the queue of its lane."""
    runs.release_claims_of_the_dead()
    for stage, task in TASKS.items():
        for run in runs.to_enqueue(stage, now=timezone.now(), most=MOST_AT_ONCE):
            task.apply_async(kwargs={"run_id": run.pk}, expires=EXPIRES)


@idempotent_task(lane=Lane.SHORT)
def plan_all() -> None:
    """Write down what is missing under today's engines, and clear away what is given up or left."""
    now = timezone.now()
    runs.give_up_on_the_hopeless(now=now)
    today = recipes.today(identity)
    runs.plan_missing(recipes=today, at=now)
    runs.plan_identify(recipe=today["identify"], at=now)
    files.sweep(before=now - LEFT_BEHIND)
