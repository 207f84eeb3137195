"""Choosing clips for a campaign."""

import pytest
from django.urls import reverse

from selection.models import SelectionJob
from tests.factories import annotation, corpus

WISH = {"n": 2, "strategy": "random", "seed": 1, "per_speaker": "", "per_episode": ""}


@pytest.fixture
def campaign(db):
    """A draft, and three clips of one voice that it could have."""
    voice = corpus.voice()
    for _ in range(3):
        corpus.eligible_clip(voice)
    return annotation.campaign()


def url(campaign):
    return reverse("select_clips", args=[campaign.name])


def fragment(target):
    return {"hx-request": "true", "hx-target": target}


class TestForm:
    def test_tells_what_is_there(self, curator, campaign):
        response = curator.get(url(campaign))
        pool = response.context["pool"]
        assert (len(pool.candidates), pool.seconds, pool.n_speakers) == (3, 12, 1)
        assert "Add 3 clips to the campaign" in response.content.decode()

    @pytest.mark.parametrize(
        ("wish", "offer"),
        [({"n": 2}, "Add 2 clips"), ({"per_speaker": 1}, "Add 1 clip to"), ({"n": 50}, "Not 50")],
    )
    def test_previews_under_the_caps(self, curator, campaign, wish, offer):
        response = curator.get(url(campaign), {**WISH, **wish}, headers=fragment("preview"))
        answer = response.content.decode()
        assert offer in answer
        assert "<form" not in answer

    def test_previews_nothing_for_wrong_numbers(self, curator, campaign):
        answer = curator.get(url(campaign), {**WISH, "n": 0}, headers=fragment("preview"))
        assert "Mend the numbers" in answer.content.decode()

    def test_leaves_out_what_the_campaign_has(self, curator, campaign):
        annotation.campaign_clip(campaign, corpus.eligible_clip())
        assert len(curator.get(url(campaign)).context["pool"].candidates) == 3

    def test_says_when_nothing_is_left(self, curator):
        answer = curator.get(url(annotation.campaign())).content.decode()
        assert "No clip is left to add" in answer

    def test_says_when_the_campaign_is_closed(self, curator):
        corpus.eligible_clip()
        answer = curator.get(url(annotation.campaign(state="closed"))).content.decode()
        assert "take more clips" in answer


class TestPick:
    def test_adds_clips_with_their_reasons(self, curator, campaign):
        response = curator.post(url(campaign), WISH)
        job = SelectionJob.objects.get()
        assert response["Location"] == reverse("campaign", args=[campaign.name])
        assert campaign.clips.count() == job.picks.count() == 2
        assert job.created_by == curator.person

    def test_leads_htmx_to_the_campaign(self, curator, campaign):
        response = curator.post(url(campaign), WISH, headers=fragment("select"))
        assert response["HX-Redirect"] == reverse("campaign", args=[campaign.name])

    def test_says_what_to_mend(self, curator, campaign):
        response = curator.post(url(campaign), {**WISH, "n": ""}, headers=fragment("select"))
        assert response.status_code == 422
        assert not SelectionJob.objects.exists()

    def test_says_when_there_was_nothing_to_pick(self, curator):
        response = curator.post(url(annotation.campaign()), WISH)
        assert response.status_code == 409

    def test_is_refused_once_the_campaign_is_closed(self, curator, campaign):
        campaign.state = "closed"
        campaign.save()
        assert curator.post(url(campaign), WISH).status_code == 409
        assert campaign.clips.count() == 0


class TestRoles:
    def test_strangers_sign_in_and_raters_are_refused(self, client, a_rater, campaign):
        assert client.get(url(campaign)).status_code == 302
        assert a_rater.get(url(campaign)).status_code == 403
