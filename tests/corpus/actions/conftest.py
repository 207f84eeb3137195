"""An episode with a real master, and its stages one by one."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from common import files
from corpus.actions import clips, quality, transcripts, turns
from corpus.core.clips import CutRules
from corpus.core.quality import Gate
from corpus.engines import audio
from corpus.models import Episode, StageRun
from tests import fakes
from tests.factories import corpus as make
from tests.factories.corpus import NOW


@pytest.fixture
def recorded(tmp_path) -> Callable[..., Episode]:
    """An episode of these samples, decoded already."""

    def make_episode(samples: Any = None, **fields: Any) -> Episode:
        samples = fakes.conversation() if samples is None else samples
        audio.write_flac(tmp_path / "master.flac", samples)
        key = files.store().put(tmp_path / "master.flac", suffix=".flac")
        return make.episode(master_file=key, n_samples=len(samples), **fields)

    return make_episode


@pytest.fixture
def stage() -> SimpleNamespace:
    """Each stage of an episode, carried out on the runs before it; gives the run."""

    def start(episode: Episode, name: str, *inputs: StageRun) -> StageRun:
        parameters = {"inputs": [run.key for run in inputs]}
        fields = {"done_at": None, "outcome": "", "parameters": parameters}
        return make.run(Episode.objects.get(pk=episode.pk), stage=name, **fields)

    def end(run: StageRun) -> StageRun:
        run.refresh_from_db()
        assert run.outcome == "done"
        return run

    def detect(episode: Episode) -> StageRun:
        run = start(episode, "detect")
        turns.detect(run=run, detector=fakes.FakeDetector(), at=NOW)
        return end(run)

    def diarise(episode: Episode, diariser: Any = None) -> StageRun:
        run = start(episode, "diarise")
        turns.diarise(run=run, diariser=diariser or fakes.FakeDiariser(), at=NOW)
        return end(run)

    def transcribe(episode: Episode, transcriber: Any = None) -> StageRun:
        run = start(episode, "transcribe")
        engine = transcriber or fakes.FakeTranscriber()
        transcripts.transcribe(run=run, transcriber=engine, at=NOW)
        return end(run)

    def cut(episode: Episode, *inputs: StageRun, rules: CutRules | None = None, at: Any = NOW):
        found = inputs or (detect(episode), diarise(episode), transcribe(episode))
        run = start(episode, "cut", *found)
        clips.cut(run=run, rules=rules or CutRules(), at=at)
        return end(run)

    def measure(episode: Episode, *, after: StageRun, gate: Gate | None = None, at: Any = NOW):
        run = start(episode, "measure", after)
        quality.measure(run=run, gate=gate or Gate(), at=at)
        return end(run)

    return SimpleNamespace(
        start=start,
        detect=detect,
        diarise=diarise,
        transcribe=transcribe,
        cut=cut,
        measure=measure,
    )
