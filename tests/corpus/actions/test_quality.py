from dataclasses import replace
from datetime import timedelta

import pytest

from corpus.actions import quality, runs, withdrawals
from corpus.core.quality import Gate
from corpus.models import Clip, Measurement, QualityVerdict
from tests.factories import corpus as make
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


class TestWhatWasHeardBefore:
    """The first stretch of the conversation, 0 … 4 s, repeats another episode."""

    def test_is_filtered_by_name_and_kept(self, recorded, stage):
        episode = recorded()
        cut = stage.cut(episode)
        make.repeat(episode, make.episode(number=41), start=0, end=64_000)
        run = stage.measure(episode, after=cut)
        first = QualityVerdict.objects.order_by("clip__number")[0]
        assert (first.is_accepted, first.reasons) == (False, ["repeats episode 41 at 0:30"])
        assert run.result == {"accepted": 1, "filtered": 2}

    def test_is_accepted_below_a_second(self, recorded, stage):
        episode = recorded()
        cut = stage.cut(episode)
        make.repeat(episode, make.episode(), start=0, end=15_999)
        assert stage.measure(episode, after=cut).result["accepted"] == 2

    def test_does_not_come_in_by_an_earlier_cut(self, recorded, stage):
        episode = recorded()
        stage.measure(episode, after=stage.cut(episode))
        old = Clip.objects.order_by("number")[0]
        make.repeat(episode, make.episode(number=41), start=0, end=64_000)
        again = stage.cut(episode)
        stage.measure(episode, after=again, at=NOW + timedelta(hours=1))
        old.refresh_from_db()
        assert old.superseded_at is not None
        assert old not in Clip.objects.accepted()
        newest = QualityVerdict.objects.newest().get(clip=old)
        assert newest.reasons == ["repeats episode 41 at 0:30"]


class TestReconsider:
    """The first stretch of the conversation is heard again in a later episode."""

    @pytest.fixture
    def judged(self, recorded, stage):
        episode, later = recorded(), make.episode(number=41)
        make.repeat(later, episode, start=0, end=64_000, of_start=0)
        stage.measure(episode, after=stage.cut(episode))
        return episode, later

    def accepted(self, episode):
        return [clip.number for clip in episode.clips.accepted().order_by("number")]

    def test_filters_what_was_withdrawn_elsewhere_and_lets_it_in_again(self, judged, withdrawn):
        episode, later = judged
        assert self.accepted(episode) == [1, 2]
        found = withdrawn(later)
        assert self.accepted(episode) == [2]
        verdict = QualityVerdict.objects.newest().get(clip__number=1)
        assert verdict.reasons == ["repeats episode 41 at 0:00"]
        withdrawals.reinstate(withdrawal=found, reason="A mistake.", by=None, at=NOW)
        assert self.accepted(episode) == [1, 2]

    def test_changes_nothing_where_nothing_changed(self, judged):
        episode, later = judged
        assert quality.reconsider(near=[later.pk, episode.pk], gate=Gate(), at=NOW) == 0

    def test_leaves_the_verdicts_of_another_gate(self, judged, withdrawn):
        _, later = judged
        withdrawn(later)
        assert quality.reconsider(near=[later.pk], gate=STRICT, at=NOW) == 0
