"""Labels and figures after ratings changed."""

import pytest

from annotation.models import Agreement, Consensus
from annotation.tasks.consensus import recompute, recompute_stale
from tests.factories import annotation as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rating():
    place = make.campaign_clip(make.campaign())
    return make.rating(place.campaign, place.clip, primary="Fear")


class TestRecompute:
    def test_running_it_twice_is_running_it_once(self, rating):
        for _ in range(2):
            recompute(campaign_id=rating.campaign_id, clip_id=rating.clip_id)
            assert Consensus.objects.get().code == "F"


class TestRecomputeStale:
    def test_running_it_twice_is_running_it_once(self, rating):
        times = []
        for _ in range(2):
            recompute_stale()
            times.append((Consensus.objects.get().computed_at, Agreement.objects.get().computed_at))
        assert times[0] == times[1]
