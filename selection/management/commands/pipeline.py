"""`pipeline`: run whatever is ready, inline, stage after stage."""

import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.core.management.base import CommandParser
from django.utils import timezone

from annotation.actions import agreement, assignments, consensus
from common.commands import Command as Base
from common.commands import refuse
from common.engines import identity
from common.tasks import IdempotentTask
from corpus.actions import recipes, runs
from corpus.core import units
from corpus.core.stages import Recipe
from corpus.models import StageRun
from selection.actions import features

PATIENCE = timedelta(seconds=60)  # longer waits are left to the next call
STAGES = {
    **{
        name: f"corpus.tasks.pipeline.{name}"
        for name in (
            "measure",
            "cut",
            "transcribe",
            "diarise",
            "detect",
            "fingerprint",
            "standardise",
            "fetch",
            "identify",
        )
    },
    features.STAGE: "selection.tasks.features.extract",
}


class Command(Base):
    help = (
        "Run every stage that is ready, in this process, and say how it went. It can be stopped at "
        "any moment; the next call goes on. Workers of `up` may run at the same time."
    )

    def declare(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--until-idle", action="store_true", help="go on until nothing is ready (the default)"
        )
        parser.add_argument("--once", action="store_true", help="one sweep over what is ready now")
        parser.add_argument(
            "--retry-failed", action="store_true", help="first open all failed runs again"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = timezone.now()
        if options["retry_failed"]:
            runs.retry_failed(at=began)
        runs.release_claims_of_the_dead()
        runs.try_now(at=began)
        try:
            self._work(once=options["once"])
        except KeyboardInterrupt:
            raise refuse("Stopped. Nothing is lost: the same command goes on.", code=130) from None
        labels = consensus.recompute_stale(at=timezone.now())
        for campaign in agreement.out_of_date():
            agreement.measure(campaign=campaign, at=timezone.now())
        done = list(StageRun.objects.filter(done_at__gte=began).order_by("done_at"))
        waiting = list(StageRun.objects.open().order_by("stage", "pk"))
        self.answer(
            options=options,
            document=_document(done, waiting, labels),
            lines=_lines(done, waiting, labels),
        )
        if waiting or any(run.outcome == "failed" for run in done):
            raise SystemExit(3)

    def _work(self, *, once: bool) -> None:
        """Stage after stage, the furthest first, so that episodes come through one by one.

        Everything is planned once; then each task plans what follows it in its episode.
        """
        plan_episodes(timezone.now())
        with self.progress(total=None, what="pipeline") as bar:
            while True:
                now = timezone.now()
                assignments.expire(at=now)
                run = _next(now)
                if run is None:
                    plan_the_rest(now)
                    run = _next(now)
                if run is None:
                    if once or not self._wait(now):
                        return
                    continue
                bar.set_postfix_str(f"{run.stage}: {run.episode or run.subject}"[:60])
                _task(run.stage)(run_id=run.pk)
                bar.update()
                if bar.disable:  # no terminal: a line per run on stderr, so that a log tells too
                    self.stderr.write(f"{bar.n + 1:5}  {run.stage}: {run.episode or run.subject}")
                    bar.n += 1

    def _wait(self, now: datetime) -> bool:
        """Wait for a run that is to be tried again soon, or that a worker has in hand."""
        open_runs = StageRun.objects.open().filter(attempts__lt=runs.MOST_ATTEMPTS)
        soon = [t for t in open_runs.values_list("retry_at", flat=True) if t and t < now + PATIENCE]
        if runs.is_storage_full() or not (soon or open_runs.exclude(claimed_at=None).exists()):
            return False
        time.sleep(1)
        return True


def plan_episodes(now: datetime) -> None:
    """Write down what every episode lacks, and close what may not go on."""
    runs.give_up_on_the_hopeless(now=now)
    runs.plan_missing(recipes=recipes.today(identity), at=now)


def plan_the_rest(now: datetime) -> None:
    """Write down what is done across episodes: nothing of theirs waits for it."""
    runs.give_up_on_the_hopeless(now=now)
    runs.plan_identify(recipe=recipes.today(identity)["identify"], at=now)
    features.plan(recipe=Recipe(*identity("acoustics"), {}), at=now)


def _next(now: datetime) -> StageRun | None:
    """The furthest run that is ready."""
    return next((run for stage in STAGES for run in runs.ready(stage, now=now)[:1]), None)


def _task(stage: str) -> IdempotentTask:
    current_app.loader.import_default_modules()
    return current_app.tasks[STAGES[stage]]  # type: ignore[return-value]


def _document(done: list[StageRun], waiting: list[StageRun], labels: int) -> dict[str, Any]:
    return {
        "runs": [
            {
                "stage": run.stage,
                "subject": run.subject,
                "outcome": run.outcome,
                "reason": run.reason,
                "seconds": run.seconds,
                "result": {k: v for k, v in run.result.items() if k != "fields"},
            }
            for run in done
        ],
        "waiting": [
            {"stage": run.stage, "subject": run.subject, "error": run.error} for run in waiting
        ],
        "labels_updated": labels,
    }


def _lines(done: list[StageRun], waiting: list[StageRun], labels: int) -> list[str]:
    if not done and not waiting and not labels:
        return ["Nothing to do: everything is up to date."]
    lines = []
    for stage in dict.fromkeys(run.stage for run in done):
        own = [run for run in done if run.stage == stage]
        counts = ", ".join(f"{n} {what}" for what, n in Counter(r.outcome for r in own).items())
        lines.append(f"{stage:12} {counts} in {sum(r.seconds or 0 for r in own):.1f} s")
    for run in done:
        if run.outcome != StageRun.Outcome.DONE and run.stage != "identify":
            lines.append(
                f"  – {run.episode or run.subject}, {run.stage}: {run.outcome}. {run.reason}"
            )
    for run in waiting:
        why = run.error or "a worker has it"
        lines.append(f"  – {run.episode or run.subject}, {run.stage}: waiting. {why}")
    return [*lines, f"{units.counted(labels, 'clip')} got new labels."] if labels else lines
