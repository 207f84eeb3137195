"""`status`: where everything is."""

import json

import pytest

from tests import road
from tests.factories import annotation as make
from tests.factories import corpus

pytestmark = pytest.mark.django_db


class TestStatus:
    def test_of_nothing_is_nothing(self):
        said = road.command("status")
        assert "0 podcasts, 0 episodes, 0.0 h decoded" in said
        assert "licence: nothing yet" in said
        assert "0 clips: 0 accepted, 0 filtered, 0 not judged yet" in said

    def test_shows_everything_at_a_glance(self):
        clip = corpus.eligible_clip()
        corpus.clip(clip.voice)
        campaign = make.campaign(clip, name="voices", state="open")
        make.rating(campaign, clip, make.rater(code="script", is_simulated=True))
        corpus.release(name="emocast", version="1.0.0")
        corpus.run(clip.episode, stage="fetch", outcome="failed", reason="It is gone.")
        said = road.command("status")
        assert "1 podcast, 1 episode, 0.017 h decoded" in said
        assert "licence: 1 accepted" in said
        assert "2 clips: 1 accepted, 0 filtered, 1 not judged yet" in said
        assert "campaign voices (open): 0 of 1 clips complete, 1 rating (1 simulated)" in said
        assert "release emocast 1.0.0" in said
        assert "stuck: 1 × fetch, failed. It is gone." in said
        assert "pipeline --retry-failed" in said

    def test_gives_one_json_document(self):
        make.campaign(name="voices")
        found = json.loads(road.command("status", "--json"))
        assert [row["campaign"] for row in found["campaigns"]] == ["voices"]
        assert found["stuck"] == []
        assert {"stages", "clips", "releases", "episodes_by_licence"} <= set(found)
