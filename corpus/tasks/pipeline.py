"""One task per stage: claim, load the engine, one action."""

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from common.engines import identity, load
from common.tasks import IdempotentTask, Lane, idempotent_task
from corpus.actions import (
    clips,
    episodes,
    fingerprints,
    hosts,
    quality,
    recipes,
    runs,
    speakers,
    transcripts,
    turns,
)
from corpus.core.clips import CutRules
from corpus.core.fingerprints import MatchRules
from corpus.core.quality import Gate
from corpus.models import StageRun


def _now() -> datetime:
    return timezone.now()


def _carry_out(run_id: int, work: Callable[[StageRun], None]) -> None:
    today = recipes.today(identity)
    run = runs.carry_out(run_id=run_id, work=work, now=_now, recipes=today)
    if run is not None and run.episode is not None and run.done_at is not None:
        runs.plan(episode=run.episode, recipes=today, at=_now())


@idempotent_task(lane=Lane.CPU)
def fetch(*, run_id: int) -> None:
    _carry_out(
        run_id,
        lambda run: episodes.fetch(
            run=run, fetcher=hosts.polite(load("fetcher"), now=_now), at=_now()
        ),
    )


@idempotent_task(lane=Lane.CPU)
def standardise(*, run_id: int) -> None:
    _carry_out(
        run_id, lambda run: episodes.standardise(run=run, decoder=load("decoder"), at=_now())
    )


@idempotent_task(lane=Lane.CPU)
def fingerprint(*, run_id: int) -> None:
    _carry_out(run_id, lambda run: fingerprints.fingerprint(run=run, rules=MatchRules(), at=_now()))


@idempotent_task(lane=Lane.CPU)
def detect(*, run_id: int) -> None:
    _carry_out(run_id, lambda run: turns.detect(run=run, detector=load("detector"), at=_now()))


@idempotent_task(lane=Lane.GPU)
def diarise(*, run_id: int) -> None:
    _carry_out(run_id, lambda run: turns.diarise(run=run, diariser=load("diariser"), at=_now()))


@idempotent_task(lane=Lane.GPU)
def transcribe(*, run_id: int) -> None:
    _carry_out(
        run_id,
        lambda run: transcripts.transcribe(run=run, transcriber=load("transcriber"), at=_now()),
    )


@idempotent_task(lane=Lane.CPU)
def cut(*, run_id: int) -> None:
    _carry_out(run_id, lambda run: clips.cut(run=run, rules=CutRules(), at=_now()))


@idempotent_task(lane=Lane.CPU)
def measure(*, run_id: int) -> None:
    _carry_out(run_id, lambda run: quality.measure(run=run, gate=Gate(), at=_now()))


@idempotent_task(lane=Lane.CPU)
def identify(*, run_id: int) -> None:
    _carry_out(
        run_id,
        lambda run: speakers.identify(run=run, threshold=recipes.SAME_VOICE, at=_now()),
    )


TASKS: dict[str, IdempotentTask] = {
    "fetch": fetch,
    "standardise": standardise,
    "fingerprint": fingerprint,
    "detect": detect,
    "diarise": diarise,
    "transcribe": transcribe,
    "cut": cut,
    "measure": measure,
    "identify": identify,
}
