"""Pages of campaigns."""

import pytest
from django.urls import reverse

from annotation.models import Campaign
from tests.factories import annotation, corpus

FIELDS = {"title": "Spring", "name": "spring", "protocol": "msp-podcast", "need": 3}
FIGURE = {
    "name": "Krippendorff's α, interval",
    "question": "valence",
    "statistic": "alpha_interval",
    "value": 0.31,
    "low": 0.2,
    "high": 0.42,
    "n_items": 12,
    "n_ratings": 60,
    "reason": "",
}


def page(client, campaign, **headers):
    return client.get(reverse("campaign", args=[campaign.name]), **headers)


def change(client, campaign, action):
    return client.post(reverse("campaign_change", args=[campaign.name]), {"action": action})


class TestIndex:
    def test_tells_how_far_each_is(self, curator):
        campaign = annotation.campaign(title="Spring", need=2)
        annotation.campaign_clip(campaign, n_done=2)
        annotation.campaign_clip(campaign, n_done=1)
        answer = curator.get(reverse("campaigns")).content.decode()
        assert "1 of 2 clips complete" in answer
        assert "3 of 4 ratings" in answer

    def test_offers_the_first_one(self, curator):
        assert reverse("campaign_new") in curator.get(reverse("campaigns")).content.decode()

    def test_sends_the_list_alone_to_htmx(self, curator):
        headers = {"hx-request": "true", "hx-target": "campaigns"}
        answer = curator.get(reverse("campaigns"), headers=headers).content.decode()
        assert "<html" not in answer


class TestNew:
    def test_makes_a_draft(self, curator):
        response = curator.post(reverse("campaign_new"), FIELDS)
        campaign = Campaign.objects.get()
        assert response["Location"] == reverse("campaign", args=["spring"])
        assert (campaign.state, campaign.need) == ("draft", 3)
        assert campaign.protocol["name"] == "msp-podcast"
        assert campaign.created_by == curator.person

    @pytest.mark.parametrize(
        "wrong", [{"name": "two words"}, {"need": 0}, {"protocol": "mine"}, {"title": ""}]
    )
    def test_says_what_to_mend(self, curator, wrong):
        response = curator.post(reverse("campaign_new"), {**FIELDS, **wrong})
        assert response.status_code == 422
        assert 'class="errors"' in response.content.decode()
        assert not Campaign.objects.exists()

    def test_refuses_a_name_that_is_taken(self, curator):
        annotation.campaign(name="spring")
        assert curator.post(reverse("campaign_new"), FIELDS).status_code == 422

    def test_begins_empty(self, curator):
        response = curator.get(reverse("campaign_new"))
        assert response.status_code == 200
        assert 'class="errors"' not in response.content.decode()


class TestDetail:
    def test_counts_ratings_per_clip(self, curator):
        campaign = annotation.campaign(need=2)
        for n in (0, 1, 1, 3):
            annotation.campaign_clip(campaign, n_done=n)
        depth = page(curator, campaign).context["depth"]
        assert [(bar.label, bar.n) for bar in depth] == [("0", 1), ("1", 2), ("2", 0), ("3", 1)]

    def test_counts_consensus_classes_with_their_shares(self, curator):
        campaign = annotation.campaign()
        for code in ("H", "H", "A", "X"):
            annotation.consensus(campaign, corpus.clip(), code=code)
        classes = {
            bar.code: (bar.n, bar.share) for bar in page(curator, campaign).context["classes"]
        }
        assert (classes["H"], classes["A"], classes["X"]) == ((2, 0.5), (1, 0.25), (1, 0.25))
        assert classes["S"] == (0, 0)

    def test_shows_agreement_with_intervals_and_reasons(self, curator):
        campaign = annotation.campaign()
        missing = {**FIGURE, "value": None, "low": None, "high": None, "reason": "too few clips"}
        annotation.agreement(campaign, figures=[FIGURE, missing])
        answer = page(curator, campaign).content.decode()
        assert "0.31 [0.20, 0.42]" in answer
        assert "too few clips" in answer

    def test_counts_raters_under_their_pseudonyms(self, curator):
        campaign = annotation.campaign(clip := corpus.eligible_clip())
        rating = annotation.rating(campaign, clip)
        response = page(curator, campaign)
        (rater,) = response.context["raters"]
        assert (rater, rater.n_ratings) == (rating.rater, 1)
        assert rating.rater.pseudonym in response.content.decode()
        assert rating.rater.user.username not in response.content.decode()

    def test_warns_of_simulated_ratings(self, curator):
        campaign = annotation.campaign(clip := corpus.eligible_clip())
        script = annotation.rater(code="script", is_simulated=True)
        annotation.rating(campaign, clip, script)
        assert "1 of 1 ratings were made by a program" in page(curator, campaign).content.decode()

    @pytest.mark.parametrize(
        ("state", "n_done", "polls"),
        [("open", 0, True), ("open", 5, False), ("paused", 0, False), ("draft", 0, False)],
    )
    def test_polls_while_ratings_can_come(self, curator, state, n_done, polls):
        campaign = annotation.campaign(state=state)
        annotation.campaign_clip(campaign, n_done=n_done)
        headers = {"hx-request": "true", "hx-target": "progress"}
        answer = page(curator, campaign, headers=headers).content.decode()
        assert ("every 5s" in answer) is polls
        assert "<html" not in answer

    def test_asks_selection_for_the_choice_of_clips(self, curator):
        campaign = annotation.campaign()
        assert (
            reverse("select_clips", args=[campaign.name])
            in page(curator, campaign).content.decode()
        )


class TestChange:
    @pytest.mark.parametrize(
        ("state", "action", "after"),
        [
            ("draft", "open", "open"),
            ("open", "pause", "paused"),
            ("paused", "resume", "open"),
            ("open", "close", "closed"),
            ("closed", "reopen", "open"),
        ],
    )
    def test_does_what_the_state_allows(self, curator, state, action, after):
        campaign = annotation.campaign(corpus.eligible_clip(), state=state)
        assert change(curator, campaign, action).status_code == 302
        campaign.refresh_from_db()
        assert campaign.state == after

    def test_says_why_not(self, curator):
        campaign = annotation.campaign()
        response = change(curator, campaign, "open")
        assert response.status_code == 409
        assert "This campaign has no clips yet" in response.content.decode()

    def test_shows_the_reason_beside_the_disabled_button(self, curator):
        answer = page(curator, annotation.campaign()).content.decode()
        assert 'disabled aria-describedby="why-open"' in answer
        assert "add some first" in answer

    def test_knows_no_other_actions(self, curator):
        campaign = annotation.campaign()
        assert change(curator, campaign, "give_out").status_code == 400


class TestRoles:
    @pytest.mark.parametrize("name", ["campaigns", "campaign_new", "campaign", "campaign_change"])
    def test_strangers_sign_in_and_raters_are_refused(self, client, a_rater, name):
        args = [annotation.campaign().name] if name in ("campaign", "campaign_change") else []
        url, ask = reverse(name, args=args), "post" if name == "campaign_change" else "get"
        assert getattr(client, ask)(url)["Location"] == f"{reverse('login')}?next={url}"
        assert getattr(a_rater, ask)(url).status_code == 403
