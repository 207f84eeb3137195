"""What the database itself refuses of campaigns and their queues."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from annotation.models import Campaign, CampaignClip
from tests.factories import annotation as make
from tests.factories import corpus

pytestmark = pytest.mark.django_db


class TestCampaign:
    def test_has_a_name_of_its_own(self):
        make.campaign(name="first")
        with pytest.raises(IntegrityError, match="name"), transaction.atomic():
            make.campaign(name="first")

    def test_needs_at_least_one_rating_per_clip(self):
        with pytest.raises(IntegrityError, match="a_campaign_needs_a_rating"), transaction.atomic():
            make.campaign(need=0)

    def test_is_open_in_one_state_only(self):
        rows = {state: make.campaign(state=state) for state in Campaign.State.values}
        assert list(Campaign.objects.open()) == [rows["open"]]

    def test_keeps_its_clips(self):
        campaign = make.campaign(corpus.clip())
        with pytest.raises(ProtectedError):
            campaign.delete()


class TestCampaignClip:
    def test_is_one_per_clip(self):
        place = make.campaign_clip(make.campaign())
        with (
            pytest.raises(IntegrityError, match="a_campaign_has_a_clip_once"),
            transaction.atomic(),
        ):
            make.campaign_clip(place.campaign, place.clip)

    @pytest.mark.parametrize("counter", ["n_done", "n_live"])
    def test_never_counts_below_nothing(self, counter):
        with pytest.raises(IntegrityError, match=counter), transaction.atomic():
            make.campaign_clip(make.campaign(), **{counter: -1})

    @pytest.mark.parametrize(
        ("done", "live", "wants", "is_complete"),
        [(0, 0, True, False), (1, 1, False, False), (2, 0, False, True), (3, 0, False, True)],
    )
    def test_wants_raters_until_answers_and_leases_fill_it(self, done, live, wants, is_complete):
        make.campaign_clip(make.campaign(), need=2, n_done=done, n_live=live)
        assert CampaignClip.objects.wanting().exists() == wants
        assert CampaignClip.objects.complete().exists() == is_complete
