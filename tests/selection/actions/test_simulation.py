"""Scripted raters go through the same queue as people, and are marked."""

from collections import Counter

import pytest

from annotation.models import Assignment, Rater, Rating
from selection.actions import simulation
from tests.factories import annotation as make
from tests.factories import corpus

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    voice = corpus.voice(corpus.episode(audio_url="file:///talk/ep1.mp3"))
    return make.campaign(*(corpus.eligible_clip(voice) for _ in range(4)), state="open", need=3)


def rate(campaign, *, truth=None, n_raters=3):
    steps = []
    made = simulation.rate(
        campaign=campaign, n_raters=n_raters, truth=truth or {}, on_rating=lambda: steps.append(1)
    )
    assert len(steps) == made
    return made


class TestRate:
    def test_fills_the_campaign_and_leaves_no_lease(self, campaign):
        assert rate(campaign) == 12
        assert set(campaign.clips.values_list("n_done", "n_live")) == {(3, 0)}
        assert not Assignment.objects.live().exists()

    def test_marks_every_rater_as_simulated(self, campaign):
        rate(campaign)
        assert list(Rater.objects.order_by("number").values_list("code", "is_simulated")) == [
            ("simulated-1", True),
            ("simulated-2", True),
            ("simulated-3", True),
        ]

    def test_adds_nothing_the_second_time(self, campaign):
        rate(campaign)
        assert rate(campaign) == 0

    def test_goes_on_where_it_was_stopped(self, campaign):
        class Stopped(Exception):
            pass

        left = iter(range(5))

        def count():
            if next(left) == 4:
                raise Stopped

        with pytest.raises(Stopped):
            simulation.rate(campaign=campaign, n_raters=3, truth={}, on_rating=count)
        assert rate(campaign) == 7

    def test_hears_the_mood_where_the_sample_tells_it(self, campaign):
        truth = {"ep1": [(0.0, 60.0, "sad")]}
        rate(campaign, truth=truth)
        heard = Counter(Rating.objects.values_list("primary", flat=True))
        assert set(heard) <= {"Sad", "Neutral"}
        assert heard["Sad"] > heard["Neutral"]

    def test_says_the_same_at_the_same_time_in_another_database(self, campaign):
        def said():
            rows = Rating.objects.order_by("clip__name", "rater__code")
            return list(rows.values_list("clip__name", "rater__code", "valence", "rated_at"))

        rate(campaign)
        first = said()
        again = make.campaign(*(place.clip for place in campaign.clips.all()), state="open", need=3)
        rate(again)
        assert [row for row in said() if row in first] == said()


class TestReadTruth:
    def test_reads_the_moods_beside_a_sample(self, tmp_path):
        (tmp_path / "truth").mkdir()
        table = "episode,start,end,mood\nep1,0.5,2,sad\nep1,2,3.5,happy\n"
        (tmp_path / "truth" / "moods.csv").write_text(table)
        assert simulation.read_truth(tmp_path) == {"ep1": [(0.5, 2.0, "sad"), (2.0, 3.5, "happy")]}

    def test_is_empty_where_there_are_none(self, tmp_path):
        assert simulation.read_truth(tmp_path) == {}
