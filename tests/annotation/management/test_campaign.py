"""`campaign`: make one, change its state, list them."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Campaign
from tests.factories import annotation as make
from tests.factories import corpus

pytestmark = pytest.mark.django_db


def run(*words):
    out = io.StringIO()
    call_command("campaign", *words, stdout=out)
    return out.getvalue()


class TestCreate:
    def test_makes_a_draft(self):
        said = run("create", "voices", "--need", "3", "--protocol", "em2ldl", "--title", "Voices!")
        assert said == "voices: draft, 0 clips, 3 ratings each\n"
        campaign = Campaign.objects.get()
        assert (campaign.title, campaign.protocol["name"]) == ("Voices!", "em2ldl")

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (["two words"], "letters"),
            (["voices", "--need", "0"], "1 to 1000 ratings"),
            (["voices", "--protocol", "sam"], "invalid choice"),
            (["voices", "--need", "many"], "invalid int"),
            (["taken"], "a campaign taken already"),
        ],
    )
    def test_refuses_what_cannot_be(self, words, says):
        make.campaign(name="taken")
        with pytest.raises(CommandError, match=says):
            run("create", *words)
        assert Campaign.objects.count() == 1


class TestChange:
    def test_leads_through_the_life_of_a_campaign(self):
        make.campaign(corpus.clip(), name="voices")
        for action, state in (
            ("open", "open"),
            ("pause", "paused"),
            ("resume", "open"),
            ("close", "closed"),
            ("reopen", "open"),
        ):
            assert run(action, "voices").startswith(f"voices: {state}, 1 clip, ")

    def test_says_why_not(self):
        make.campaign(name="voices")
        with pytest.raises(CommandError, match="no clips yet"):
            run("open", "voices")

    def test_knows_no_campaign_of_another_name(self):
        with pytest.raises(CommandError, match="no campaign voices"):
            run("open", "voices")


class TestList:
    def test_shows_them_all(self):
        make.campaign(corpus.clip(), name="b", need=2)
        make.campaign(name="a")
        rows = json.loads(run("list", "--json"))
        assert [(row["name"], row["clips"], row["need"]) for row in rows] == [
            ("a", 0, 5),
            ("b", 1, 2),
        ]

    def test_says_that_there_is_none(self):
        assert run("list") == "There is no campaign yet.\n"
