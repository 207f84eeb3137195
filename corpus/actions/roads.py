"""What of an episode's road is done under today's recipes, what is due, and what is overtaken."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from corpus.core import stages
from corpus.core.stages import CUT, EPISODE_STAGES, MEASURE, Recipe, Stage
from corpus.models import Episode, StageRun

NOT_ALLOWED = "Its licence does not let us cut and share it, or not any more."
COPY = "It is the same recording as an earlier episode."
WITHDRAWN = "It was taken back."
ERASED = "Parts of its audio were erased after a withdrawal: what there is stays as it is."
OVERTAKEN = "A newer recipe took its place."
MORE_VOICES = "More voices came before these were compared."
PASSING = frozenset({NOT_ALLOWED, COPY, WITHDRAWN, OVERTAKEN, MORE_VOICES})  # may become due again
NAMES = frozenset(stage.name for stage in EPISODE_STAGES)
Recipes = Mapping[str, Recipe]


@dataclass(frozen=True, slots=True)
class Road:
    """`done`: stage → its finished run; `due`: stage → the keys that the next run works on."""

    done: Mapping[str, StageRun]
    due: Mapping[str, list[str]]

    def keys(self, recipes: Recipes) -> dict[str, str]:
        """Stage → key of the run that is due."""
        return {name: stages.key(name, recipes[name], into) for name, into in self.due.items()}


def barred(episode: Episode) -> str:
    """Why no stage may touch the episode; empty where all may."""
    if episode.withdrawal_id is not None:
        return WITHDRAWN
    if episode.erased_at is not None:
        return ERASED
    if not episode.licence or episode.licence.verdict not in episode.licence.MAY_BE_CUT:
        return NOT_ALLOWED
    return COPY if episode.duplicate_of_id is not None else ""


def of(episode: Episode, recipes: Recipes, rows: Iterable[StageRun]) -> Road:
    """The road as far as the episode's runs have come under these recipes."""
    finished = [row for row in rows if row.outcome == StageRun.Outcome.DONE]
    known = {(row.stage, row.key): row for row in finished}
    newest = {row.stage: row for row in sorted(finished, key=lambda row: (row.done_at, row.pk))}
    done: dict[str, StageRun] = {}
    due: dict[str, list[str]] = {}
    for stage in EPISODE_STAGES:
        if all(name in done for name in stage.after):
            into = _inputs(stage, episode, done)
            run = known.get((stage.name, stages.key(stage.name, recipes[stage.name], into)))
            if run is not None and _still_holds(run, done, newest):
                done[stage.name] = run
            else:
                due[stage.name] = into
    return Road(done, due)


def overtaken(rows: Iterable[StageRun], keys: Mapping[str, str]) -> list[StageRun]:
    """Runs that wait or failed, and that today's recipes have no use for."""
    return [row for row in rows if _waits_or_failed(row) and keys.get(row.stage) != row.key]


def is_planned(rows: Iterable[StageRun], keys: Mapping[str, str]) -> bool:
    """Whether every due run is written down, and none besides."""
    rows = list(rows)
    known = {(row.stage, row.key) for row in rows if not may_come_again(row)}
    return keys.items() <= known and not overtaken(rows, keys)


def may_come_again(run: StageRun) -> bool:
    """Whether a run that is due again was closed for a while only, or was followed by another."""
    return run.outcome == StageRun.Outcome.DONE or (
        run.outcome == StageRun.Outcome.FILTERED and run.reason in PASSING
    )


def _waits_or_failed(run: StageRun) -> bool:
    is_free = run.done_at is None and run.claimed_at is None
    return run.stage in NAMES and (is_free or run.outcome == StageRun.Outcome.FAILED)


def _still_holds(
    run: StageRun, done: Mapping[str, StageRun], newest: Mapping[str, StageRun]
) -> bool:
    """Whether clips and verdicts are what this run made them: the last one to write had its way.

    Back to an earlier engine, its cut is done already, but the clips are those of the later cut.
    """
    if run.stage not in (CUT.name, MEASURE.name):
        return True
    cut = done.get(CUT.name)
    is_after_cut = cut is None or (run.done_at or run.created_at) >= (cut.done_at or cut.created_at)
    return is_after_cut and newest[run.stage].pk == run.pk


def _inputs(stage: Stage, episode: Episode, done: Mapping[str, StageRun]) -> list[str]:
    return [done[name].key for name in stage.after] or [episode.audio_url]
