import numpy as np
import pytest

from corpus.actions import runs, turns
from corpus.core.segments import RATE, Segment
from corpus.core.turns import Turn
from corpus.engines.base import Diarisation
from corpus.models import SpeakerTurn, Voice
from tests import fakes
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
STRETCHES = [(0, 4 * RATE), (76_800, 76_800 + 4 * RATE), (153_600, 153_600 + 4 * RATE)]


class Overlapping:
    """Two voices at once, one of them without an embedding."""

    version = "1"

    def diarise(self, samples, *, on_progress=None):
        found = (Turn(Segment(0, 200), "B"), Turn(Segment(100, 300), "A"))
        return Diarisation(found, {"A": np.array([0.6, 0.8], np.float32)})


class TestDetect:
    def test_marks_the_speech(self, recorded, stage):
        episode = recorded()
        run = stage.detect(episode)
        episode.refresh_from_db()
        assert [tuple(span) for span in episode.speech] == STRETCHES
        assert (run.result["segments"], run.result["samples"]) == (3, 12 * RATE)
        assert run.result["fields"] == {"speech": episode.speech}

    def test_finds_none_in_silence(self, recorded, stage):
        episode = recorded(fakes.silence(1))
        fields = {"speech": []}
        assert stage.detect(episode).result == {"segments": 0, "samples": 0, "fields": fields}


class TestDiarise:
    def test_writes_turns_and_voices(self, recorded, stage):
        run = stage.diarise(recorded())
        found = SpeakerTurn.objects.filter(run=run).order_by("start")
        labels = [fakes.LOUD, fakes.SOFT, fakes.LOUD]
        assert [(t.start, t.end) for t in found] == STRETCHES
        assert [t.voice.label for t in found] == labels
        assert run.result == {"turns": 3, "voices": 2}

    def test_keeps_overlap_and_voices_without_embedding(self, recorded, stage):
        stage.diarise(recorded(), Overlapping())
        assert list(SpeakerTurn.objects.order_by("start").values_list("start", "end")) == [
            (0, 200),
            (100, 300),
        ]
        embeddings = {v.label: v.embedding for v in Voice.objects.all()}
        assert embeddings["B"] is None
        assert np.allclose(embeddings["A"], [0.6, 0.8])

    def test_gives_no_voice_in_silence(self, recorded, stage):
        assert stage.diarise(recorded(fakes.silence(1))).result == {"turns": 0, "voices": 0}

    def test_writes_nothing_when_the_lease_is_lost(self, recorded, stage):
        run = stage.start(recorded(), "diarise")
        type(run).objects.filter(pk=run.pk).update(done_at=NOW, outcome="done")
        with pytest.raises(runs.LeaseLost):
            turns.diarise(run=run, diariser=fakes.FakeDiariser(), at=NOW)
        assert not Voice.objects.exists()
        assert not SpeakerTurn.objects.exists()
