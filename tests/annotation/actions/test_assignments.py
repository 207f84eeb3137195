"""The queue hands each clip to as many raters as it needs, and no rater the same one twice."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.actions import assignments, claims, ratings
from annotation.actions.exports import ConsensusTable
from annotation.actions.ratings import Hearing
from annotation.core.scores import Answer
from annotation.models import Assignment, CampaignClip
from corpus.actions import withdrawals
from corpus.actions.release_content import NothingToRelease, Wish, choose
from tests.factories import annotation as make
from tests.factories import corpus
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + claims.LEASE + timedelta(seconds=1)
ANSWER = Answer(valence=4, arousal=4, dominance=4, primary="Neutral")


@pytest.fixture
def voice():
    return corpus.voice()


@pytest.fixture
def campaign(voice):
    """Open, with four clips of one voice that need two raters each."""
    clips = [corpus.eligible_clip(voice) for _ in range(4)]
    return make.campaign(*clips, state="open", need=2)


@pytest.fixture
def rater():
    return make.rater()


def take(rater, campaign, at=NOW):
    return assignments.take_next(rater=rater, campaign=campaign, at=at)


def send(row, at=None, **changed):
    given = {
        "rater": row.rater,
        "token": row.token,
        "client_uuid": uuid.uuid4(),
        "answer": ANSWER,
        "hearing": Hearing(plays=1, heard_ms=4000),
        "at": at or row.shown_at + timedelta(seconds=8),
    }
    return ratings.submit(**{**given, **changed})


def counters(campaign):
    return {
        place.clip_id: (place.n_done, place.n_live) for place in campaign.clips.order_by("clip")
    }


class TestTakeNext:
    def test_leases_a_clip_for_twenty_minutes(self, rater, campaign):
        row = take(rater, campaign)
        assert (row.slot, row.shown_at, row.position) == ("open", NOW, 1)
        assert row.expires_at == NOW + timedelta(minutes=20)
        assert counters(campaign)[row.clip_id] == (0, 1)

    def test_gives_the_same_clip_again_until_it_is_answered(self, rater, campaign):
        first = take(rater, campaign)
        again = take(rater, campaign, at=NOW + timedelta(minutes=5))
        assert (again.pk, again.shown_at) == (first.pk, NOW)
        assert again.expires_at == NOW + timedelta(minutes=25)
        assert counters(campaign)[first.clip_id] == (0, 1)

    def test_renews_an_own_lease_that_ended_before_the_reaper_came(self, rater, campaign):
        first = take(rater, campaign)
        again = take(rater, campaign, at=LATER)
        assert again.pk == first.pk
        assert assignments.expire(at=LATER) == 0

    def test_never_gives_a_rater_a_clip_twice(self, rater, campaign):
        heard = []
        while row := take(rater, campaign):
            send(row)
            heard.append(row.clip_id)
        assert sorted(heard) == sorted(counters(campaign))

    def test_counts_what_the_rater_was_given(self, rater, campaign):
        positions = []
        while row := take(rater, campaign):
            send(row)
            positions.append(row.position)
        assert positions == [1, 2, 3, 4]

    def test_gives_each_clip_to_as_many_raters_as_it_needs(self, campaign):
        for person in (make.rater(), make.rater(), make.rater()):
            while row := take(person, campaign):
                send(row)
        assert set(counters(campaign).values()) == {(2, 0)}

    def test_holds_places_for_those_who_listen_now(self, voice):
        campaign = make.campaign(corpus.eligible_clip(voice), state="open", need=1)
        assert take(make.rater(), campaign) is not None
        assert take(make.rater(), campaign) is None

    def test_gives_a_place_that_came_back_to_the_next_rater(self, voice):
        campaign = make.campaign(corpus.eligible_clip(voice), state="open", need=1)
        take(make.rater(), campaign)
        assignments.expire(at=LATER)
        assert take(make.rater(), campaign, at=LATER) is not None

    def test_opens_a_returned_clip_again_under_its_old_address(self, rater, voice):
        campaign = make.campaign(corpus.eligible_clip(voice), state="open", need=1)
        first = take(rater, campaign)
        assignments.expire(at=LATER)
        again = take(rater, campaign, at=LATER)
        assert (again.pk, again.token, again.position) == (first.pk, first.token, 2)
        assert (again.closed_at, again.outcome, again.shown_at) == (None, "", LATER)
        assert counters(campaign)[first.clip_id] == (0, 1)

    def test_finishes_a_wave_before_the_next(self, rater, voice):
        campaign = make.campaign(state="open", need=1)
        waves = {}
        for wave in (1, 0, 1, 0):
            waves[make.campaign_clip(campaign, corpus.eligible_clip(voice), wave=wave).clip_id] = (
                wave
            )
        order = []
        while row := take(rater, campaign):
            send(row)
            order.append(waves[row.clip_id])
        assert order == [0, 0, 1, 1]

    def test_goes_past_a_wave_that_may_not_be_played(self, rater, voice):
        campaign = make.campaign(state="open", need=1)
        old = corpus.eligible_clip(voice, superseded_at=NOW)
        make.campaign_clip(campaign, old, wave=0)
        place = make.campaign_clip(campaign, corpus.eligible_clip(voice), wave=1)
        assert take(rater, campaign).clip_id == place.clip_id

    def test_puts_clips_in_an_order_of_each_raters_own(self, voice):
        campaign = make.campaign(
            *(corpus.eligible_clip(voice) for _ in range(8)), state="open", need=9
        )
        orders = []
        for person in (make.rater(), make.rater()):
            order = []
            while row := take(person, campaign):
                send(row)
                order.append(row.clip_id)
            orders.append(order)
        assert orders[0] != orders[1]

    def test_keeps_one_speaker_from_coming_three_times_in_five(self, rater):
        voices = [corpus.voice() for _ in range(4)]
        clips = [corpus.eligible_clip(voice) for voice in voices for _ in range(3)]
        campaign = make.campaign(*clips, state="open", need=1)
        speakers = []
        while row := take(rater, campaign):
            send(row)
            speakers.append(row.clip.voice.speaker_id)
        first = speakers[:9]  # the last ones have no choice left
        windows = [first[i : i + 5] for i in range(len(first) - 4)]
        assert all(max(window.count(s) for s in window) <= 2 for window in windows)

    @pytest.mark.parametrize("state", ["draft", "paused", "closed"])
    def test_gives_nothing_unless_the_campaign_is_open(self, rater, campaign, state):
        campaign.state = state
        assert take(rater, campaign) is None

    def test_leaves_out_clips_whose_licence_was_withdrawn(self, rater, campaign, voice):
        voice.episode.licence = corpus.licence(voice.episode, verdict="refused")
        voice.episode.save()
        assert take(rater, campaign) is None

    def test_leaves_out_clips_of_an_episode_that_is_a_copy(self, rater, campaign, voice):
        voice.episode.duplicate_of = corpus.episode()
        voice.episode.save()
        assert take(rater, campaign) is None

    def test_leaves_out_clips_that_a_newer_cut_replaced(self, rater, campaign, voice):
        voice.episode.clips.update(superseded_at=NOW)
        assert take(rater, campaign) is None

    def test_leaves_out_clips_that_the_rater_rated_elsewhere_in_the_campaign(self, rater, campaign):
        for place in campaign.clips.all()[:3]:
            make.rating(campaign, place.clip, rater)
        row = take(rater, campaign)
        send(row)
        assert take(rater, campaign) is None

    def test_never_returns_a_lease_that_the_reaper_ended(self, rater, campaign):
        first = take(rater, campaign)
        assignments.expire(at=LATER)
        row = take(rater, campaign, at=LATER)
        assert row.closed_at is None
        assert counters(campaign)[row.clip_id] == (0, 1)
        if row.clip_id != first.clip_id:
            assert counters(campaign)[first.clip_id] == (0, 0)

    def test_and_its_answer_need_twelve_statements_at_most(self, rater, campaign):
        send(take(rater, campaign))
        with CaptureQueriesContext(
            connection,
        ) as statements:
            send(take(rater, campaign))
        asked = [q["sql"] for q in statements if "SAVEPOINT" not in q["sql"]]
        assert len(asked) <= 12, "\n".join(asked)


class TestTakeTwo:
    def two(self, rater, campaign, at=NOW):
        return assignments.take_two(rater=rater, campaign=campaign, at=at)

    def test_holds_a_second_clip_that_comes_next(self, rater, campaign):
        first, ahead = self.two(rater, campaign)
        assert (first.slot, ahead.slot, ahead.shown_at) == ("open", "prefetched", None)
        assert (first.position, ahead.position) == (1, 2)
        send(first)
        later = NOW + timedelta(seconds=9)
        shown, _ = self.two(rater, campaign, at=later)
        assert (shown.pk, shown.slot, shown.shown_at) == (ahead.pk, "open", later)

    def test_gives_the_same_two_again_and_keeps_them_longer(self, rater, campaign):
        first = self.two(rater, campaign)
        again = self.two(rater, campaign, at=NOW + timedelta(minutes=1))
        assert [row.pk for row in again] == [row.pk for row in first]
        ends = Assignment.objects.live().values_list("expires_at", flat=True)
        assert set(ends) == {NOW + timedelta(minutes=21)}
        assert sum(live for _, live in counters(campaign).values()) == 2

    def test_is_what_take_next_gives(self, rater, campaign):
        shown, _ = self.two(rater, campaign)
        assert take(rater, campaign).pk == shown.pk

    def test_stops_near_the_end_so_that_no_clip_hides_in_a_browser(self, rater, voice):
        campaign = make.campaign(
            *(corpus.eligible_clip(voice) for _ in range(2)), state="open", need=1
        )
        shown, ahead = self.two(rater, campaign)
        assert shown is not None
        assert ahead is None

    def test_is_nothing_where_there_is_no_first(self, rater, voice):
        assert self.two(rater, make.campaign(state="open")) == (None, None)

    def test_gives_nothing_unless_the_campaign_is_open(self, rater, campaign):
        campaign.state = "paused"
        assert self.two(rater, campaign) == (None, None)


class TestRenew:
    def test_makes_a_lease_last(self, rater, campaign):
        row = take(rater, campaign)
        at = NOW + timedelta(minutes=19)
        assert assignments.renew(rater=rater, token=row.token, at=at)
        assert assignments.expire(at=LATER) == 0

    def test_says_when_the_clip_was_given_away(self, rater, campaign):
        row = take(rater, campaign)
        assignments.expire(at=LATER)
        assert not assignments.renew(rater=rater, token=row.token, at=LATER)

    def test_is_nothing_for_anybody_else(self, rater, campaign):
        row = take(rater, campaign)
        assert not assignments.renew(rater=make.rater(), token=row.token, at=NOW)


class TestSkip:
    def skip(self, row, at=NOW, reason="upsets_me", rater=None):
        return assignments.skip(rater=rater or row.rater, token=row.token, reason=reason, at=at)

    def test_frees_the_place_and_keeps_the_reason(self, rater, campaign):
        row = take(rater, campaign)
        assert self.skip(row)
        row.refresh_from_db()
        assert (row.outcome, row.reason, row.closed_at) == ("skipped", "upsets_me", NOW)
        assert counters(campaign)[row.clip_id] == (0, 0)

    def test_takes_turns_with_other_tabs_of_this_rater(self, rater, campaign):
        row = take(rater, campaign)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            self.skip(row)
        locks = [query["sql"] for query in queries if "FOR " in query["sql"]]
        assert '"annotation_rater"' in locks[0]
        assert "FOR NO KEY UPDATE" in locks[0]

    def test_never_brings_the_clip_back_to_this_rater(self, rater, campaign):
        skipped = take(rater, campaign)
        self.skip(skipped)
        heard = []
        while row := take(rater, campaign):
            send(row)
            heard.append(row.clip_id)
        assert len(heard) == 3
        assert skipped.clip_id not in heard

    def test_twice_is_once(self, rater, campaign):
        row = take(rater, campaign)
        assert self.skip(row)
        assert not self.skip(row)
        assert counters(campaign)[row.clip_id] == (0, 0)

    def test_counts_for_a_lease_that_had_ended_too(self, rater, voice):
        campaign = make.campaign(corpus.eligible_clip(voice), state="open", need=1)
        row = take(rater, campaign)
        assignments.expire(at=LATER)
        assert self.skip(row, at=LATER)
        assert counters(campaign)[row.clip_id] == (0, 0)
        assert take(rater, campaign, at=LATER) is None

    def test_is_nothing_for_anybody_else(self, rater, campaign):
        row = take(rater, campaign)
        assert not self.skip(row, rater=make.rater())
        assert counters(campaign)[row.clip_id] == (0, 1)

    def test_needs_a_reason_from_the_list(self, rater, campaign):
        with pytest.raises(ValueError, match="no reason to skip"):
            self.skip(take(rater, campaign), reason="boring")


class TestExpire:
    def test_gives_back_what_nobody_answered(self, campaign):
        rows = [take(make.rater(), campaign) for _ in range(3)]
        assert assignments.expire(at=LATER) == 3
        assert set(counters(campaign).values()) == {(0, 0)}
        assert set(Assignment.objects.values_list("outcome", flat=True)) == {"expired"}
        assert len(rows) == 3

    def test_twice_is_once(self, campaign):
        take(make.rater(), campaign)
        assignments.expire(at=LATER)
        assert assignments.expire(at=LATER) == 0
        assert set(counters(campaign).values()) == {(0, 0)}

    def test_leaves_leases_that_last(self, rater, campaign):
        row = take(rater, campaign)
        assert assignments.expire(at=row.expires_at) == 0


class TestLeft:
    def test_counts_what_this_rater_could_still_rate(self, rater, campaign):
        def left(most=40):
            return assignments.left(rater=rater, campaign=campaign, most=most)

        assert (left(), left(most=3)) == (4, 3)
        row = take(rater, campaign)
        assert left() == 4  # the one on the screen is to be rated too
        send(row)
        assert left() == 3
        CampaignClip.objects.update(n_done=2)
        assert left() == 0


class TestWhyNothing:
    def why(self, rater, campaign, at=NOW):
        return assignments.why_nothing(rater=rater, campaign=campaign, at=at)

    def test_names_a_state_that_gives_out_nothing(self, rater, campaign):
        campaign.state = "paused"
        assert "is Paused" in self.why(rater, campaign)

    def test_says_that_there_are_no_clips(self, rater):
        assert "no clips yet" in self.why(rater, make.campaign(state="open"))

    def test_thanks_when_everything_is_complete(self, rater, campaign):
        CampaignClip.objects.update(n_done=2)
        assert "all the ratings it needs" in self.why(rater, campaign)

    def test_thanks_a_rater_who_heard_all_that_is_left(self, rater, campaign):
        while row := take(rater, campaign):
            send(row)
        assert "You have heard every clip" in self.why(rater, campaign)

    def test_says_when_a_lease_of_another_ends(self, rater, voice):
        campaign = make.campaign(corpus.eligible_clip(voice), state="open", need=1)
        take(make.rater(), campaign)
        assert "with other raters" in self.why(rater, campaign)
        assert "at 12:20 UTC" in self.why(rater, campaign)

    def test_does_not_speak_of_clips_that_may_not_be_played(self, rater, campaign, voice):
        voice.episode.clips.update(superseded_at=NOW)
        assert "with other raters" not in self.why(rater, campaign)


class TestWithdrawal:
    """What is taken back leaves every screen with the next request."""

    @staticmethod
    def withdraw(target):
        given = {"reason": "Her wish.", "reason_class": "speaker", "by": None, "at": NOW}
        return withdrawals.withdraw(target=target, grace=timedelta(days=30), **given)

    @pytest.fixture(params=["podcast", "episode", "speaker", "span"])
    def target(self, request):
        """Of a clip: what is withdrawn, and with it the clip."""

        def of(clip):
            return {
                "podcast": clip.episode.podcast,
                "episode": clip.episode,
                "speaker": clip.voice.speaker,
                "span": withdrawals.Span(clip.episode, clip.start, clip.end),
            }[request.param]

        return of

    @pytest.fixture
    def mixed(self):
        """Open, with a clip each of three people in three podcasts."""
        clips = [corpus.eligible_clip() for _ in range(3)]
        return make.campaign(*clips, state="open", need=2)

    def test_gives_the_clip_to_nobody_any_more(self, mixed, target):
        clip = mixed.clips.first().clip
        self.withdraw(target(clip))
        raters = [make.rater() for _ in range(2)]
        for rater in raters:
            seen = []
            while row := take(rater, mixed):
                send(row)
                seen.append(row.clip)
            assert len(seen) == 2
            assert clip not in seen
        why = assignments.why_nothing(rater=raters[0], campaign=mixed, at=NOW)
        assert why == "Every clip has all the ratings it needs. Thank you!"
        assert assignments.left(rater=make.rater(), campaign=mixed, most=9) == 0

    def test_takes_the_clip_off_the_screen_with_the_next_request(self, rater, mixed, target):
        held = take(rater, mixed)
        self.withdraw(target(held.clip))
        later = NOW + timedelta(minutes=1)
        shown = take(rater, mixed, at=later)
        assert shown.clip != held.clip
        held.refresh_from_db()
        assert (held.outcome, held.reason, held.closed_at) == ("released", "withdrawn", later)
        assert counters(mixed)[held.clip_id] == (0, 0)
        assert counters(mixed)[shown.clip_id] == (0, 1)

    def test_takes_back_the_clip_that_was_fetched_ahead(self, rater, mixed, target):
        CampaignClip.objects.update(need=9)
        shown, ahead = assignments.take_two(rater=rater, campaign=mixed, at=NOW)
        self.withdraw(target(ahead.clip))
        same, other = assignments.take_two(rater=rater, campaign=mixed, at=NOW)
        assert same == shown
        assert other.clip not in (shown.clip, ahead.clip)
        assert counters(mixed)[ahead.clip_id] == (0, 0)

    def test_does_not_show_the_clip_fetched_ahead_after_the_answer(self, rater, mixed, target):
        CampaignClip.objects.update(need=9)
        shown, ahead = assignments.take_two(rater=rater, campaign=mixed, at=NOW)
        self.withdraw(target(ahead.clip))
        send(shown)
        assert take(rater, mixed).clip not in (shown.clip, ahead.clip)

    def test_tells_the_page_that_asks_whether_its_clip_is_still_there(self, rater, mixed, target):
        held = take(rater, mixed)
        assert assignments.renew(rater=rater, token=held.token, at=NOW)
        self.withdraw(target(held.clip))
        assert not assignments.renew(rater=rater, token=held.token, at=NOW)

    def test_keeps_an_answer_that_was_being_typed_and_marks_it_late(self, rater, mixed, target):
        held = take(rater, mixed)
        self.withdraw(target(held.clip))
        assert send(held).is_late
        assert counters(mixed)[held.clip_id] == (1, 0)

    def test_keeps_the_answer_even_after_the_clip_left_the_screen(self, rater, mixed, target):
        held = take(rater, mixed)
        self.withdraw(target(held.clip))
        take(rater, mixed)
        rating = send(held)
        assert rating.is_late
        assert send(held, client_uuid=rating.client_uuid) == rating
        assert counters(mixed)[held.clip_id] == (1, 0)
        held.refresh_from_db()
        assert held.outcome == "rated"

    def test_does_not_count_the_kept_answer_in_a_release(self, rater, mixed, target):
        held = take(rater, mixed)
        self.withdraw(target(held.clip))
        send(held)
        with pytest.raises(NothingToRelease, match="1 rated clips were withdrawn"):
            choose(wish=Wish(campaigns=(mixed.name,)), table=ConsensusTable())

    def test_gives_the_clip_again_once_it_was_lifted(self, rater, mixed, target):
        clip = mixed.clips.first().clip
        row = self.withdraw(target(clip))
        withdrawals.reinstate(withdrawal=row, reason="An error.", by=None, at=NOW)
        seen = []
        while held := take(rater, mixed):
            send(held)
            seen.append(held.clip)
        assert clip in seen

    def test_asks_the_database_no_more_than_before(self, rater, campaign):
        first = take(rater, campaign)
        with CaptureQueriesContext(connection) as plain:
            take(rater, campaign)
        self.withdraw(corpus.episode())
        with CaptureQueriesContext(connection) as asked:
            assert take(rater, campaign) == first
        assert len(asked) == len(plain)
