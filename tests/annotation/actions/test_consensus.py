"""Labels follow from the ratings, and are brought up to date whenever those change."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.actions import consensus
from annotation.models import Consensus
from tests.factories import annotation as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return make.campaign_clip(make.campaign())


def rate(place, **fields):
    return make.rating(place.campaign, place.clip, **fields)


def recompute(place):
    return consensus.recompute(campaign_id=place.campaign_id, clip_id=place.clip_id, at=NOW)


class TestRecompute:
    def test_is_nothing_without_ratings(self, place):
        assert recompute(place) is None
        assert not Consensus.objects.exists()

    def test_takes_the_class_that_most_name_and_plain_means(self, place):
        for primary, valence in (("Angry", 1), ("Angry", 2), ("Sad", 3)):
            rate(place, primary=primary, valence=valence, secondary=["Annoyed"])
        row = recompute(place)
        assert (row.code, row.valence, row.n_ratings) == ("A", 2.0, 3)
        assert row.shares["A"] == pytest.approx(2 / 3)
        assert row.secondary["Annoyed"] == 1.0
        assert row.distribution_pooled is None

    def test_says_x_on_a_tie(self, place):
        rate(place, primary="Angry")
        rate(place, primary="Sad")
        assert recompute(place).code == "X"

    def test_pools_ticks_of_the_wheel(self, place):
        rate(place, primary="", distribution=["joy", "trust"])
        row = recompute(place)
        assert (row.code, row.distribution_pooled["joy"]) == ("", 0.5)

    def test_counts_a_corrected_answer_instead_of_the_first(self, place):
        first = rate(place, primary="Angry")
        rate(place, primary="Sad", rater=first.rater, replaces=first)
        row = recompute(place)
        assert (row.code, row.n_ratings, row.n_rows) == ("S", 1, 2)

    def test_twice_is_once(self, place):
        rate(place)
        assert recompute(place).pk == recompute(place).pk
        assert Consensus.objects.count() == 1


class TestStale:
    def test_finds_what_labels_have_not_seen(self, place):
        assert consensus.stale() == []
        rate(place)
        assert consensus.stale() == [(place.campaign_id, place.clip_id)]
        assert consensus.recompute_stale(at=NOW) == 1
        assert consensus.stale() == []

    def test_finds_a_correction_too(self, place):
        first = rate(place, primary="Angry")
        consensus.recompute_stale(at=NOW)
        rate(place, primary="Sad", rater=first.rater, replaces=first)
        assert consensus.recompute_stale(at=NOW) == 1
        assert Consensus.objects.get().code == "S"

    def test_may_look_at_one_campaign_only(self, place):
        other = make.campaign_clip(make.campaign())
        rate(place)
        rate(other)
        assert consensus.recompute_stale(at=NOW, campaign=other.campaign) == 1
        assert consensus.stale() == [(place.campaign_id, place.clip_id)]

    def test_asks_the_database_for_those_alone(self, place):
        behind = make.campaign_clip(place.campaign)
        rate(place)
        consensus.recompute_stale(at=NOW)
        rate(behind)
        with CaptureQueriesContext(connection) as queries:
            assert consensus.stale() == [(behind.campaign_id, behind.clip_id)]
        assert len(queries) == 1

    def test_leaves_a_clip_of_two_campaigns_apart(self, place):
        other = make.campaign_clip(make.campaign(), place.clip)
        rate(place, primary="Angry")
        rate(other, primary="Sad")
        consensus.recompute_stale(at=NOW)
        assert {row.code for row in Consensus.objects.all()} == {"A", "S"}
        assert consensus.stale() == []
