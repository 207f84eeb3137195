"""An episode's way through the stages, as the ledger tells it; nothing here is written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from corpus.core import units
from corpus.core.stages import EPISODE_STAGES
from corpus.models import Episode, StageRun

NAMES = {
    "fetch": gettext_lazy("Fetch"),
    "standardise": gettext_lazy("Standardise"),
    "fingerprint": gettext_lazy("Look for repeats"),
    "detect": gettext_lazy("Detect speech"),
    "diarise": gettext_lazy("Tell voices apart"),
    "transcribe": gettext_lazy("Transcribe"),
    "cut": gettext_lazy("Cut"),
    "measure": gettext_lazy("Measure and judge"),
    "identify": gettext_lazy("Recognise speakers"),
    "features": gettext_lazy("Extract features"),
}
LABELS = {
    "done": gettext_lazy("Done"),
    "filtered": gettext_lazy("Left out"),
    "failed": gettext_lazy("Failed"),
    "running": gettext_lazy("Running"),
    "retrying": gettext_lazy("Waiting after an error"),
    "waiting": gettext_lazy("Waiting"),
    "pending": gettext_lazy("Not reached yet"),
    "skipped": gettext_lazy("Not done"),
}
MARKS = {"retrying": "warn", "waiting": "pending"}  # state → kind of the badge; else itself


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of one episode; `run` is the newest one, None where nothing is planned."""

    stage: str
    state: str
    run: StageRun | None = None

    @property
    def name(self) -> str:
        return str(NAMES.get(self.stage, self.stage))

    @property
    def label(self) -> str:
        return str(LABELS[self.state])

    @property
    def mark(self) -> str:
        return MARKS.get(self.state, self.state)


def state_of(run: StageRun) -> str:
    """One of LABELS: the outcome, or what an open run is waiting for."""
    if run.outcome:
        return run.outcome
    if run.claimed_at is not None:
        return "running"
    return "retrying" if run.error else "waiting"


def steps(episode: Episode, runs: Iterable[StageRun]) -> list[Step]:
    """Every stage of the road in order, each with its newest run among `runs`."""
    newest = newest_by_stage(runs)
    licence = episode.licence
    may_go = licence is not None and licence.verdict in licence.MAY_BE_CUT
    rest = "pending" if may_go and episode.duplicate_of_id is None else "skipped"
    return [
        Step(stage.name, state_of(newest[stage.name]), newest[stage.name])
        if stage.name in newest
        else Step(stage.name, rest)
        for stage in EPISODE_STAGES
    ]


def single(run: StageRun) -> Step:
    return Step(run.stage, state_of(run), run)


def newest_by_stage(runs: Iterable[StageRun]) -> dict[str, StageRun]:
    return {run.stage: run for run in sorted(runs, key=lambda run: (run.created_at, run.pk))}


def timeline(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """The steps as components/timeline.html takes them."""
    return [_entry(step) for step in steps]


def _entry(step: Step) -> dict[str, Any]:
    run = step.run
    entry: dict[str, Any] = {"name": step.name, "state": step.mark, "label": step.label}
    if run is None:
        return entry
    came_out = came_of(run)
    return entry | {
        "label": f"{step.label} · {came_out}" if came_out else step.label,
        "at": run.done_at or run.claimed_at,
        "took": "" if run.seconds is None else units.took(run.seconds),
        "version": run.version if run.version != "1" else "",
        "note": run.reason or run.error,
    }


def came_of(run: StageRun) -> str:
    """What came out of a run, in words: 6 turns, 2 voices."""
    told = {
        "fetch": _fetched,
        "standardise": _standardised,
        "fingerprint": _fingerprinted,
        "detect": _detected,
        "cut": _cut,
    }.get(run.stage, _counted)
    return told(run.result) if run.outcome == StageRun.Outcome.DONE else ""


def _fetched(result: Mapping[str, Any]) -> str:
    return units.size(result["bytes"]) if "bytes" in result else ""


def _standardised(result: Mapping[str, Any]) -> str:
    return units.length(result["samples"] / 16_000) if "samples" in result else ""


def _fingerprinted(result: Mapping[str, Any]) -> str:
    if not result.get("repeats"):
        return _("nothing heard before") if "repeats" in result else ""
    length = units.length(result["samples"] / 16_000)
    return _("%(length)s heard before") % {"length": length}


def _detected(result: Mapping[str, Any]) -> str:
    if "samples" not in result:
        return ""
    return _("%(length)s of speech") % {"length": units.length(result["samples"] / 16_000)}


def _cut(result: Mapping[str, Any]) -> str:
    parts = [_("%(n)s clips") % {"n": units.count(result.get("clips", 0))}]
    if result.get("usable"):
        share = units.percent(result.get("kept", 0) / result["usable"])
        parts.append(_("%(share)s of the usable speech") % {"share": share})
    if result.get("repeated"):
        length = units.length(result["repeated"])
        parts.append(_("%(length)s left out as heard before") % {"length": length})
    return ", ".join(parts)


def _counted(result: Mapping[str, Any]) -> str:
    whole = {name: n for name, n in result.items() if isinstance(n, int)}
    return ", ".join(f"{units.count(n)} {name}" for name, n in whole.items())
