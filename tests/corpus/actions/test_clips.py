from dataclasses import replace
from datetime import timedelta

import pytest

from common import files
from corpus.actions import clips, runs
from corpus.core import peaks
from corpus.core.clips import CutRules
from corpus.engines import audio
from corpus.models import Clip
from tests import fakes
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
LONGER = replace(CutRules(), version="2", padding=0)


class TestCut:
    def test_makes_a_clip_of_each_stretch(self, recorded, stage):
        episode = recorded(number=12)
        run = stage.cut(episode)
        found = Clip.objects.order_by("number")
        assert [clip.name for clip in found] == [f"EMOCAST_0012_000{n}" for n in (1, 2, 3)]
        assert [clip.voice.label for clip in found] == [fakes.LOUD, fakes.SOFT, fakes.LOUD]
        assert run.result == {
            "clips": 3,
            "kept": 192_000,
            "usable": 192_000,
            "repeated": 0.0,
        }

    def test_writes_exactly_the_samples_of_the_span(self, recorded, stage):
        episode = recorded()
        stage.cut(episode)
        whole = fakes.conversation()
        for clip in Clip.objects.all():
            with files.store().local(clip.file) as path:
                samples = audio.read(path)
            assert (samples == whole[clip.start : clip.end]).all()
            assert clip.peaks == [list(pair) for pair in peaks.peaks(samples)]

    def test_keeps_the_words_inside(self, recorded, stage):
        stage.cut(recorded())
        first = Clip.objects.order_by("number")[0]
        assert first.text == " ".join(f"word{n}" for n in range(1, 8))
        assert first.n_words == 7

    def test_finds_nothing_in_silence(self, recorded, stage):
        run = stage.cut(recorded(fakes.silence(5)))
        assert run.result == {"clips": 0, "kept": 0, "usable": 0, "repeated": 0.0}

    def test_writes_no_row_when_the_lease_is_lost(self, recorded, stage):
        episode = recorded()
        found = stage.detect(episode), stage.diarise(episode), stage.transcribe(episode)
        run = stage.start(episode, "cut", *found)
        type(run).objects.filter(pk=run.pk).update(done_at=NOW, outcome="done")
        with pytest.raises(runs.LeaseLost):
            clips.cut(run=run, rules=CutRules(), at=NOW)
        assert not Clip.objects.exists()


class TestWhatWasHeardBefore:
    """The second stretch of the conversation, at 4.8 … 8.8 s, repeats another episode."""

    def repeated(self, recorded):
        episode = recorded()
        make.repeat(episode, make.episode(), start=76_800, end=140_800)
        return episode

    def test_is_not_cut(self, recorded, stage):
        run = stage.cut(self.repeated(recorded))
        assert [clip.voice.label for clip in Clip.objects.order_by("start")] == [fakes.LOUD] * 2
        assert run.result == {"clips": 2, "kept": 128_000, "usable": 128_000, "repeated": 4.0}

    def test_is_no_longer_current_where_it_was_cut(self, recorded, stage):
        episode = recorded()
        stage.cut(episode)
        make.repeat(episode, make.episode(), start=76_800, end=140_800)
        stage.cut(episode)
        assert Clip.objects.current().count() == 2
        assert not Clip.objects.current().filter(voice__label=fakes.SOFT).exists()


class TestCutAgain:
    def test_keeps_clips_whose_span_is_the_same(self, recorded, stage):
        episode = recorded()
        stage.cut(episode)
        before = list(Clip.objects.order_by("pk").values_list("pk", "name", "file"))
        again = stage.cut(episode)
        assert list(Clip.objects.order_by("pk").values_list("pk", "name", "file")) == before
        assert set(Clip.objects.values_list("run", flat=True)) == {again.pk}
        assert set(Clip.objects.values_list("voice__run__stage", flat=True)) == {"diarise"}

    def test_supersedes_the_others_and_goes_on_counting(self, recorded, stage):
        episode = recorded(number=1)
        stage.cut(episode)
        later = NOW + timedelta(days=1)
        stage.cut(episode, rules=LONGER, at=later)
        assert Clip.objects.filter(superseded_at=later).count() == 3
        current = Clip.objects.current().order_by("number")
        assert [clip.number for clip in current] == [4, 5, 6]
        assert current[0].name == "EMOCAST_0001_0004"

    def test_brings_back_the_clip_that_is_the_same_sound(self, recorded, stage):
        episode = recorded()
        stage.cut(episode)
        first = list(Clip.objects.order_by("pk").values_list("pk", "name", "start", "file"))
        stage.cut(episode, rules=LONGER)
        again = stage.cut(episode)
        current = Clip.objects.current().order_by("pk")
        assert list(current.values_list("pk", "name", "start", "file")) == first
        assert {clip.run for clip in current} == {again}
        assert Clip.objects.count() == 6

    def test_makes_a_new_clip_where_the_same_span_sounds_otherwise(self, recorded, stage):
        episode = recorded(number=1)
        stage.cut(episode)
        before = {clip.pk: clip.file for clip in Clip.objects.all()}
        other = recorded(fakes.conversation(seed=7))  # decoded anew, by another decoder
        type(episode).objects.filter(pk=episode.pk).update(master_file=other.master_file)
        stage.cut(episode)
        assert {clip.pk: clip.file for clip in Clip.objects.filter(pk__in=before)} == before
        assert not Clip.objects.current().filter(pk__in=before).exists()
        for clip in Clip.objects.current():
            with files.store().local(clip.file) as path:
                whole = fakes.conversation(seed=7)
                assert (audio.read(path) == whole[clip.start : clip.end]).all()

    def test_takes_speech_and_master_from_its_own_inputs(self, recorded, stage):
        episode = recorded()
        found = stage.detect(episode), stage.diarise(episode), stage.transcribe(episode)
        type(episode).objects.filter(pk=episode.pk).update(speech=[])  # of another engine
        assert stage.cut(episode, *found).result["clips"] == 3
        episode.refresh_from_db()
        assert episode.speech == found[0].result["fields"]["speech"]
