"""Campaigns are made, filled, opened, paused, closed."""

import pytest

from annotation.actions import campaigns
from annotation.core import protocols
from annotation.models import Campaign
from tests.factories import annotation as make
from tests.factories import corpus
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


def create(**changed):
    given = {
        "name": "voices-1",
        "title": "Voices",
        "protocol": protocols.MSP_PODCAST,
        "need": 5,
        "by": None,
        "at": NOW,
    }
    return campaigns.create(**{**given, **changed})


class TestPreset:
    def test_is_found_by_its_name(self):
        assert campaigns.preset("em2ldl") is protocols.EM2LDL

    def test_names_those_there_are(self):
        with pytest.raises(campaigns.UnknownProtocol, match="msp-podcast, em2ldl"):
            campaigns.preset("sam")


class TestCreate:
    def test_makes_a_draft_with_its_protocol_frozen_in(self):
        made = create()
        assert (made.state, made.clips.count()) == ("draft", 0)
        assert protocols.from_json(made.protocol) == protocols.MSP_PODCAST

    def test_takes_the_name_for_a_title_where_none_is_given(self):
        assert create(title="").title == "voices-1"

    @pytest.mark.parametrize("name", ["", "two words", "ümlaut", "a/b", "x" * 61])
    def test_refuses_a_name_that_no_address_could_hold(self, name):
        with pytest.raises(campaigns.Unfit, match="name"):
            create(name=name)

    @pytest.mark.parametrize("need", [-1, 0, 1001])
    def test_refuses_a_need_that_cannot_be(self, need):
        with pytest.raises(campaigns.Unfit, match="ratings per clip"):
            create(need=need)

    def test_refuses_a_title_that_does_not_fit(self):
        with pytest.raises(campaigns.Unfit, match="title"):
            create(title="x" * 201)

    def test_refuses_a_name_that_is_taken(self):
        create()
        with pytest.raises(campaigns.Unfit, match="already"):
            create()


class TestAddClips:
    def test_queues_them_in_the_order_given(self):
        campaign = make.campaign(need=3)
        clips = [corpus.clip() for _ in range(3)]
        order = [clips[2].pk, clips[0].pk, clips[1].pk]
        assert campaigns.add_clips(campaign=campaign, clip_ids=order) == 3
        assert list(campaign.clips.order_by("pk").values_list("clip", flat=True)) == order
        assert set(campaign.clips.values_list("need", "n_done", "n_live")) == {(3, 0, 0)}

    def test_leaves_those_already_there_where_they_are(self):
        campaign, clip = make.campaign(), corpus.clip()
        make.campaign_clip(campaign, clip, wave=7, n_done=1)
        assert campaigns.add_clips(campaign=campaign, clip_ids=[clip.pk]) == 0
        assert campaign.clips.get().n_done == 1

    def test_begins_a_wave_with_every_call_and_with_every_full_one(self, monkeypatch):
        monkeypatch.setattr(campaigns, "WAVE", 2)
        campaign, clips = make.campaign(), [corpus.clip() for _ in range(5)]
        campaigns.add_clips(campaign=campaign, clip_ids=[clip.pk for clip in clips[:3]])
        campaigns.add_clips(campaign=campaign, clip_ids=[clip.pk for clip in clips])
        assert list(campaign.clips.order_by("pk").values_list("wave", flat=True)) == [0, 0, 1, 2, 2]


class TestChange:
    @pytest.mark.parametrize(
        ("before", "action", "after"),
        [
            ("draft", "open", "open"),
            ("open", "pause", "paused"),
            ("paused", "resume", "open"),
            ("paused", "close", "closed"),
            ("closed", "reopen", "open"),
        ],
    )
    def test_leads_from_state_to_state(self, before, action, after):
        campaign = make.campaign(corpus.clip(), state=before)
        assert campaigns.change(campaign=campaign, action=action).state == after
        assert Campaign.objects.get().state == after

    def test_says_why_not(self):
        campaign = make.campaign(state="draft")
        with pytest.raises(campaigns.NotNow, match="no clips"):
            campaigns.change(campaign=campaign, action="open")
        with pytest.raises(campaigns.NotNow, match="is draft"):
            campaigns.change(campaign=campaign, action="pause")
        assert Campaign.objects.get().state == "draft"

    def test_asks_the_database_and_not_the_row_in_hand(self):
        campaign = make.campaign(corpus.clip(), state="open")
        Campaign.objects.update(state="closed")
        with pytest.raises(campaigns.NotNow, match="closed"):
            campaigns.change(campaign=campaign, action="pause")
