"""Features of clips, as a stage of the ledger."""

import pytest

from common import files
from corpus.core.stages import Recipe
from corpus.engines import audio
from corpus.models import StageRun
from selection.actions import features
from selection.models import ClipFeatures
from selection.tasks.features import extract
from tests import fakes
from tests.factories import corpus
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
OTHER = Recipe("other", "1", {})
RECIPE = Recipe("tests.fakes.FakeExtractor", "fake-extractor 1", {})


@pytest.fixture(autouse=True)
def _fakes(settings):
    with fakes.installed(settings):
        yield


@pytest.fixture
def episode(tmp_path):
    """Measured, with a loud clip, a soft one, and one that was filtered."""
    voice = corpus.voice()
    for number, (name, accepted) in enumerate(
        [(fakes.LOUD, True), (fakes.SOFT, True), (fakes.LOUD, False)]
    ):
        path = tmp_path / f"{number}.flac"
        audio.write_flac(path, fakes.voice(4, name, seed=number))
        clip = corpus.clip(voice, file=files.store().put(path, suffix=".flac"))
        corpus.verdict(clip, is_accepted=accepted)
    corpus.run(voice.episode, stage="measure")
    return voice.episode


def plan():
    return features.plan(recipe=RECIPE, at=NOW)


class TestPlan:
    def test_waits_until_clips_were_measured(self):
        corpus.run(corpus.episode(), stage="cut")
        assert plan() == []

    def test_schedules_each_episode_once(self, episode):
        (run,) = plan()
        assert (run.episode, run.stage, run.done_at) == (episode, "features", None)
        assert plan() == []
        assert StageRun.objects.filter(stage="features").count() == 1

    def test_schedules_it_again_after_a_new_measurement(self, episode):
        (first,) = plan()
        corpus.run(episode, stage="measure", done_at=NOW.replace(year=2027))
        (second,) = plan()
        assert second.pk != first.pk

    def test_schedules_it_again_for_a_new_extractor_and_closes_the_old_one(self, episode):
        (first,) = plan()
        (second,) = features.plan(recipe=OTHER, at=NOW)
        first.refresh_from_db()
        assert second.pk != first.pk
        assert (first.outcome, first.reason) == ("filtered", "A newer recipe took its place.")

    def test_opens_the_old_one_when_its_extractor_returns(self, episode):
        (first,) = plan()
        features.plan(recipe=OTHER, at=NOW)
        (again,) = plan()
        assert (again, again.done_at) == (first, None)
        assert StageRun.objects.filter(stage="features").open().get() == first

    def test_extracts_again_once_the_episode_was_measured_again(self, episode):
        (run,) = plan()
        StageRun.objects.filter(pk=run.pk).update(done_at=NOW, outcome="done")
        assert plan() == []
        later = NOW.replace(year=2027)  # the same run once more, after a cut that was brought back
        StageRun.objects.filter(stage="measure").update(done_at=later)
        assert plan() == [run]

    def test_leaves_alone_what_may_not_be_cut(self, episode):
        episode.licence = corpus.licence(episode, verdict="refused")
        episode.save()
        assert plan() == []

    def test_asks_no_more_of_many_episodes_than_of_one(self, episode, django_assert_num_queries):
        for _ in range(4):
            corpus.run(corpus.episode(), stage="measure")
        assert len(plan()) == 5
        with django_assert_num_queries(2):
            assert plan() == []


class TestExtract:
    def test_is_refused_to_another_extractor_than_the_run_names(self, episode):
        (run,) = features.plan(recipe=OTHER, at=NOW)
        extract(run_id=run.pk)
        run.refresh_from_db()
        assert (run.outcome, ClipFeatures.objects.count()) == ("filtered", 0)

    def test_measures_the_eligible_clips(self, episode):
        (run,) = plan()
        extract(run_id=run.pk)
        run.refresh_from_db()
        assert (run.outcome, run.result) == ("done", {"clips": 2})
        loud, soft = ClipFeatures.objects.order_by("clip__number")
        assert loud.values["level_db"] > soft.values["level_db"]
        assert (loud.extractor, loud.version) == (RECIPE.engine, RECIPE.version)

    def test_running_it_twice_is_running_it_once(self, episode):
        (run,) = plan()
        for _ in range(2):
            extract(run_id=run.pk)
        assert ClipFeatures.objects.count() == 2
        assert StageRun.objects.get(stage="features").attempts == 1

    def test_measures_only_what_has_no_features_of_this_version(self, episode):
        (first,) = plan()
        extract(run_id=first.pk)
        corpus.run(episode, stage="measure", done_at=NOW.replace(year=2027))
        (second,) = plan()
        extract(run_id=second.pk)
        second.refresh_from_db()
        assert (second.outcome, second.result) == ("done", {"clips": 0})

    def test_keeps_a_missing_file_in_mind_and_goes_on_later(self, episode):
        episode.clips.update(file="00/gone.flac")
        (run,) = plan()
        extract(run_id=run.pk)
        run.refresh_from_db()
        assert (run.done_at, ClipFeatures.objects.count()) == (None, 0)
        assert "gone.flac" in run.error
