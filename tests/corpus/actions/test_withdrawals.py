"""What is taken back is out at once, whatever was cut or compared later; lifted, it is in again."""

from datetime import timedelta

import pytest
from django.db import connection

from common import files
from corpus.actions import marks, roads, runs, speakers, twins, withdrawals
from corpus.actions.withdrawals import Span
from corpus.core.stages import Recipe
from corpus.models import Clip, Episode, Reinstatement, StageRun, Voice, Withdrawal
from tests.factories import corpus as make
from tests.factories.corpus import NOW, SECOND

pytestmark = pytest.mark.django_db
GRACE = timedelta(days=30)
LATER = NOW + timedelta(days=1)
VECTORS = {"anna": [1.0, 0.0, 0.0], "bert": [0.0, 1.0, 0.0], "cleo": [0.0, 0.0, 1.0]}


def withdraw(target, **how):
    given = {
        "reason": "The speaker asked for it.",
        "reason_class": "speaker",
        "by": None,
        "at": NOW,
        "grace": GRACE,
    }
    return withdrawals.withdraw(target=target, **{**given, **how})


def reinstate(row, **how):
    given = {"reason": "It was a mistake.", "by": None, "at": LATER}
    return withdrawals.reinstate(withdrawal=row, **{**given, **how})


def standing():
    return set(Clip.objects.eligible())


def assert_out(*clips):
    """Every way of asking says the same."""
    keys = {clip.pk for clip in clips}
    rows = Clip.objects.filter(pk__in=keys)
    assert set(rows.withdrawn().values_list("pk", flat=True)) == keys
    for out in (rows.standing(), rows.shareable(), rows.playable(), rows.eligible()):
        assert not out.exists()
    assert all(withdrawals.of_clip(clip) for clip in rows)


def assert_in(*clips):
    keys = {clip.pk for clip in clips}
    rows = Clip.objects.filter(pk__in=keys)
    for there in (rows.standing(), rows.playable(), rows.eligible()):
        assert set(there.values_list("pk", flat=True)) == keys
    assert not rows.withdrawn().exists()
    assert not any(withdrawals.of_clip(clip) for clip in rows)


@pytest.fixture
def people():
    """Two episodes; in each Anna and Bert with a clip of their own."""

    def episode():
        row = make.episode()
        run = make.run(row, stage="diarise")
        clips = []
        for n, name in enumerate(("anna", "bert")):
            voice = make.voice(row, run=run, label=name, embedding=VECTORS[name], speaker=None)
            make.turn(voice, start=5 * n * SECOND, end=(5 * n + 4) * SECOND)
            clips.append(make.eligible_clip(voice))
        return clips

    found = [*episode(), *episode()]
    identify()
    for clip in found:
        clip.voice.refresh_from_db()
    return found


def identify():
    run = make.run(stage="identify", done_at=None, outcome="")
    speakers.identify(run=run, threshold=0.88, at=NOW)


class TestWithdraw:
    def test_takes_a_whole_podcast_out(self):
        podcast = make.podcast()
        clips = [make.eligible_clip(episode=make.episode(podcast=podcast)) for _ in range(2)]
        other = make.eligible_clip()
        row = withdraw(podcast)
        assert_out(*clips)
        assert_in(other)
        assert {e.withdrawal for e in podcast.episodes.all()} == {row}
        assert not podcast.episodes.may_be_cut().exists()

    def test_takes_an_episode_out_and_leaves_its_podcast(self):
        clip = make.eligible_clip()
        other = make.eligible_clip(episode=make.episode(podcast=clip.episode.podcast))
        withdraw(clip.episode)
        assert_out(clip)
        assert_in(other)

    def test_takes_out_every_clip_that_shares_a_sample_with_a_span(self):
        first, second, third = (make.eligible_clip(voice) for voice in [make.voice()] * 3)
        withdraw(Span(first.episode, first.end - 1, second.start + 1))
        assert_out(first, second)
        assert_in(third)

    def test_leaves_clips_that_only_touch_the_span(self):
        first, second = (make.eligible_clip(voice) for voice in [make.voice()] * 2)
        withdraw(Span(first.episode, first.end, second.start))
        assert_in(first, second)

    def test_leaves_the_same_span_of_other_episodes(self):
        clip, other = make.eligible_clip(), make.eligible_clip()
        withdraw(Span(clip.episode, 0, 60 * SECOND))
        assert_out(clip)
        assert_in(other)

    def test_takes_a_speaker_out_of_every_episode(self, people):
        anna, bert, anna_again, bert_again = people
        row = withdraw(anna.voice.speaker)
        assert_out(anna, anna_again)
        assert_in(bert, bert_again)
        assert set(row.voices.values_list("voice", flat=True)) == {
            anna.voice_id,
            anna_again.voice_id,
        }

    def test_says_who_when_why_and_until_when_it_can_be_lifted(self):
        person = make.user("curator")
        row = withdraw(make.episode(), by=person, reason=" Her wish. ", requester=" Anna ")
        assert (row.withdrawn_by, row.withdrawn_at) == (person, NOW)
        assert (row.reason, row.requester) == ("Her wish.", "Anna")
        assert row.erase_after == NOW + GRACE

    @pytest.mark.parametrize("reason", ["", "  "])
    def test_needs_a_reason(self, reason):
        with pytest.raises(withdrawals.NoReason):
            withdraw(make.episode(), reason=reason)
        assert not Withdrawal.objects.exists()

    def test_changes_nothing_when_asked_twice(self):
        episode = make.episode()
        row = withdraw(episode)
        with pytest.raises(withdrawals.Already, match=f"withdrawal {row.pk}"):
            withdraw(episode)
        assert Withdrawal.objects.count() == 1

    def test_writes_down_what_another_person_asks_for_the_same(self):
        episode = make.episode()
        first, second = withdraw(episode), withdraw(episode, requester="Bert")
        episode.refresh_from_db()
        assert episode.withdrawal == first != second

    def test_takes_a_shorter_grace_for_the_same(self):
        episode = make.episode()
        withdraw(episode)
        assert withdraw(episode, grace=timedelta(0)).erase_after == NOW

    def test_can_be_asked_for_again_after_it_was_lifted(self):
        episode = make.episode()
        reinstate(withdraw(episode))
        assert withdraw(episode, at=LATER)

    @pytest.mark.parametrize(
        ("start", "end"), [(-1, 5), (5, 5), (6, 5), (60 * SECOND, 61 * SECOND)]
    )
    def test_refuses_a_span_outside_of_the_recording(self, start, end):
        with pytest.raises(withdrawals.Nothing, match=r"inside the recording, which is 60\.0 s"):
            withdraw(Span(make.episode(), start, end))

    def test_takes_any_span_of_what_was_not_decoded_yet(self):
        assert withdraw(Span(make.episode(n_samples=None), 10**9, 10**10))

    def test_refuses_a_speaker_whom_nobody_is_any_more(self):
        with pytest.raises(withdrawals.Nothing, match="numbered anew"):
            withdraw(make.speaker())

    def test_closes_the_runs_that_wait_and_leaves_those_that_run(self):
        episode = make.episode()
        waiting = make.run(episode, stage="cut", done_at=None, outcome="")
        running = make.run(episode, stage="fetch", done_at=None, outcome="", claimed_at=NOW)
        withdraw(episode)
        waiting.refresh_from_db(), running.refresh_from_db()
        assert (waiting.outcome, waiting.reason) == ("filtered", roads.WITHDRAWN)
        assert running.done_at is None

    def test_is_append_only(self):
        row = withdraw(make.episode())
        with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
            cursor.execute("UPDATE corpus_withdrawal SET reason = 'x' WHERE id = %s", [row.pk])


class TestCopies:
    """A copy in another podcast is the same sound: whichever of them is withdrawn bars the other."""

    @pytest.fixture
    def both(self):
        file = files.key_of(make.sha256("same bytes"), ".mp3")
        clip = make.eligible_clip(episode=make.episode(source_file=file))
        copy = make.episode(source_file=file)
        twins.settle(copy, at=NOW)
        return clip, copy

    def test_of_what_is_withdrawn_are_not_rated_either(self, both):
        clip, copy = both
        assert clip in standing()
        withdraw(copy)
        assert clip not in standing()
        assert not Clip.objects.playable().exists()

    def test_give_way_to_the_first_again_where_it_is_lifted(self, both):
        clip, copy = both
        row = withdraw(copy.podcast)
        twins.settle(clip.episode, at=NOW)  # as the next one that is fetched would
        reinstate(row)
        assert clip in standing()
        assert Episode.objects.get(pk=copy.pk).duplicate_of == clip.episode


class TestWhatComesLater:
    def test_clips_cut_from_a_withdrawn_span_are_out(self):
        voice = make.voice()
        withdraw(Span(voice.episode, 0, 4 * SECOND))
        clip = make.eligible_clip(voice, start=3 * SECOND)
        assert clip not in standing()
        marks.catch_up()
        assert_out(clip)

    def test_clips_cut_from_a_withdrawn_voice_are_out(self):
        voice = make.voice()
        withdraw(voice.speaker)
        clip = make.eligible_clip(voice)
        assert clip not in standing()
        marks.catch_up()
        assert_out(clip)

    def test_a_voice_that_is_recognised_later_is_out_with_the_comparison(self, people):
        anna, bert, *_ = people
        withdraw(anna.voice.speaker)
        voice = make.voice(label="new", embedding=VECTORS["anna"], speaker=None)
        clip = make.eligible_clip(voice)
        identify()
        assert_out(clip, anna)
        assert_in(bert)

    def test_speakers_that_are_numbered_anew_do_not_let_anybody_in(self, people):
        anna, bert, anna_again, bert_again = people
        withdraw(anna.voice.speaker)
        # the other voice goes to somebody else, and Bert gets Anna's old number
        Voice.objects.filter(pk=anna_again.voice_id).update(speaker=make.speaker())
        Voice.objects.filter(pk=anna.voice_id).update(speaker=make.speaker())
        moved = Voice.objects.filter(pk__in=[bert.voice_id, bert_again.voice_id])
        moved.update(speaker=anna.voice.speaker)
        assert_out(anna, anna_again)
        assert_in(bert, bert_again)

    def test_whoever_joins_either_part_of_a_split_speaker_is_out(self, people):
        anna, bert, anna_again, _ = people
        withdraw(anna.voice.speaker)
        elsewhere = make.speaker()
        Voice.objects.filter(pk=anna_again.voice_id).update(speaker=elsewhere)
        joined = [make.eligible_clip(make.voice(speaker=elsewhere))]
        joined.append(make.eligible_clip(make.voice(speaker=anna.voice.speaker)))
        assert not set(joined) & standing()
        marks.catch_up()
        assert_out(*joined)
        assert_in(bert)

    def test_another_diarisation_does_not_let_the_same_seconds_in(self, people):
        anna, bert, *_ = people
        withdraw(anna.voice.speaker)
        voice = make.voice(anna.episode, label="nobody yet", speaker=None)
        again = make.eligible_clip(voice, start=anna.start + SECOND)
        free = make.eligible_clip(voice, start=30 * SECOND)
        assert again not in standing()
        assert free in standing()
        marks.catch_up()
        assert_out(again)
        assert_in(bert, free)

    def test_voices_nobody_compared_yet_are_not_taken_for_the_speaker(self, people):
        anna, *_ = people
        withdraw(anna.voice.speaker)
        assert_in(make.eligible_clip(make.voice(speaker=None)))

    def test_episodes_that_came_behind_the_back_of_a_podcast_s_withdrawal_are_marked(self):
        podcast = make.podcast()
        row = withdraw(podcast)
        late = make.episode(podcast=podcast)
        assert marks.catch_up() == 1
        assert Episode.objects.get(pk=late.pk).withdrawal == row
        assert marks.catch_up() == 0

    def test_episodes_that_came_while_it_was_lifted_are_in(self):
        podcast = make.podcast()
        row = withdraw(podcast)
        reinstate(row)  # which does not see what a refresh has written, and not committed yet
        clip = make.eligible_clip(episode=make.episode(podcast=podcast, withdrawal=row))
        assert clip not in standing()
        assert marks.catch_up() == 1
        assert_in(clip)

    def test_the_mark_goes_where_a_voice_is_another_person_s_after_all(self, people):
        anna, bert, _, late = people
        Voice.objects.filter(pk__in=[late.voice.pk, bert.voice.pk]).update(speaker=None)
        row = withdraw(anna.voice.speaker)
        Voice.objects.filter(pk=late.voice.pk).update(speaker=anna.voice.speaker)
        marks.catch_up()
        assert_out(late)
        Voice.objects.filter(pk=late.voice.pk).update(speaker=make.speaker())
        marks.catch_up()
        assert_in(late, bert)
        assert Clip.objects.get(pk=anna.pk).withdrawal == row


class TestReinstate:
    @pytest.mark.parametrize("kind", ["podcast", "episode", "speaker", "span"])
    def test_lets_it_stand_again(self, kind):
        clip = make.eligible_clip()
        target = {
            "podcast": clip.episode.podcast,
            "episode": clip.episode,
            "speaker": clip.voice.speaker,
            "span": Span(clip.episode, 0, SECOND),
        }[kind]
        row = withdraw(target)
        assert_out(clip)
        lifted = reinstate(row, by=None)
        assert_in(clip)
        assert (lifted.reason, lifted.at) == ("It was a mistake.", LATER)

    def test_keeps_the_effect_of_another_withdrawal_of_the_same(self):
        clip = make.eligible_clip()
        first = withdraw(clip.episode)
        second = withdraw(clip.episode.podcast)
        reinstate(first)
        assert_out(clip)
        assert Episode.objects.get(pk=clip.episode_id).withdrawal == second
        reinstate(second)
        assert_in(clip)

    def test_keeps_the_span_when_the_podcast_comes_back(self):
        first, second = (make.eligible_clip(voice) for voice in [make.voice()] * 2)
        withdraw(Span(first.episode, first.start, first.end))
        reinstate(withdraw(first.episode.podcast))
        assert_out(first)
        assert_in(second)

    def test_keeps_the_second_of_two_requests_for_the_same_span(self):
        clip = make.eligible_clip()
        span = Span(clip.episode, 0, SECOND)
        first, second = withdraw(span, requester="Anna"), withdraw(span, requester="Bert")
        reinstate(first)
        assert_out(clip)
        assert withdrawals.of_clip(clip) == second

    def test_keeps_who_was_withdrawn_as_speaker_and_by_span(self, people):
        anna, *_ = people
        span = withdraw(Span(anna.episode, anna.start, anna.end))
        speaker = withdraw(anna.voice.speaker)
        reinstate(span)
        assert_out(anna)
        reinstate(speaker)
        assert_in(anna)

    def test_needs_a_reason(self):
        row = withdraw(make.episode())
        with pytest.raises(withdrawals.NoReason):
            reinstate(row, reason=" ")
        assert not Reinstatement.objects.exists()

    def test_happens_once(self):
        row = withdraw(make.episode())
        reinstate(row)
        with pytest.raises(withdrawals.Already):
            reinstate(row)

    def test_comes_too_late_once_the_erasure_has_begun(self):
        clip = make.eligible_clip()
        row = withdraw(clip.episode)
        withdrawals.erase(withdrawal=row, at=LATER)
        with pytest.raises(withdrawals.TooLate):
            reinstate(row)
        assert_out(clip)

    def test_lifts_a_podcast_of_which_a_span_was_erased(self):
        first, second = (make.eligible_clip(voice) for voice in [make.voice()] * 2)
        whole = withdraw(first.episode.podcast)
        span = withdraw(Span(first.episode, first.start, first.end))
        withdrawals.erase(withdrawal=span, at=LATER)
        reinstate(whole)
        assert_out(first)
        assert_in(second)

    def test_makes_the_road_due_again(self):
        episode = make.episode()
        recipes = {name: Recipe(f"tests.{name}", "1", {}) for name in roads.NAMES}
        (run,) = runs.plan(episode=episode, recipes=recipes, at=NOW)
        row = withdraw(episode)
        runs.plan_missing(recipes=recipes, at=NOW)
        assert StageRun.objects.get(pk=run.pk).reason == roads.WITHDRAWN
        reinstate(row)
        runs.plan_missing(recipes=recipes, at=LATER)
        assert StageRun.objects.get(pk=run.pk).done_at is None


class TestReach:
    def test_counts_what_would_go(self, people):
        anna, *_ = people
        make.clip(anna.voice, superseded_at=NOW)
        found = withdrawals.reach(anna.voice.speaker)
        assert (found.clips, found.seconds, found.episodes) == (2, 8.0, 2)

    def test_names_the_releases_that_hold_some(self):
        clip = make.eligible_clip()
        release = make.release(version="1.0.0")
        release.items.create(clip=clip, partition="Train")
        make.release(version="2.0.0").items.create(clip=make.eligible_clip(), partition="Train")
        assert withdrawals.reach(clip.episode).releases == ("emocast 1.0.0",)

    def test_counts_nothing_twice(self):
        clip = make.eligible_clip()
        withdraw(Span(clip.episode, 0, SECOND))
        assert withdrawals.reach(clip.episode.podcast).clips == 0

    def test_asks_no_more_questions_for_more_clips(self, django_assert_num_queries):
        voice = make.voice()
        for n in (1, 5):
            for _ in range(n):
                make.eligible_clip(voice)
            with django_assert_num_queries(3):
                withdrawals.reach(voice.episode)


class TestOfClip:
    def test_is_the_earliest_that_stands(self):
        clip = make.eligible_clip()
        first = withdraw(clip.voice.speaker)
        second = withdraw(clip.episode)
        assert withdrawals.of_clip(clip) == first
        reinstate(first)
        assert withdrawals.of_clip(clip) == second

    def test_is_nothing_for_a_clip_that_stands(self):
        assert withdrawals.of_clip(make.eligible_clip()) is None
