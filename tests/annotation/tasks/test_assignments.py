"""The reaper."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import Assignment, CampaignClip
from annotation.tasks.assignments import expire
from tests.factories import annotation as make

pytestmark = pytest.mark.django_db


class TestExpire:
    def test_running_it_twice_is_running_it_once(self):
        place = make.campaign_clip(make.campaign(), n_live=2)
        over = make.assignment(place, make.rater())  # its lease ended long ago
        lasts = make.assignment(
            place, make.rater(), expires_at=timezone.now() + timedelta(minutes=5)
        )
        for _ in range(2):
            expire()
            assert CampaignClip.objects.get().n_live == 1
            assert list(Assignment.objects.live()) == [lasts]
        over.refresh_from_db()
        assert over.outcome == "expired"
