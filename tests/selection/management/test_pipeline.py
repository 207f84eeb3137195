"""`pipeline`: whatever is ready is run, and how it went is said."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotation.models import Agreement, Consensus
from corpus.actions import runs
from corpus.engines.base import EngineMissing
from corpus.models import Clip, StageRun
from selection.management.commands import pipeline
from selection.models import ClipFeatures
from tests import fakes, road
from tests.factories import annotation as make
from tests.factories import corpus

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fakes(settings):
    with fakes.installed(settings):
        yield


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """What would be waited for is left to the next call."""
    monkeypatch.setattr(pipeline, "PATIENCE", timezone.timedelta(0))


@pytest.fixture
def talk(tmp_path):
    return road.ingest(road.folder(tmp_path / "talk", episodes=1))


def unplanned():
    """An episode that no stage may touch."""
    return corpus.episode(verdict="refused")


def unfinished(*words):
    """What the command says when it ends with something left to do."""
    out = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("pipeline", *words, stdout=out)
    assert end.value.code == 3
    return out.getvalue()


class TestPipeline:
    def test_carries_an_episode_from_file_to_features(self, talk):
        said = road.command("pipeline", "--until-idle")
        assert Clip.objects.count() == 3
        assert ClipFeatures.objects.count() == 2
        for stage in pipeline.STAGES:
            assert f"{stage:12} 1 done in" in said

    def test_says_the_second_time_that_nothing_is_to_do(self, talk):
        road.command("pipeline")
        assert road.command("pipeline") == "Nothing to do: everything is up to date.\n"

    def test_plans_everything_once_and_then_what_follows_each_run(self, tmp_path, monkeypatch):
        road.ingest(road.folder(tmp_path / "talk", episodes=2))
        calls, everything = [], runs.plan_missing
        monkeypatch.setattr(runs, "plan_missing", lambda **how: calls.append(everything(**how)))
        road.command("pipeline")
        assert len(calls) == 1
        assert ClipFeatures.objects.count() == 4

    def test_gives_one_json_document(self, talk):
        found = json.loads(road.command("pipeline", "--json"))
        assert {run["stage"] for run in found["runs"]} == set(pipeline.STAGES)
        assert (found["waiting"], found["labels_updated"]) == ([], 0)

    def test_does_what_is_ready_now_and_no_more_with_once(self, talk):
        road.command("pipeline", "--once")
        assert set(StageRun.objects.done().values_list("stage", flat=True)) >= {"fetch"}

    def test_brings_labels_and_agreement_up_to_date(self):
        place = make.campaign_clip(make.campaign(), corpus.clip(episode=unplanned()))
        make.rating(place.campaign, place.clip)
        assert "1 clip got new labels." in road.command("pipeline")
        assert Consensus.objects.count() == Agreement.objects.count() == 1

    def test_ends_leases_that_are_over(self):
        place = make.campaign_clip(make.campaign(), corpus.clip(episode=unplanned()), n_live=1)
        row = make.assignment(place, make.rater())
        road.command("pipeline")
        row.refresh_from_db()
        assert row.outcome == "expired"


class TestTrouble:
    def test_of_one_episode_leaves_the_others_alone(self, tmp_path):
        folder = road.folder(tmp_path / "talk", episodes=2)
        road.ingest(folder)
        (folder / "ep1.wav").write_text("this is no sound at all")
        said = road.command("pipeline")
        assert "About ep1.wav, standardise: filtered. the fake decoder reads WAV only" in said
        assert Clip.objects.count() == 3

    def test_that_may_pass_is_left_to_the_next_call(self, talk, monkeypatch):
        def fails(*_args, **_options):
            raise EngineMissing("Its weights are not here: run `make setup`.")

        with monkeypatch.context() as today:
            today.setattr(fakes.FakeDiariser, "diarise", fails)
            assert "diarise: waiting. Its weights are not here" in unfinished()
        StageRun.objects.update(retry_at=None)  # some seconds later
        road.command("pipeline")
        assert Clip.objects.count() == 3

    def test_that_stays_is_a_failure_until_somebody_opens_it_again(self, talk):
        StageRun.objects.all().delete()
        road.plan()
        StageRun.objects.filter(stage="fetch").update(attempts=runs.MOST_ATTEMPTS)
        unfinished()
        assert StageRun.objects.get().outcome == "failed"
        road.command("pipeline", "--retry-failed")
        assert Clip.objects.count() == 3

    def test_frees_what_killed_workers_still_hold(self, talk, monkeypatch):
        road.plan()
        now = timezone.now()
        StageRun.objects.update(claimed_at=now, claimed_by="x", claim="0" * 32)
        monkeypatch.setattr("common.claims.is_dead", lambda name: name == "x")
        road.command("pipeline")
        assert Clip.objects.count() == 3

    def test_stops_when_it_is_told_to(self, talk, monkeypatch):
        def interrupt(_stage):
            raise KeyboardInterrupt

        monkeypatch.setattr(pipeline, "_task", interrupt)
        with pytest.raises(CommandError, match="Nothing is lost") as caught:
            road.command("pipeline")
        assert caught.value.returncode == 130
