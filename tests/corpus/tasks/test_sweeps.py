import os
from datetime import timedelta

import pytest
from django.utils import timezone

from corpus.actions import runs
from corpus.models import Clip, StageRun
from corpus.tasks import sweeps
from corpus.tasks.pipeline import TASKS
from tests import fakes, road
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _engines(settings):
    with fakes.installed(settings):
        yield


@pytest.fixture
def sent(monkeypatch):
    """What was sent to a queue, instead of sending it."""
    calls = []
    for stage, task in TASKS.items():
        monkeypatch.setattr(
            task,
            "apply_async",
            lambda *, kwargs, expires, stage=stage: calls.append(
                (stage, kwargs["run_id"], expires)
            ),
        )
    return calls


def open_run(stage="cut", **fields):
    return make.run(make.episode(), stage=stage, **{"done_at": None, "outcome": "", **fields})


class TestEnqueueReady:
    def test_sends_every_ready_run_to_its_task(self, sent):
        cut, fetch = open_run("cut"), open_run("fetch")
        open_run("cut", claimed_at=timezone.now())
        sweeps.enqueue_ready()
        assert sorted(sent) == sorted([("cut", cut.pk, 60), ("fetch", fetch.pk, 60)])

    def test_running_it_twice_is_running_it_once(self, sent):
        open_run()
        sweeps.enqueue_ready()
        sweeps.enqueue_ready()
        assert len(sent) == 1

    def test_sends_it_again_where_the_queue_was_lost(self, sent):
        run = open_run()
        sweeps.enqueue_ready()
        StageRun.objects.filter(pk=run.pk).update(
            enqueued_at=timezone.now() - runs.ENQUEUED_AGAIN_AFTER - timedelta(seconds=1)
        )
        sweeps.enqueue_ready()
        assert len(sent) == 2

    def test_takes_back_what_a_killed_worker_held(self, sent):
        run = open_run(claimed_at=timezone.now(), claimed_by=fakes.dead_worker())
        sweeps.enqueue_ready()
        assert [call[:2] for call in sent] == [("cut", run.pk)]


class TestPlanAll:
    def test_writes_down_what_is_missing(self):
        episode = make.episode()
        make.episode(verdict="review")
        sweeps.plan_all()
        run = StageRun.objects.get()
        assert (run.stage, run.episode) == ("fetch", episode)
        assert run.version == "fake-fetcher 1"

    def test_running_it_twice_is_running_it_once(self):
        make.episode()
        make.voice()
        sweeps.plan_all()
        before = list(StageRun.objects.order_by("pk").values())
        sweeps.plan_all()
        assert list(StageRun.objects.order_by("pk").values()) == before

    def test_gives_up_on_what_killed_its_workers(self):
        make.episode()
        sweeps.plan_all()
        run = StageRun.objects.get()
        StageRun.objects.update(attempts=runs.MOST_ATTEMPTS, claimed_at=NOW)
        sweeps.plan_all()
        run.refresh_from_db()
        assert run.outcome == "failed"

    def test_clears_away_what_killed_workers_left_on_the_disk(self, settings):
        old, young = (settings.SCRATCH_ROOT / name for name in ("tmpold", "tmpyoung"))
        for folder in (old, young):
            folder.mkdir(parents=True)
        os.utime(old, (0, 0))
        sweeps.plan_all()
        assert list(settings.SCRATCH_ROOT.iterdir()) == [young]

    def test_lets_voices_be_compared(self):
        make.voice(make.episode(verdict="review"))
        sweeps.plan_all()
        assert StageRun.objects.filter(stage="identify").exists()


class TestTheTwoTogether:
    @pytest.mark.slow
    def test_bring_an_episode_through_from_nothing_but_the_database(self, tmp_path, sent):
        road.ingest(road.folder(tmp_path / "talk", episodes=1))
        sweeps.plan_all()
        while True:
            sweeps.enqueue_ready()
            if not sent:
                sweeps.plan_all()
                sweeps.enqueue_ready()
            if not sent:
                break
            while sent:
                stage, run_id, _ = sent.pop()
                TASKS[stage](run_id=run_id)
        assert Clip.objects.eligible().count() == 2
        assert not StageRun.objects.exclude(outcome="done").exists()
