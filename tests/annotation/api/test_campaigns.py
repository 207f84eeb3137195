import pytest

from annotation.models import Campaign
from tests.factories import annotation, corpus
from tests.factories.api import client

pytestmark = pytest.mark.django_db


def rows(someone, **wish):
    return someone.get("/api/v1/campaigns/", wish).data["results"]


class TestCampaigns:
    def test_tell_curators_how_far_they_are(self):
        done, begun, fresh = (corpus.eligible_clip() for _ in range(3))
        campaign = annotation.campaign(fresh, need=1)
        annotation.campaign_clip(campaign, done, n_done=1)
        annotation.campaign_clip(campaign, begun, need=2, n_done=1)
        first = annotation.rating(campaign, done)
        annotation.rating(campaign, done, first.rater, replaces=first)
        annotation.rating(campaign, begun)
        (row,) = rows(client("curator"))
        assert row["progress"] == {"n_clips": 3, "n_complete": 1, "n_ratings": 2}
        assert row["need"] == 1
        assert row["protocol"]["name"] == "msp-podcast"
        assert row["protocol"]["required"] == ["valence", "arousal", "dominance", "primary"]

    def test_count_nothing_where_there_is_nothing(self):
        annotation.campaign()
        (row,) = rows(client("curator"))
        assert row["progress"] == {"n_clips": 0, "n_complete": 0, "n_ratings": 0}

    def test_show_raters_the_open_ones_without_what_others_did(self):
        shown = annotation.campaign(corpus.eligible_clip(), state="open")
        hidden = [annotation.campaign(state=state) for state in ("draft", "paused", "closed")]
        rater = client("rater")
        (row,) = rows(rater)
        assert (row["name"], row["progress"]) == (shown.name, None)
        assert rater.get(f"/api/v1/campaigns/{shown.name}/").status_code == 200
        for campaign in hidden:
            assert rater.get(f"/api/v1/campaigns/{campaign.name}/").status_code == 404

    def test_are_filtered_by_state(self):
        annotation.campaign(state="open")
        closed = annotation.campaign(state="closed")
        assert [row["name"] for row in rows(client("curator"), state="closed")] == [closed.name]

    def test_do_not_say_who_made_them(self):
        person = corpus.user("curator", username="secretive")
        campaign = annotation.campaign(created_by=person)
        answer = client("curator").get(f"/api/v1/campaigns/{campaign.name}/")
        assert answer.data["name"] == campaign.name
        assert b"secretive" not in answer.content

    def test_cost_the_same_queries_however_many_they_are(self, django_assert_max_num_queries):
        for _ in range(5):
            annotation.campaign(corpus.eligible_clip())
        curator = client("curator")
        with django_assert_max_num_queries(5):
            assert len(rows(curator)) == 5


class TestButtons:
    def test_lead_from_state_to_state(self):
        campaign = annotation.campaign(corpus.eligible_clip())
        curator = client("curator")
        for verb, state in [
            ("open", "open"),
            ("pause", "paused"),
            ("resume", "open"),
            ("close", "closed"),
            ("reopen", "open"),
        ]:
            answer = curator.post(f"/api/v1/campaigns/{campaign.name}/{verb}/")
            assert (answer.status_code, answer.data["state"]) == (200, state)
            campaign.refresh_from_db()
            assert campaign.state == state
        assert answer.data["progress"]["n_clips"] == 1

    def test_refuse_with_the_reason_what_the_state_does_not_allow(self):
        campaign = annotation.campaign()
        answer = client("curator").post(f"/api/v1/campaigns/{campaign.name}/open/")
        assert answer.status_code == 409
        assert answer.json() == {"detail": "This campaign has no clips yet: add some first."}
        assert Campaign.objects.get().state == "draft"

    @pytest.mark.parametrize("verb", ["open", "pause", "resume", "close", "reopen"])
    def test_are_not_for_raters(self, verb):
        campaign = annotation.campaign(corpus.eligible_clip(), state="open")
        answer = client("rater").post(f"/api/v1/campaigns/{campaign.name}/{verb}/")
        assert answer.status_code == 403
        assert Campaign.objects.get().state == "open"

    def test_are_not_pressed_by_looking(self):
        campaign = annotation.campaign(corpus.eligible_clip())
        answer = client("curator").get(f"/api/v1/campaigns/{campaign.name}/open/")
        assert answer.status_code == 405
