"""A rating is recorded once, whatever the network does."""

import uuid
from datetime import timedelta

import pytest

from annotation.actions import assignments, claims, ratings
from annotation.actions.ratings import Hearing
from annotation.core.scores import Answer
from annotation.models import Assignment, Rating
from tests.factories import annotation as make
from tests.factories import corpus
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
ANSWER = Answer(valence=2, arousal=6, dominance=5, primary="Angry", secondaries=("Annoyed",))
LATER = NOW + claims.LEASE + timedelta(seconds=1)


@pytest.fixture
def campaign():
    return make.campaign(corpus.eligible_clip(), state="open", need=2)


@pytest.fixture
def row(campaign):
    """A clip of four seconds on a rater's screen."""
    return assignments.take_next(rater=make.rater(), campaign=campaign, at=NOW)


def send(row, **changed):
    given = {
        "rater": row.rater,
        "token": row.token,
        "client_uuid": uuid.uuid5(row.token, "rating"),
        "answer": ANSWER,
        "hearing": Hearing(plays=1, heard_ms=4000),
        "at": NOW + timedelta(seconds=10),
    }
    return ratings.submit(**{**given, **changed})


def counters(row):
    row.campaign_clip.refresh_from_db()
    return row.campaign_clip.n_done, row.campaign_clip.n_live


class TestSubmit:
    def test_keeps_the_answer_and_how_it_came_about(self, row):
        rating = Rating.objects.get(pk=send(row, hearing=Hearing(plays=3, heard_ms=4100)).pk)
        assert ratings.answer_of(rating) == ANSWER
        assert (rating.plays, rating.heard_ms, rating.position) == (3, 4100, 1)
        assert (rating.shown_at, rating.rated_at) == (NOW, NOW + timedelta(seconds=10))
        assert (rating.form_version, rating.is_late) == ("msp-podcast/1", False)

    def test_fills_the_place_and_closes_the_lease(self, row):
        send(row)
        row.refresh_from_db()
        assert (row.outcome, row.closed_at) == ("rated", NOW + timedelta(seconds=10))
        assert counters(row) == (1, 0)

    def test_twice_with_one_key_is_once(self, row):
        assert send(row).pk == send(row, answer=Answer()).pk
        assert counters(row) == (1, 0)

    def test_refuses_another_answer_to_the_same_clip(self, row):
        send(row)
        with pytest.raises(ratings.AlreadyRated):
            send(row, client_uuid=uuid.uuid4())
        assert Rating.objects.count() == 1

    def test_refuses_a_key_that_stands_for_the_rating_of_another(self, row, campaign):
        other = assignments.take_next(rater=make.rater(), campaign=campaign, at=NOW)
        taken = send(other)
        with pytest.raises(ratings.AlreadyRated):
            send(row, client_uuid=taken.client_uuid)
        assert counters(row) == (1, 1)

    def test_knows_no_assignment_of_somebody_else(self, row):
        with pytest.raises(ratings.Gone):
            send(row, rater=make.rater())

    def test_knows_no_made_up_token(self, row):
        with pytest.raises(ratings.Gone):
            send(row, token=uuid.uuid4())

    def test_refuses_a_clip_that_was_given_back(self, row):
        Assignment.objects.update(outcome="skipped", closed_at=NOW)
        with pytest.raises(ratings.Gone):
            send(row)

    @pytest.mark.parametrize("state", ["paused", "closed"])
    def test_keeps_the_last_answer_of_a_campaign_that_stopped(self, row, campaign, state):
        campaign.state = state
        campaign.save()
        assert send(row).pk

    def test_names_everything_that_is_wrong(self, row):
        with pytest.raises(ratings.Invalid, match="scale") as caught:
            send(row, answer=Answer(valence=9, primary="Other"))
        fields = [problem.field for problem in caught.value.problems]
        assert fields == ["valence", "arousal", "dominance", "primary_other"]
        assert counters(row) == (0, 1)

    def test_cleans_what_was_typed(self, row):
        typed = Answer(
            valence=1, arousal=1, dominance=1, primary="Other", primary_other=' torn; "really" '
        )
        assert send(row, answer=typed).primary_other == "torn really"


class TestHearing:
    @pytest.mark.parametrize("heard_ms", [3850, 4000, 9000])
    def test_is_complete_within_150_milliseconds(self, row, heard_ms):
        assert send(row, hearing=Hearing(plays=1, heard_ms=heard_ms)).pk

    def test_is_refused_when_the_end_is_missing(self, row):
        with pytest.raises(ratings.NotHeard, match=r"0\.2 s are missing"):
            send(row, hearing=Hearing(plays=1, heard_ms=3800))
        assert Rating.objects.count() == 0

    def test_takes_at_least_the_time_of_the_clip(self, row):
        with pytest.raises(ratings.NotHeard, match="before the clip"):
            send(row, at=NOW + timedelta(seconds=2.9))

    def test_may_have_begun_while_the_page_was_loading(self, row):
        assert send(row, at=NOW + timedelta(seconds=3.1)).pk


class TestLateAnswer:
    def test_is_kept_and_marked(self, row):
        assignments.expire(at=LATER)
        assert send(row, at=LATER).is_late
        assert counters(row) == (1, 0)

    def test_gives_no_place_back_twice(self, row, campaign):
        assignments.expire(at=LATER)
        for _ in range(2):
            other = assignments.take_next(rater=make.rater(), campaign=campaign, at=LATER)
            send(other, at=LATER + timedelta(seconds=9))
        assert send(row, at=LATER + timedelta(seconds=10)).is_late
        assert counters(row) == (3, 0)

    def test_reaches_its_clip_when_the_rater_got_it_once_more(self, row, campaign):
        assignments.expire(at=LATER)
        again = assignments.take_next(rater=row.rater, campaign=campaign, at=LATER)
        assert again.pk == row.pk
        assert not send(row, at=LATER + timedelta(seconds=4)).is_late
        assert counters(row) == (1, 0)

    def test_is_not_late_while_nobody_took_the_lease_away(self, row):
        assert not send(row, at=LATER).is_late


class TestRecord:
    def test_writes_a_rating_that_nobody_saw_on_a_screen(self, campaign):
        clip = campaign.clips.get().clip
        row = ratings.record(
            campaign=campaign,
            clip_id=clip.pk,
            rater=make.rater(code="elsewhere"),
            answer=ANSWER,
            rated_at=NOW,
            at=LATER,
            client_uuid=uuid.uuid4(),
            source="file.csv:2",
        )
        assert (row.rated_at, row.received_at, row.source) == (NOW, LATER, "file.csv:2")
        assert (row.plays, row.shown_at, row.position) == (None, None, None)
