"""What the database itself refuses of derived labels."""

import pytest
from django.db import IntegrityError, transaction

from tests.factories import annotation as make
from tests.factories import corpus

pytestmark = pytest.mark.django_db


class TestConsensus:
    def test_is_one_per_clip_and_campaign(self):
        row = make.consensus(make.campaign(), corpus.clip())
        make.consensus(make.campaign(), row.clip)
        with (
            pytest.raises(IntegrityError, match="one_consensus_per_campaign"),
            transaction.atomic(),
        ):
            make.consensus(row.campaign, row.clip)

    def test_shows_a_dash_where_nobody_was_asked_for_a_class(self):
        assert str(make.consensus(make.campaign(), corpus.clip(), code="")).startswith("– for")


class TestAgreement:
    def test_is_one_per_campaign(self):
        row = make.agreement(make.campaign())
        with pytest.raises(IntegrityError, match="campaign_id"), transaction.atomic():
            make.agreement(row.campaign)
