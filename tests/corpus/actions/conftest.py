"""An episode with a real master, and its stages one by one."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from common import files
from corpus.actions import clips, quality, transcripts, turns, withdrawals
from corpus.core.clips import CutRules
from corpus.core.quality import Gate
from corpus.core.releases import Agreement, Labels, RatingRow, TableFacts
from corpus.engines import audio
from corpus.models import Clip, Episode, StageRun, Voice, Withdrawal
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


class FakeTable:
    """Labels for a release: every clip of `counts` has that many ratings by one hand."""

    name = "fake"

    def __init__(
        self,
        counts: dict[int, int],
        *,
        need: int = 2,
        simulated: bool | set[int] = False,
        repeated: int = 0,
        left_out: tuple[str, ...] = (),
    ) -> None:
        self.counts, self.need, self.repeated = counts, need, repeated
        self.simulated = (
            simulated if isinstance(simulated, set) else (set(counts) if simulated else set())
        )
        self.left_out = left_out
        self.asked: list[Sequence[str]] = []

    def facts(self, campaigns: Sequence[str]) -> TableFacts:
        self.asked.append(campaigns)
        return TableFacts(("one",), "taxonomy 1", "protocol 1", "rule 1", left_out=self.left_out)

    def labels(self, campaigns: Sequence[str]) -> dict[int, Labels]:
        return {pk: self._labels(n, pk) for pk, n in self.counts.items()}

    def agreement(self, labels: Sequence[Labels]) -> tuple[Agreement, ...]:
        return (Agreement("alpha", 0.5, None, None, len(labels)),)

    def _labels(self, n: int, clip: int) -> Labels:
        rows = tuple(
            RatingRow(
                rater=f"WORKER{number:08d}",
                primary="Happy",
                secondaries=("Happy",),
                arousal=4,
                valence=5,
                dominance=4,
                distribution=(),
                rated_at=NOW,
                simulated=clip in self.simulated,
                campaign="one",
            )
            for number in range(1, n + 1)
        )
        return Labels("H", 4.0, 5.0, 4.0, n, rows, need=self.need, n_repeated=self.repeated)


@pytest.fixture
def table() -> type[FakeTable]:
    return FakeTable


@pytest.fixture
def releasable(tmp_path) -> Callable[..., Clip]:
    """A clip that nothing keeps out of a release, its file in the store."""

    def make_clip(**fields: Any) -> Clip:
        verdict, spdx = fields.pop("verdict", "accepted"), fields.pop("spdx", "CC-BY-4.0")
        episode = fields.pop("episode", None)
        if episode is None:
            file = f"ab/{make.sha256(tmp_path)}.mp3"
            episode = make.episode(verdict=None, author="Anna", source_file=file)
            episode.licence = make.licence(episode, verdict=verdict, spdx=spdx)
            episode.save()
        audio.write_flac(tmp_path / "clip.flac", fakes.voice(4, seed=Clip.objects.count()))
        key = files.store().put(tmp_path / "clip.flac", suffix=".flac")
        if "run" not in fields:
            fields["run"] = episode.runs.filter(stage="cut").first() or make.cut_run(episode)
        if "voice" not in fields and not episode.voices.exists():
            make.voice(episode, embedding=[1.0, 0.0])
        return make.eligible_clip(episode=episode, file=key, **fields)

    return make_clip


@pytest.fixture
def withdrawn() -> Callable[..., Withdrawal]:
    """Takes back an episode, or a span of it, or whoever has a voice."""

    def take_back(target: Any, *, start: int | None = None, end: int = 0) -> Withdrawal:
        target = target.speaker if isinstance(target, Voice) else target
        found = withdrawals.withdraw(
            target=target if start is None else withdrawals.Span(target, start, end),
            reason="They asked for it.",
            reason_class="speaker",
            by=None,
            at=NOW,
            grace=timedelta(days=30),
        )
        if isinstance(target, Episode):
            target.refresh_from_db()
        return found

    return take_back
