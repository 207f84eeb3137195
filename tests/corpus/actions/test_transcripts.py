import pytest

from corpus.actions import runs, transcripts
from corpus.core.segments import Segment
from corpus.core.transcripts import Word as CoreWord
from corpus.engines.base import Transcript
from corpus.models import Word
from tests import fakes
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


class Listening:
    """Remembers what it was told, and says one long word."""

    version = "1"

    def transcribe(self, samples, *, speech, language, on_progress=None):
        self.told = (len(samples), speech, language)
        word = CoreWord(Segment(5, 10), "a" * 300, None)
        return Transcript((word,), "deu", draft=True, notes=("guessed",))


class TestTranscribe:
    def test_writes_the_words_with_their_times(self, recorded, stage):
        episode = recorded()
        stage.detect(episode)
        run = stage.transcribe(episode)
        words = Word.objects.filter(run=run).order_by("start")
        assert run.result["words"] == words.count()
        assert (words[0].start, words[0].end, words[0].text) == (0, 6400, "word1")
        assert words[0].confidence == 0.9

    @pytest.mark.parametrize(
        ("episode_says", "podcast_says", "heard"),
        [("en-GB", "de", "eng"), ("", "de-AT", "deu"), ("", "", "und"), ("tlh", "de", "und")],
    )
    def test_tells_the_engine_where_speech_is_and_in_what_language(
        self, recorded, stage, episode_says, podcast_says, heard
    ):
        podcast, engine = make.podcast(language=podcast_says), Listening()
        episode = recorded(
            fakes.silence(1), podcast=podcast, language=episode_says, speech=[[0, 50], [60, 90]]
        )
        stage.transcribe(episode, engine)
        assert engine.told == (16_000, [Segment(0, 50), Segment(60, 90)], heard)

    def test_notes_language_draft_and_notes(self, recorded, stage):
        episode = recorded(fakes.silence(1))
        stage.transcribe(episode, Listening())
        episode.refresh_from_db()
        assert episode.spoken_language == "deu"
        assert episode.transcript_is_draft is True
        assert episode.transcript_notes == ["guessed"]
        assert len(Word.objects.get().text) == 200

    def test_writes_nothing_when_the_lease_is_lost(self, recorded, stage):
        run = stage.start(recorded(fakes.silence(1)), "transcribe")
        type(run).objects.filter(pk=run.pk).update(done_at=NOW, outcome="done")
        with pytest.raises(runs.LeaseLost):
            transcripts.transcribe(run=run, transcriber=Listening(), at=NOW)
        assert not Word.objects.exists()
