from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from common.engines import load
from common.tasks import IdempotentTask, Lane
from corpus.actions import runs
from corpus.core.stages import EPISODE_STAGES
from corpus.models import Clip, Episode, QualityVerdict, SpeakerTurn, StageRun, Voice, Word
from corpus.tasks import pipeline
from tests import fakes, road
from tests.factories import corpus as make

pytestmark = pytest.mark.django_db
DEAF = {"detector": "tests.fakes.DeafDetector"}
STAGES = [stage.name for stage in EPISODE_STAGES] + ["identify"]


@pytest.fixture(autouse=True)
def _engines(settings):
    with fakes.installed(settings):
        yield


@pytest.fixture
def source(tmp_path):
    return road.folder(tmp_path / "talk", episodes=1)


def state():
    """All that a stage may leave behind."""
    tables = (Clip, QualityVerdict, SpeakerTurn, Voice, Word, StageRun)
    rows = {model.__name__: list(model.objects.order_by("pk").values()) for model in tables}
    return {**rows, "Episode": list(Episode.objects.order_by("pk").values())}


def next_run(source, stage):
    road.ingest(source)
    road.walk(until=stage)
    road.plan()
    return StageRun.objects.get(stage=stage, done_at=None)


class TestTasks:
    def test_there_is_one_for_every_stage(self):
        assert set(pipeline.TASKS) == set(STAGES)
        assert all(isinstance(task, IdempotentTask) for task in pipeline.TASKS.values())

    def test_models_run_in_the_lane_of_the_accelerator(self):
        gpu = {name for name, task in pipeline.TASKS.items() if task.lane is Lane.GPU}
        assert gpu == {"diarise", "transcribe"}

    @pytest.mark.slow
    @pytest.mark.parametrize("stage", STAGES)
    def test_running_it_twice_is_running_it_once(self, source, stage):
        run = next_run(source, stage)
        pipeline.TASKS[stage](run_id=run.pk)
        run.refresh_from_db()
        assert run.outcome == "done"
        before = state()
        pipeline.TASKS[stage](run_id=run.pk)
        assert state() == before

    @pytest.mark.parametrize("stage", STAGES)
    def test_a_run_that_is_gone_is_nothing_to_do(self, stage):
        pipeline.TASKS[stage](run_id=0)
        assert not StageRun.objects.exists()

    def test_plan_what_follows_at_once(self, source):
        run = next_run(source, "fetch")
        pipeline.fetch(run_id=run.pk)
        assert StageRun.objects.open().get().stage == "standardise"


class TestAnEpisodeThatIsNoAudio:
    def test_is_filtered_with_the_reason(self, source):
        (source / "ep1.wav").write_bytes(b"RIFF\x00\x01no sound at all")
        episode = make.episode(audio_url=(source / "ep1.wav").as_uri())
        road.walk()
        run = StageRun.objects.get(stage="standardise")
        assert (run.outcome, run.reason) == ("filtered", "the fake decoder reads WAV only")
        assert not StageRun.objects.filter(episode=episode, stage="detect").exists()

    def test_does_not_keep_the_others_from_their_way(self, source):
        make.episode(audio_url="https://nobody.example/gone.mp3")
        road.ingest(source)
        road.walk()
        assert Clip.objects.count() == 3
        (waiting,) = StageRun.objects.open()
        assert (waiting.stage, waiting.attempts) == ("fetch", 1)
        assert "cannot be reached" in waiting.error
        assert waiting.retry_at > timezone.now()


class TestALostLease:
    @pytest.mark.slow
    @pytest.mark.parametrize("stage", ["diarise", "cut", "measure"])
    def test_throws_the_late_work_away(self, source, stage, monkeypatch):
        run = next_run(source, stage)
        held, again = runs.claims.held, []

        @contextmanager
        def overtaken(queryset, **how):
            if not again:  # before its work is done, another worker takes the run, and is faster
                again.append(how["pk"])
                silent = timezone.now() - timedelta(minutes=5)
                StageRun.objects.filter(pk=how["pk"]).update(claimed_at=silent)
                pipeline.TASKS[stage](run_id=how["pk"])
            with held(queryset, **how):
                yield

        monkeypatch.setattr(runs.claims, "held", overtaken)
        pipeline.TASKS[stage](run_id=run.pk)
        run.refresh_from_db()
        assert (run.outcome, run.attempts) == ("done", 2)
        made = {"diarise": Voice, "cut": Clip, "measure": QualityVerdict}[stage]
        assert made.objects.count() == {"diarise": 2, "cut": 3, "measure": 3}[stage]


class TestAMissingEngine:
    def test_is_waited_for_and_named(self, source, settings):
        with fakes.installed(settings, diariser="tests.fakes.MissingEngine"):
            road.ingest(source)
            road.walk()
            run = StageRun.objects.get(stage="diarise")
            assert run.error == "Its weights are not here: run `make setup`."
            assert run.done_at is None
            assert StageRun.objects.get(stage="transcribe").outcome == "done"

    def test_is_given_up_after_five_attempts(self, source, settings):
        with fakes.installed(settings, diariser="tests.fakes.MissingEngine"):
            run = next_run(source, "diarise")
            for _ in range(runs.MOST_ATTEMPTS):
                StageRun.objects.filter(pk=run.pk).update(retry_at=None)
                pipeline.diarise(run_id=run.pk)
            run.refresh_from_db()
        assert (run.outcome, run.attempts) == ("failed", runs.MOST_ATTEMPTS)
        assert "make setup" in run.reason


class TestAnotherEngine:
    def test_does_not_do_work_under_the_name_of_the_first(self, source, settings):
        run = next_run(source, "detect")
        with fakes.installed(settings, **DEAF):
            pipeline.detect(run_id=run.pk)
        run.refresh_from_db()
        assert (run.outcome, run.version) == ("filtered", "fake-detector 1")
        new = StageRun.objects.get(stage="detect", done_at=None)
        assert new.version == "deaf-detector 1"

    @pytest.mark.slow
    def test_and_back_again_gives_the_first_clips(self, source, settings):
        def clips():
            return list(Clip.objects.current().order_by("pk").values_list("pk", "text", "file"))

        road.ingest(source)
        road.walk()
        first, speech = clips(), Episode.objects.get().speech
        with fakes.installed(settings, **DEAF):
            road.walk()
            assert clips() != first
            assert Episode.objects.get().speech != speech
        with fakes.installed(settings):
            assert road.walk() == ["cut", "measure", "features"]
            assert clips() == first
            assert Episode.objects.get().speech == speech
            assert road.walk() == []


class TestTheSameFileTwice:
    def test_is_cut_once(self, tmp_path):
        source = tmp_path / "talk"
        for name in ("a.wav", "b.wav"):
            fakes.write_wav(source / name, fakes.conversation())
        (source / "feed.xml").write_text(road.feed("a.wav", "b.wav"))
        road.ingest(source)
        road.walk()
        first, second = Episode.objects.order_by("number")
        assert second.duplicate_of == first
        assert set(Clip.objects.values_list("episode", flat=True)) == {first.pk}
        assert list(StageRun.objects.open().values("stage", "error", "claimed_by")) == []
        assert load("fetcher").asked == []
