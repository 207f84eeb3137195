"""The ledger's verbs: plan what is missing, carry out what is ready, give up with a reason."""

import copy
import hashlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Prefetch, Q, QuerySet

from common import claims
from corpus.actions import hosts, retries, roads
from corpus.actions.roads import Recipes
from corpus.core import stages
from corpus.core.stages import FETCH, Recipe
from corpus.engines.base import NotAudio
from corpus.models import Episode, LicenceDecision, StageRun, Voice

log = logging.getLogger(__name__)

MOST_ATTEMPTS = retries.MOST_ATTEMPTS
ENQUEUED_AGAIN_AFTER = timedelta(seconds=60)
BEFORE_IDENTIFY = ("fetch", "standardise", "diarise")
MAY_GO_ON = Q(episode=None) | Q(
    episode__licence__verdict__in=LicenceDecision.MAY_BE_CUT,
    episode__duplicate_of=None,
    episode__withdrawal=None,
    episode__erased_at=None,
)
AFRESH: Mapping[str, Any] = {
    "done_at": None,
    "outcome": "",
    "reason": "",
    "attempts": 0,
    "enqueued_at": None,
    "claim": None,
    "claimed_at": None,
    "waiting_since": None,
}
AT_ONCE = 500  # episodes looked through with one query


class LeaseLost(Exception):
    """Another worker has taken the run meanwhile; what was made here is thrown away."""


class Filtered(Exception):
    """The stage has nothing to work on, for a reason that is worth keeping."""


def schedule(
    *,
    stage: str,
    subject: str,
    recipe: Recipe,
    inputs: Sequence[str],
    at: datetime,
    episode: Episode | None = None,
) -> StageRun:
    """The run of this very work, made if there is none yet."""
    fields = {
        "episode": episode,
        "engine": recipe.engine,
        "version": recipe.version,
        "parameters": {**recipe.parameters, "inputs": list(inputs)},
        "created_at": at,
    }
    run, _ = StageRun.objects.get_or_create(
        subject=subject,
        stage=stage,
        key=stages.key(stage, recipe, inputs),
        defaults=fields,
    )
    return run


@transaction.atomic
def plan(*, episode: Episode, recipes: Recipes, at: datetime) -> list[StageRun]:
    """Write down every stage whose inputs are there; the same call again changes nothing.

    What waits or failed under other recipes is closed; what they had closed is opened again. The
    lock keeps two from planning at once: the slower one would close what the faster one planned.
    """
    row = (
        Episode.objects.select_for_update(no_key=True, of=("self",))
        .select_related("licence")
        .get(pk=episode.pk)
    )
    rows = list(_rows().filter(episode=row))
    if reason := roads.barred(row):
        set_aside([run.pk for run in rows if run.done_at is None], reason=reason, at=at)
        return []
    road = roads.of(row, recipes, rows)
    late = roads.overtaken(rows, road.keys(recipes))
    set_aside([run.pk for run in late], reason=roads.OVERTAKEN, at=at)
    return [
        due(
            schedule(
                stage=name,
                subject=subject(row),
                recipe=recipes[name],
                inputs=into,
                at=at,
                episode=row,
            ),
            at=at,
        )
        for name, into in road.due.items()
    ]


def plan_missing(*, recipes: Recipes, at: datetime) -> None:
    """Plan every episode that lacks something, and close what may not go on.

    The number of queries grows with what is missing, not with the corpus.
    """
    barred = StageRun.objects.open().exclude(MAY_GO_ON).select_related("episode__licence")
    for run in barred.filter(claimed_at=None):
        set_aside([run.pk], reason=roads.barred(episode_of(run)), at=at)
    allowed = Episode.objects.may_be_cut().original().filter(erased_at=None).order_by("pk")
    for episode in allowed.prefetch_related(Prefetch("runs", _rows())).iterator(AT_ONCE):
        rows = list(episode.runs.all())
        keys = roads.of(episode, recipes, rows).keys(recipes)
        if not roads.is_planned(rows, keys):
            plan(episode=episode, recipes=recipes, at=at)


def plan_identify(*, recipe: Recipe, at: datetime) -> StageRun | None:
    """Compare all voices once no diarisation is under way; None while there is nothing to compare."""
    open_runs = StageRun.objects.open().filter(MAY_GO_ON)
    if open_runs.filter(stage__in=BEFORE_IDENTIFY, attempts__lt=MOST_ATTEMPTS).exists():
        return None
    voices = Voice.objects.to_compare().values_list("run__subject", "run__key", "label")
    names = sorted(":".join(names) for names in voices)
    if not names:
        return None
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()
    run = schedule(stage="identify", subject="corpus", recipe=recipe, inputs=[digest], at=at)
    others = StageRun.objects.filter(stage="identify").exclude(pk=run.pk)
    late = others.filter(Q(done_at=None) | Q(outcome=StageRun.Outcome.FAILED))
    set_aside(list(late.values_list("pk", flat=True)), reason=roads.MORE_VOICES, at=at)
    return run if run.outcome == StageRun.Outcome.DONE else due(run, at=at)


def set_aside(pks: Sequence[int], *, reason: str, at: datetime) -> None:
    """Close what nobody holds; of what failed, the reason stays in `error`."""
    closed = {"outcome": StageRun.Outcome.FILTERED, "reason": reason}
    rows = StageRun.objects.filter(pk__in=pks)
    rows.filter(done_at=None, claimed_at=None).update(done_at=at, **closed)
    rows.failed().update(error=F("reason"), **closed)


def due(run: StageRun, *, at: datetime) -> StageRun:
    """The run, opened again where it was closed for a while only, or its work was overwritten."""
    if roads.may_come_again(run):
        again = StageRun.objects.filter(pk=run.pk, done_at=run.done_at)
        again.update(**AFRESH, retry_at=None, error="", created_at=at)
        run.refresh_from_db()
    return run


def _rows() -> "QuerySet[StageRun]":
    """Runs of episodes, without the columns that may be long."""
    return StageRun.objects.filter(stage__in=roads.NAMES).defer("parameters", "result")


def subject(episode: Episode) -> str:
    return f"episode:{episode.pk}"


def episode_of(run: StageRun) -> Episode:
    """The episode of a stage that runs on one."""
    if run.episode is None:
        raise ValueError(f"{run.stage} runs on an episode, {run.subject} is none")
    return run.episode


def ready(stage: str, *, now: datetime) -> "QuerySet[StageRun]":
    """Runs that a worker may take now, oldest first; none of an episode that was ruled out."""
    return (
        StageRun.objects.claimable(now=now)
        .filter(MAY_GO_ON, stage=stage, attempts__lt=MOST_ATTEMPTS)
        .order_by("created_at", "pk")
    )


def to_enqueue(stage: str, *, now: datetime, most: int) -> list[StageRun]:
    """Ready runs that are not waiting in a queue already; marks them as waiting.

    Of one host no more than a few: they would wait for one another, and keep others out.
    """
    fresh = Q(enqueued_at=None) | Q(enqueued_at__lt=now - ENQUEUED_AGAIN_AFTER)
    waiting = ready(stage, now=now).filter(fresh)
    runs = list((hosts.spread(waiting) if stage == FETCH.name else waiting)[:most])
    StageRun.objects.filter(pk__in=[run.pk for run in runs]).update(enqueued_at=now)
    return runs


def give_up_on_the_hopeless(*, now: datetime) -> int:
    """Close runs whose workers died again and again; their reason says so."""
    return (
        StageRun.objects.claimable(now=now)
        .filter(attempts__gte=MOST_ATTEMPTS)
        .update(
            done_at=now,
            outcome=StageRun.Outcome.FAILED,
            reason=f"The worker died {MOST_ATTEMPTS} times on this; a person has to look.",
        )
    )


def retry_failed(*, at: datetime, episode: Episode | None = None) -> int:
    """Open failed runs again, with their attempts counted anew."""
    runs = StageRun.objects.failed().filter(MAY_GO_ON)
    if episode is not None:
        runs = runs.filter(episode=episode)
    return runs.update(**AFRESH, retry_at=at)


def try_now(*, at: datetime) -> int:
    """End the waits of runs that nobody holds: somebody made room, or asks for it to go on."""
    return StageRun.objects.open().filter(claimed_at=None, retry_at__gt=at).update(retry_at=at)


def finish(run: StageRun, *, at: datetime, result: Mapping[str, Any]) -> None:
    """Close the run in the caller's transaction, or raise LeaseLost and so undo it all."""
    if not StageRun.objects.finish(
        pk=run.pk,
        claim=run.claim,
        at=at,
        outcome=StageRun.Outcome.DONE,
        result=dict(result),
        error="",
    ):
        raise LeaseLost


def carry_out(
    *,
    run_id: int,
    work: Callable[[StageRun], None],
    now: Callable[[], datetime],
    recipes: Recipes | None = None,
) -> StageRun | None:
    """Claim a run, do the work under a heartbeat, and write down how it ended.

    None where somebody else has the run. `work` ends by calling finish() in its transaction. A run
    that is not what `recipes` would do today is closed: its name would be that of another engine.
    """
    run = StageRun.objects.claim(pk=run_id, now=now())
    if run is None:
        return None
    if reason := _obstacle(run, recipes or {}):
        retries.close(run, StageRun.Outcome.FILTERED, reason=reason, at=now())
        run.refresh_from_db()
        return run
    started = time.monotonic()
    try:
        with claims.held(StageRun.objects.all(), pk=run.pk, claim=run.claim):
            work(run)
        StageRun.objects.filter(pk=run.pk).update(seconds=time.monotonic() - started)
    except LeaseLost:
        log.warning("%s: another worker took over", run)
    except (NotAudio, Filtered) as reason:
        retries.close(run, StageRun.Outcome.FILTERED, reason=str(reason), at=now())
    except Exception as error:
        retries.fail(run, error, at=now())
    run.refresh_from_db()
    return run


def _obstacle(run: StageRun, recipes: Recipes) -> str:
    """Why a run that was claimed is not to be carried out; empty where it is."""
    episode = run.episode
    if episode is not None and (reason := roads.barred(episode)):
        return reason
    if run.stage not in recipes:
        return ""
    if episode is not None and run.stage in roads.NAMES:
        road = roads.of(episode, recipes, _rows().filter(episode=episode))
        key = road.keys(recipes).get(run.stage)
    else:
        key = stages.key(run.stage, recipes[run.stage], run.parameters.get("inputs", []))
    return "" if key == run.key else roads.OVERTAKEN


def input_runs(run: StageRun) -> dict[str, StageRun]:
    """Stage → the run whose output this run works on."""
    found = StageRun.objects.filter(subject=run.subject, key__in=run.parameters.get("inputs", []))
    return {row.stage: row for row in found}


def noted(run: StageRun) -> dict[str, Any]:
    """What the runs that this run builds on wrote on the episode, by field."""
    found: dict[str, Any] = {}
    level = [run]
    while level:
        level = [up for row in level for up in input_runs(row).values()]
        for row in level:
            found |= row.result.get("fields", {})
    return found


def as_of(run: StageRun) -> Episode:
    """The episode as this run's own inputs describe it, whoever wrote on it since; never saved."""
    episode = copy.copy(episode_of(run))
    for name, value in noted(run).items():
        setattr(episode, name, value)
    return episode


def is_storage_full() -> bool:
    """Whether some run waits for room on the disk."""
    said = Q(error__startswith="No room left") | Q(error__startswith="The disk that holds")
    return StageRun.objects.open().filter(said).exists()


@transaction.atomic
def release_claims_of_the_dead() -> int:
    """Take back what killed processes of this host still hold."""
    return StageRun.objects.free_the_dead()


@transaction.atomic
def record(
    *,
    stage: str,
    subject: str,
    recipe: Recipe,
    inputs: Sequence[str],
    result: Mapping[str, Any],
    at: datetime,
) -> StageRun:
    """Enter work that was done in one transaction of its own: selection, agreement, releases."""
    run = schedule(stage=stage, subject=subject, recipe=recipe, inputs=inputs, at=at)
    StageRun.objects.filter(pk=run.pk).update(
        done_at=at, outcome=StageRun.Outcome.DONE, result=dict(result), claim=None, claimed_at=None
    )
    return run
