"""What pages say of withdrawals."""

from datetime import timedelta

import pytest

from corpus.actions import notices, withdrawals
from corpus.actions.reaches import Span
from corpus.models import Erasure, ReleaseItem
from tests.factories import corpus
from tests.factories.corpus import NOW, SECOND

pytestmark = pytest.mark.django_db


def withdraw(target, **fields):
    said = {"reason": "Secret words.", "reason_class": "speaker", "by": None, "at": NOW}
    return withdrawals.withdraw(target=target, grace=timedelta(days=30), **{**said, **fields})


class TestParts:
    def test_are_spans_and_people_of_this_episode(self):
        voice = corpus.voice()
        episode = voice.episode
        span = withdraw(Span(episode, 0, SECOND))
        person = withdraw(voice.speaker)
        withdraw(Span(corpus.episode(), 0, SECOND))
        assert notices.parts(episode) == [span, person]

    def test_are_none_where_all_of_it_is_out_or_nothing(self):
        episode = corpus.episode()
        withdraw(episode)
        episode.refresh_from_db()
        assert notices.parts(episode) == []
        assert notices.of_episode(episode) is not None

    def test_follow_a_voice_to_the_speaker_it_has_today(self):
        voice, another = corpus.voice(), corpus.voice()
        row = withdraw(voice.speaker)
        another.speaker = voice.speaker
        another.save()
        assert notices.parts(another.episode) == [row]

    def test_are_none_once_lifted(self):
        voice = corpus.voice()
        row = withdraw(voice.speaker)
        withdrawals.reinstate(withdrawal=row, reason="A mistake.", by=None, at=NOW)
        assert notices.parts(voice.episode) == []


class TestIsWithdrawnSince:
    def test_asks_for_a_clip_of_the_release_that_is_out_today(self):
        release, gone, stays = corpus.release(), corpus.clip(), corpus.clip()
        for clip in (gone, stays):
            ReleaseItem.objects.create(release=release, clip=clip, partition="Train")
        withdraw(gone.voice.speaker)
        assert notices.is_withdrawn_since(release, gone.name)
        assert not notices.is_withdrawn_since(release, stays.name)
        assert not notices.is_withdrawn_since(release, "a\0b")


class TestHeld:
    def test_counts_clips_episodes_and_releases(self):
        clip, release = corpus.clip(), corpus.release()
        corpus.clip(clip.voice)
        corpus.clip(clip.voice, superseded_at=NOW)
        ReleaseItem.objects.create(release=release, clip=clip, partition="Train")
        held = notices.held(withdraw(clip.voice.speaker))
        assert (held.amount.n, held.amount.seconds) == (2, 8.0)
        assert (held.n_episodes, held.episodes) == (1, [clip.episode])
        assert held.releases == [str(release)]


class TestReasons:
    def test_are_empty_while_both_can_be_done(self):
        row = withdraw(corpus.episode())
        assert notices.why_not_lift(row) == ""
        assert notices.why_not_erase(row) == ""

    def test_name_what_was_done_before(self):
        lifted = withdraw(corpus.episode())
        withdrawals.reinstate(withdrawal=lifted, reason="A mistake.", by=None, at=NOW)
        erased = withdraw(corpus.episode())
        Erasure.objects.create(withdrawal=erased, at=NOW)
        for row in notices.rows():
            assert notices.why_not_lift(row)
            assert notices.why_not_erase(row)

    def test_let_be_erased_what_was_recognised_after_the_rest_had_gone(self):
        clip = corpus.clip()
        row = withdraw(clip.voice.speaker)
        Erasure.objects.create(withdrawal=row, at=NOW)
        assert notices.why_not_erase(notices.rows().get()) == ""
