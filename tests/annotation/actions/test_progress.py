"""How far campaigns are, in counts."""

from datetime import timedelta

import pytest

from annotation.actions import charts, progress
from corpus.actions import withdrawals
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
            "withdrawn": 0,
            "ratings": 2,
            "simulated_ratings": 1,
            "raters": 2,
            "leases": 1,
        }

    def test_counts_what_was_withdrawn_apart(self):
        campaign = make.campaign(need=1)
        gone = make.campaign_clip(campaign, n_done=1)
        make.campaign_clip(campaign, n_done=1)
        given = {"reason": "Her wish.", "reason_class": "speaker", "by": None, "at": NOW}
        withdrawals.withdraw(target=gone.clip.voice.speaker, grace=timedelta(0), **given)
        found = progress.of(campaign)
        assert [found[name] for name in ("clips", "complete", "withdrawn")] == [1, 1, 1]
        assert charts.of(campaign).n_clips == charts.campaigns().get().n_clips == 1
        assert [bar.n for bar in charts.depth(campaign)] == [0, 1]

    def test_lists_campaigns_by_name(self):
        for name in ("b", "a"):
            make.campaign(corpus.clip(), name=name)
        assert [row["campaign"] for row in progress.of_campaigns()] == ["a", "b"]
