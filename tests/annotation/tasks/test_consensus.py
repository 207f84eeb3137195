"""Labels and figures after ratings changed."""

from datetime import timedelta

import pytest

from annotation.models import Agreement, Consensus
from annotation.tasks.consensus import measure_agreement, recompute, recompute_stale
from common.tasks import Lane
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
            times.append(Consensus.objects.get().computed_at)
        assert times[0] == times[1]

    def test_leaves_agreement_to_the_lane_that_has_time(self, rating):
        recompute_stale()
        assert not Agreement.objects.exists()


class TestMeasureAgreement:
    def test_running_it_twice_is_running_it_once(self, rating):
        times = []
        for _ in range(2):
            measure_agreement()
            times.append(Agreement.objects.get().computed_at)
        assert times[0] == times[1]

    def test_keeps_the_light_worker_free_and_comes_once_a_minute(self, settings):
        assert measure_agreement.lane == Lane.CPU
        name = "annotation.tasks.consensus.measure_agreement"
        (entry,) = (e for e in settings.CELERY_BEAT_SCHEDULE.values() if e["task"] == name)
        assert entry["schedule"] >= timedelta(minutes=1)
