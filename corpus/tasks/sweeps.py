"""What beat calls: the database says what is ready, so that nothing is lost with a queue."""

from django.utils import timezone

from common.engines import identity
from common.tasks import Lane, idempotent_task
from corpus.actions import recipes, runs
from corpus.models import Episode
from corpus.tasks.pipeline import TASKS

MOST_AT_ONCE = 20


@idempotent_task(lane=Lane.SHORT)
def enqueue_ready() -> None:
    """Send every ready run to the queue of its lane."""
    runs.release_claims_of_the_dead()
    for stage, task in TASKS.items():
        for run in runs.to_enqueue(stage, now=timezone.now(), most=MOST_AT_ONCE):
            task.delay(run_id=run.pk)


@idempotent_task(lane=Lane.SHORT)
def plan_all() -> None:
    """Write down what is missing under today's engines, and give up on what cannot be done."""
    now = timezone.now()
    runs.give_up_on_the_hopeless(now=now)
    plan = recipes.today(identity)
    for episode in Episode.objects.may_be_cut().original().select_related("licence"):
        runs.plan(episode=episode, recipes=plan, at=now)
    runs.plan_identify(recipe=plan["identify"], at=now)
