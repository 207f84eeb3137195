"""What the database itself refuses of leases."""

import pytest
from django.db import IntegrityError, transaction

from annotation.models import Assignment
from tests.factories import annotation as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
RATED = {"closed_at": NOW, "outcome": "rated"}


class TestAssignment:
    def test_gives_a_rater_a_clip_once(self):
        first = make.assignment(make.campaign_clip(make.campaign()), make.rater(), **RATED)
        with pytest.raises(IntegrityError, match="a_rater_hears_a_clip_once"), transaction.atomic():
            make.assignment(first.campaign_clip, first.rater)

    @pytest.mark.parametrize("slot", Assignment.Slot.values)
    def test_leaves_a_rater_one_per_slot(self, slot):
        campaign, rater = make.campaign(), make.rater()
        make.assignment(make.campaign_clip(campaign), rater, slot=slot)
        with pytest.raises(IntegrityError, match="one_assignment_per_slot"), transaction.atomic():
            make.assignment(make.campaign_clip(campaign), rater, slot=slot)

    def test_lets_a_closed_one_leave_its_slot(self):
        campaign, rater = make.campaign(), make.rater()
        make.assignment(make.campaign_clip(campaign), rater, **RATED)
        held = make.assignment(make.campaign_clip(campaign), rater)
        assert list(Assignment.objects.live()) == [held]

    @pytest.mark.parametrize("half", [{"closed_at": NOW}, {"outcome": "rated"}])
    def test_closes_with_an_outcome_or_not_at_all(self, half):
        with pytest.raises(IntegrityError, match="has_an_outcome"), transaction.atomic():
            make.assignment(make.campaign_clip(make.campaign()), make.rater(), **half)

    def test_has_an_address_of_its_own(self):
        first = make.assignment(make.campaign_clip(make.campaign()), make.rater())
        with pytest.raises(IntegrityError, match="token"), transaction.atomic():
            make.assignment(make.campaign_clip(make.campaign()), make.rater(), token=first.token)
