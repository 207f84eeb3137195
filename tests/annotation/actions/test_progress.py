"""How far campaigns are, in counts."""

import pytest

from annotation.actions import progress
from tests.factories import annotation as make
from tests.factories import corpus
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


class TestProgress:
    def test_counts_clips_ratings_raters_and_leases(self):
        campaign = make.campaign(state="open", need=1)
        done = make.campaign_clip(campaign, n_done=1)
        held = make.campaign_clip(campaign, n_live=1)
        first = make.rating(campaign, done.clip)
        make.rating(campaign, done.clip, make.rater(code="script", is_simulated=True))
        make.rating(campaign, done.clip, first.rater, replaces=first)
        make.assignment(held, make.rater())
        make.assignment(done, first.rater, closed_at=NOW, outcome="rated")
        assert progress.of(campaign) == {
            "campaign": campaign.name,
            "state": "open",
            "need": 1,
            "clips": 2,
            "complete": 1,
            "ratings": 2,
            "simulated_ratings": 1,
            "raters": 2,
            "leases": 1,
        }

    def test_lists_campaigns_by_name(self):
        for name in ("b", "a"):
            make.campaign(corpus.clip(), name=name)
        assert [row["campaign"] for row in progress.of_campaigns()] == ["a", "b"]
