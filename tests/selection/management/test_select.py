"""`select`: clips for a campaign, each with its reason."""

import json

import pytest
from django.core.management import CommandError

from annotation.models import Campaign
from selection.models import ClipFeatures, SelectionJob
from tests import road
from tests.factories import annotation as make
from tests.factories import corpus
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def clips():
    voice = corpus.voice()
    made = [corpus.eligible_clip(voice) for _ in range(6)]
    for level, clip in enumerate(made):
        values = {"level_db": -40.0 + level}
        ClipFeatures.objects.create(
            clip=clip, run=clip.run, extractor="t", version="1", values=values, extracted_at=NOW
        )
    return made


class TestSelect:
    def test_makes_and_opens_a_campaign(self, clips):
        said = road.command("select", "voices", "--n", "4", "--need", "3")
        assert "4 of 6 clips went to voices." in said
        assert "arousal high" in said
        campaign = Campaign.objects.get()
        assert (campaign.state, campaign.need, campaign.clips.count()) == ("open", 3, 4)

    def test_may_leave_it_a_draft(self, clips):
        road.command("select", "voices", "--n", "4", "--draft")
        assert Campaign.objects.get().state == "draft"

    def test_fills_a_campaign_that_is_there_and_leaves_its_state(self, clips):
        make.campaign(name="voices", state="paused", need=2)
        road.command("select", "voices", "--n", "2", "--need", "9")
        campaign = Campaign.objects.get()
        assert (campaign.state, campaign.need, campaign.clips.count()) == ("paused", 2, 2)

    def test_gives_one_json_document(self, clips):
        found = json.loads(
            road.command("select", "voices", "--n", "9", "--strategy", "random", "--json")
        )
        assert (found["campaign"], found["candidates"]) == ("voices", 6)
        assert {pick["clip"] for pick in found["picks"]} == {clip.name for clip in clips}
        assert {pick["propensity"] for pick in found["picks"]} == {1.0}
        assert found["notes"] == ["6 of the 9 clips wanted: 6 were there."]

    def test_picks_the_same_for_the_same_seed(self, clips):
        words = ("--n", "3", "--strategy", "random", "--json", "--seed")
        one, two, three = (
            json.loads(road.command("select", name, *words, seed))["picks"]
            for name, seed in (("a", "1"), ("b", "1"), ("c", "2"))
        )
        assert one == two != three

    def test_keeps_to_the_caps(self, clips):
        said = road.command("select", "voices", "--n", "5", "--per-speaker", "2")
        assert "2 of 6 clips went to voices." in said
        assert "caps on speakers" in said


class TestRefusal:
    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (["voices", "--n", "0"], "--n must be at least 1"),
            (["voices", "--n", "2", "--per-speaker", "0"], "--per-speaker must be at least 1"),
            (["voices", "--n", "2", "--per-episode", "0"], "--per-episode must be at least 1"),
            (["voices", "--n", "2", "--need", "0"], "--need must be at least 1"),
            (["voices", "--n", "2", "--seed", "-1"], "--seed must be at least 0"),
            (["two words", "--n", "2"], "letters"),
            (["voices", "--n", "two"], "invalid int"),
            (["voices"], "required: --n"),
            (["voices", "--n", "2", "--strategy", "magic"], "invalid choice"),
            (["voices", "--n", "2", "--protocol", "sam"], "invalid choice"),
        ],
    )
    def test_says_what_cannot_be(self, clips, words, says):
        with pytest.raises(CommandError, match=says):
            road.command("select", *words)
        assert not Campaign.objects.exists()
        assert not SelectionJob.objects.exists()

    def test_leaves_no_campaign_behind_where_there_is_no_clip(self):
        with pytest.raises(CommandError, match="no clips yet"):
            road.command("select", "voices", "--n", "2")
        assert not Campaign.objects.exists()

    def test_leaves_a_campaign_that_was_there_alone(self):
        make.campaign(name="voices")
        with pytest.raises(CommandError, match="no clips yet"):
            road.command("select", "voices", "--n", "2")
        assert Campaign.objects.count() == 1

    def test_adds_nothing_to_a_closed_campaign(self, clips):
        make.campaign(name="voices", state="closed")
        with pytest.raises(CommandError, match="is closed"):
            road.command("select", "voices", "--n", "2")
