"""The ledger's verbs: plan what is missing, carry out what is ready, give up with a reason."""

import hashlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Q

from common import claims
from common.files import StorageFull
from corpus.core import stages
from corpus.core.stages import EPISODE_STAGES, Recipe, Stage
from corpus.engines.base import EngineMissing, NotAudio
from corpus.engines.failures import FetchFailed
from corpus.engines.failures import StorageFull as NoRoomToFetch
from corpus.models import Episode, StageRun, Voice

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
ENQUEUED_AGAIN_AFTER = timedelta(seconds=60)
LONGEST_WAIT = timedelta(minutes=15)
FULL = (StorageFull, NoRoomToFetch)
BEFORE_IDENTIFY = ("fetch", "standardise", "diarise")
Recipes = Mapping[str, Recipe]


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


def chain(episode: Episode, recipes: Recipes) -> dict[str, StageRun]:
    """Stage → its finished run under today's recipes, as far as the road is done."""
    runs = {(run.stage, run.key): run for run in episode.runs.done()}
    done: dict[str, StageRun] = {}
    for stage in EPISODE_STAGES:
        if all(name in done for name in stage.after):
            key = stages.key(stage.name, recipes[stage.name], _inputs(stage, episode, done))
            if run := runs.get((stage.name, key)):
                done[stage.name] = run
    return done


def plan(*, episode: Episode, recipes: Recipes, at: datetime) -> list[StageRun]:
    """Write down every stage whose inputs are there; the same call again changes nothing."""
    if not episode.licence or episode.licence.verdict not in episode.licence.MAY_BE_CUT:
        return []
    if episode.duplicate_of_id is not None:
        return []
    done = chain(episode, recipes)
    return [
        schedule(
            stage=stage.name,
            subject=subject(episode),
            recipe=recipes[stage.name],
            inputs=_inputs(stage, episode, done),
            at=at,
            episode=episode,
        )
        for stage in EPISODE_STAGES
        if stage.name not in done and all(name in done for name in stage.after)
    ]


def plan_identify(*, recipe: Recipe, at: datetime) -> StageRun | None:
    """Compare all voices once no diarisation is under way; None while there is nothing to compare."""
    open_runs = StageRun.objects.open()
    if open_runs.filter(stage__in=BEFORE_IDENTIFY, attempts__lt=MOST_ATTEMPTS).exists():
        return None
    voices = Voice.objects.current().values_list("run__key", "label")
    names = sorted(f"{key}:{label}" for key, label in voices)
    if not names:
        return None
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()
    run = schedule(stage="identify", subject="corpus", recipe=recipe, inputs=[digest], at=at)
    StageRun.objects.claimable(now=at).filter(stage="identify").exclude(pk=run.pk).update(
        done_at=at,
        outcome=StageRun.Outcome.FILTERED,
        reason="More voices came before these were compared.",
    )
    return run


def subject(episode: Episode) -> str:
    return f"episode:{episode.pk}"


def episode_of(run: StageRun) -> Episode:
    """The episode of a stage that runs on one."""
    if run.episode is None:
        raise ValueError(f"{run.stage} runs on an episode, {run.subject} is none")
    return run.episode


def ready(stage: str, *, now: datetime) -> "Any":
    """Runs that a worker may take now, oldest first."""
    return (
        StageRun.objects.claimable(now=now)
        .filter(stage=stage, attempts__lt=MOST_ATTEMPTS)
        .order_by("created_at", "pk")
    )


def to_enqueue(stage: str, *, now: datetime, most: int) -> list[StageRun]:
    """Ready runs that are not waiting in a queue already; marks them as waiting."""
    fresh = Q(enqueued_at=None) | Q(enqueued_at__lt=now - ENQUEUED_AGAIN_AFTER)
    runs = list(ready(stage, now=now).filter(fresh)[:most])
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
    runs = StageRun.objects.failed()
    if episode is not None:
        runs = runs.filter(episode=episode)
    return runs.update(
        done_at=None,
        outcome="",
        reason="",
        attempts=0,
        retry_at=at,
        enqueued_at=None,
        claim=None,
        claimed_at=None,
    )


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
    *, run_id: int, work: Callable[[StageRun], None], now: Callable[[], datetime]
) -> StageRun | None:
    """Claim a run, do the work under a heartbeat, and write down how it ended.

    None where somebody else has the run. `work` ends by calling finish() in its transaction.
    """
    run = StageRun.objects.claim(pk=run_id, now=now())
    if run is None:
        return None
    started = time.monotonic()
    try:
        with claims.held(StageRun.objects.all(), pk=run.pk, claim=run.claim):
            work(run)
        StageRun.objects.filter(pk=run.pk).update(seconds=time.monotonic() - started)
    except LeaseLost:
        log.warning("%s: another worker took over", run)
    except (NotAudio, Filtered) as reason:
        _close(run, StageRun.Outcome.FILTERED, reason=str(reason), at=now())
    except Exception as error:
        _fail(run, error, at=now())
    run.refresh_from_db()
    return run


def _fail(run: StageRun, error: Exception, *, at: datetime) -> None:
    """Try again later, or leave it to a person: who reads `error` sees what to do."""
    if not connection.in_atomic_block:  # the database may have been started again
        connection.close_if_unusable_or_obsolete()
    sentence = str(error) if _is_known(error) else f"{type(error).__name__}: {error}"
    if not _is_known(error):
        log.exception("%s failed", run, exc_info=error)
    if isinstance(error, FetchFailed) and not error.retry:
        _close(run, StageRun.Outcome.FAILED, reason=sentence, at=at)
    elif isinstance(error, FULL):  # not the fault of this run: it is not counted
        StageRun.objects.give_back(
            pk=run.pk,
            claim=run.claim,
            retry_at=at + timedelta(seconds=30),
            error=sentence,
            attempts=run.attempts - 1,
        )
    elif run.attempts >= MOST_ATTEMPTS:
        _close(run, StageRun.Outcome.FAILED, reason=sentence, at=at)
    else:
        wait = min(timedelta(seconds=5 * 2**run.attempts), LONGEST_WAIT)
        StageRun.objects.give_back(pk=run.pk, claim=run.claim, retry_at=at + wait, error=sentence)


def _is_known(error: Exception) -> bool:
    known = (FetchFailed, *FULL, EngineMissing, OperationalError, IntegrityError)
    return isinstance(error, known)


def _close(run: StageRun, outcome: str, *, reason: str, at: datetime) -> None:
    StageRun.objects.finish(pk=run.pk, claim=run.claim, at=at, outcome=outcome, reason=reason)


def _inputs(stage: Stage, episode: Episode, done: Mapping[str, StageRun]) -> list[str]:
    return [done[name].key for name in stage.after] or [episode.audio_url]


def input_runs(run: StageRun) -> dict[str, StageRun]:
    """Stage → the run whose output this run works on."""
    found = StageRun.objects.filter(subject=run.subject, key__in=run.parameters.get("inputs", []))
    return {row.stage: row for row in found}


def is_storage_full() -> bool:
    """Whether some run waits for room on the disk."""
    said = Q(error__startswith="No room left") | Q(error__startswith="The disk that holds")
    return StageRun.objects.open().filter(said).exists()


@transaction.atomic
def release_claims_of_the_dead() -> int:
    """Take back what killed processes of this host still hold."""
    return StageRun.objects.free_the_dead()


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
