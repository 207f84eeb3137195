from datetime import timedelta

import pytest

from corpus.actions import runs, speakers
from corpus.models import Speaker, Voice
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
ANNA, BERT = [1.0, 0.0], [0.0, 1.0]


def identify(threshold=0.9):
    run = make.run(stage="identify", done_at=None, outcome="")
    speakers.identify(run=run, threshold=threshold, at=NOW)
    run.refresh_from_db()
    return run


def voice(embedding, episode=None, **fields):
    return make.voice(episode, embedding=embedding, **{"speaker": None, **fields})


class TestIdentify:
    def test_gives_one_speaker_to_voices_that_are_alike(self):
        first, second, other = voice(ANNA), voice(ANNA), voice(BERT)
        run = identify()
        names = {v.pk: v.speaker_id for v in Voice.objects.all()}
        assert names[first.pk] == names[second.pk] != names[other.pk]
        assert run.result == {"voices": 3, "speakers": 2}

    def test_never_takes_two_voices_of_an_episode_for_one(self):
        one = voice(ANNA)
        voice(ANNA, one.episode, label="SPEAKER_01", run=one.run)
        identify()
        assert len(set(Voice.objects.values_list("speaker", flat=True))) == 2

    def test_gives_voices_without_embedding_speakers_of_their_own(self):
        voice(None)
        voice(None)
        identify()
        assert len(set(Voice.objects.values_list("speaker", flat=True))) == 2

    def test_keeps_the_speaker_whom_a_group_had(self):
        known = voice(ANNA, speaker=make.speaker(gender="Female"))
        fresh = voice(ANNA)
        identify()
        fresh.refresh_from_db()
        assert fresh.speaker == known.speaker
        assert Speaker.objects.count() == 1

    def test_changes_nothing_the_second_time(self):
        voice(ANNA)
        voice(BERT)
        identify()
        before = list(Voice.objects.order_by("pk").values_list("pk", "speaker"))
        identify()
        assert list(Voice.objects.order_by("pk").values_list("pk", "speaker")) == before
        assert Speaker.objects.count() == 2

    def test_parts_a_speaker_where_voices_turn_out_to_differ(self):
        person = make.speaker()
        voice(ANNA, speaker=person)
        voice(BERT, speaker=person)
        identify()
        found = set(Voice.objects.values_list("speaker", flat=True))
        assert len(found) == 2
        assert person.pk in found

    def test_leaves_voices_of_an_older_diarisation_alone(self):
        old = voice(ANNA)
        newer = make.run(old.episode, stage="diarise", done_at=NOW + timedelta(days=1))
        new = voice(ANNA, old.episode, run=newer)
        identify()
        old.refresh_from_db()
        new.refresh_from_db()
        assert old.speaker is None
        assert new.speaker is not None

    def test_knows_again_who_was_heard_in_a_clip_of_an_older_diarisation(self):
        old = voice(ANNA, speaker=make.speaker())
        make.clip(old, superseded_at=NOW)
        newer = make.run(old.episode, stage="diarise", done_at=NOW + timedelta(days=1))
        new = voice(ANNA, old.episode, run=newer)
        other = voice(BERT, old.episode, run=newer, label="SPEAKER_01")
        identify()
        new.refresh_from_db()
        other.refresh_from_db()
        assert new.speaker == old.speaker
        assert other.speaker != old.speaker

    def test_gives_a_speaker_to_an_older_voice_that_never_had_one(self):
        old = voice(ANNA)
        make.clip(old, superseded_at=NOW)
        newer = make.run(old.episode, stage="diarise", done_at=NOW + timedelta(days=1))
        voice(ANNA, old.episode, run=newer)
        identify()
        old.refresh_from_db()
        assert old.speaker is not None
        assert Speaker.objects.count() == 1

    def test_locks_no_voice_while_it_computes(self, monkeypatch):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        voice(ANNA)
        link, before = speakers.core.link, []

        def linking(*args, **options):
            before.extend(query["sql"] for query in queries.captured_queries)
            return link(*args, **options)

        monkeypatch.setattr(speakers.core, "link", linking)
        with CaptureQueriesContext(connection) as queries:
            identify()
        assert not any("UPDATE OF" in sql or sql.endswith("UPDATE") for sql in before)
        assert any(q["sql"].endswith("FOR NO KEY UPDATE") for q in queries.captured_queries)

    def test_leaves_it_to_the_next_run_when_voices_came_meanwhile(self, monkeypatch):
        voice(ANNA)
        link = speakers.core.link

        def linking(*args, **options):
            voice(BERT)
            return link(*args, **options)

        monkeypatch.setattr(speakers.core, "link", linking)
        with pytest.raises(runs.Filtered, match="More voices came"):
            identify()
        assert not Speaker.objects.exists()

    def test_writes_nothing_when_the_lease_is_lost(self):
        from django.db import transaction

        voice(ANNA)
        run = make.run(stage="identify")
        with pytest.raises(runs.LeaseLost), transaction.atomic():
            speakers.identify(run=run, threshold=0.9, at=NOW)
        assert not Speaker.objects.exists()
