from dataclasses import replace
from datetime import timedelta

import pytest

from corpus.actions import quality, runs
from corpus.core.quality import Gate
from corpus.models import Clip, Measurement, QualityVerdict
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
STRICT = replace(Gate(), version="2", min_snr_db=100)


class TestMeasure:
    def test_measures_and_judges_every_clip(self, recorded, stage):
        episode = recorded()
        run = stage.measure(episode, after=stage.cut(episode))
        verdicts = QualityVerdict.objects.order_by("clip__number")
        assert [verdict.is_accepted for verdict in verdicts] == [True, True, False]
        assert verdicts[2].reasons[0].startswith("SNR ")
        assert run.result == {"accepted": 2, "filtered": 1}
        assert Measurement.objects.count() == 3
        first = Measurement.objects.order_by("clip__number")[0]
        assert first.snr_db > 15
        assert (first.overlap_share, first.clipping) == (0, 0)
        assert 0.9 < first.speech_share <= 1

    def test_is_done_again_without_doubling_anything(self, recorded, stage):
        episode = recorded()
        cut = stage.cut(episode)
        stage.measure(episode, after=cut)
        rows = list(QualityVerdict.objects.order_by("pk").values_list("pk", "is_accepted"))
        stage.measure(episode, after=cut)
        assert list(QualityVerdict.objects.order_by("pk").values_list("pk", "is_accepted")) == rows
        assert Measurement.objects.count() == 3

    def test_adds_a_verdict_for_a_new_gate_which_then_counts(self, recorded, stage):
        episode = recorded()
        cut = stage.cut(episode)
        stage.measure(episode, after=cut)
        stage.measure(episode, after=cut, gate=STRICT, at=NOW + timedelta(hours=1))
        assert QualityVerdict.objects.count() == 6
        assert not Clip.objects.accepted().exists()
        assert QualityVerdict.objects.newest()[0].gate_parameters["min_snr_db"] == 100

    def test_takes_the_speech_that_the_cut_was_made_of(self, recorded, stage):
        episode = recorded()
        cut = stage.cut(episode)
        type(episode).objects.filter(pk=episode.pk).update(speech=[])  # of another engine
        stage.measure(episode, after=cut)
        assert Measurement.objects.filter(speech_share__gt=0.5).count() == 3

    def test_has_nothing_to_say_about_an_episode_without_clips(self, recorded, stage):
        from tests import fakes

        episode = recorded(fakes.silence(1))
        run = stage.measure(episode, after=stage.cut(episode))
        assert run.result == {"accepted": 0, "filtered": 0}

    def test_writes_nothing_when_the_lease_is_lost(self, recorded, stage):
        episode = recorded()
        run = stage.start(episode, "measure", stage.cut(episode))
        type(run).objects.filter(pk=run.pk).update(done_at=NOW, outcome="done")
        with pytest.raises(runs.LeaseLost):
            quality.measure(run=run, gate=Gate(), at=NOW)
        assert not QualityVerdict.objects.exists()
        assert not Measurement.objects.exists()
