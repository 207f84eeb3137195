from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.db.models import ProtectedError

from corpus.models import Speaker, Voice
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


class TestVoice:
    def test_has_a_label_once_per_diarisation(self):
        voice = make.voice(label="SPEAKER_00")
        with pytest.raises(IntegrityError, match="a_run_has_a_label_once"):
            make.voice(episode=voice.episode, run=voice.run, label="SPEAKER_00")

    def test_keeps_its_embedding(self):
        voice = make.voice(embedding=[0.0, 0.6, 0.8])
        voice.refresh_from_db()
        assert [round(float(x), 6) for x in voice.embedding] == [0.0, 0.6, 0.8]

    def test_keeps_its_speaker_from_being_deleted(self):
        with pytest.raises(ProtectedError):
            make.voice().speaker.delete()


class TestVoiceQuerySet:
    def test_current_is_of_the_newest_finished_diarisation(self):
        episode = make.episode()
        old = make.voice(episode)
        newer = make.run(episode, stage="diarise", done_at=NOW + timedelta(days=1))
        new = make.voice(episode, run=newer)
        open_run = make.run(episode, stage="diarise", done_at=None, outcome="")
        half_made = make.voice(episode, run=open_run)
        elsewhere = make.voice()
        assert set(Voice.objects.current()) == {new, elsewhere}
        assert {old, half_made} == set(Voice.objects.all()) - {new, elsewhere}


@pytest.mark.parametrize("model", [Speaker, Voice])
class TestPrivacy:
    def test_lists_only_fields_that_there_are(self, model):
        named = model.Privacy.personal | model.Privacy.public
        assert named <= {field.name for field in model._meta.get_fields()}
