import json
from datetime import timedelta

import pytest
from django.core.management import CommandError

from corpus.actions import withdrawals
from tests import road
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


def clips(**options):
    return json.loads(road.command("clips", json=True, **options))


class TestClips:
    def test_says_so_where_there_are_none(self):
        assert "No clips." in road.command("clips")
        assert clips() == []

    def test_lists_each_with_verdict_reasons_and_measures(self):
        clip = make.eligible_clip(start=16_000)
        make.verdict(make.clip(), is_accepted=False, reasons=["too quiet"])
        make.clip()
        make.clip(superseded_at=NOW)
        rows = {row["clip"]: row for row in clips()}
        assert sorted(row["verdict"] for row in rows.values()) == [
            "accepted",
            "filtered",
            "unjudged",
        ]
        row = rows[clip.name]
        assert (row["start"], row["end"]) == (1.0, 5.0)
        assert row["speaker"] == clip.voice.speaker_id
        assert row["measures"]["snr_db"] == 30.0
        assert row["gate"].startswith("tests ")

    def test_says_no_words_of_what_is_withdrawn(self):
        gone, other = (make.clip(text="good morning") for _ in range(2))
        withdrawals.withdraw(
            target=gone.voice.speaker,
            reason="They asked.",
            reason_class="speaker",
            by=None,
            at=NOW,
            grace=timedelta(days=30),
        )
        rows = {row["clip"]: (row["text"], row["withdrawn"]) for row in clips()}
        assert rows == {gone.name: ("", True), other.name: ("good morning", False)}

    def test_prints_a_line_each_and_the_reasons(self):
        make.verdict(make.clip(), is_accepted=False, reasons=["too quiet", "clipped"])
        said = road.command("clips")
        assert "filtered" in said
        assert "    too quiet; clipped" in said
        assert said.endswith("1 clip.\n")

    @pytest.mark.parametrize("which", ["guid", "number"])
    def test_can_be_asked_of_one_episode(self, which):
        clip = make.clip(episode=make.episode(number=9001, guid="the-one"))
        make.clip()
        episode = {"guid": "the-one", "number": "9001"}[which]
        assert [row["clip"] for row in clips(episode=episode)] == [clip.name]

    @pytest.mark.parametrize("episode", ["nobody", "²", "9" * 40])
    def test_says_that_an_episode_is_not_there(self, episode):
        make.clip()
        with pytest.raises(CommandError, match=f"No episode {episode} has clips"):
            clips(episode=episode)

    @pytest.mark.parametrize("verdict", ["accepted", "filtered", "unjudged"])
    def test_can_be_asked_for_one_verdict(self, verdict):
        make.eligible_clip()
        make.verdict(make.clip(), is_accepted=False)
        make.clip()
        assert [row["verdict"] for row in clips(verdict=verdict)] == [verdict]

    def test_can_be_asked_for_a_few(self):
        for _ in range(3):
            make.clip()
        assert len(clips(limit=2)) == 2

    @pytest.mark.parametrize("words", [("--limit", "-1"), ("--limit", "x"), ("--verdict", "good")])
    def test_refuses_what_makes_no_sense(self, words):
        with pytest.raises(CommandError):
            road.command("clips", *words)
