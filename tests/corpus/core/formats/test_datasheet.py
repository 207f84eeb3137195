"""The datasheet: its numbers against the rows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from corpus.core.formats import datasheet
from corpus.core.releases import Agreement, ReleaseClip, ReleaseFacts

Make = Callable[..., Any]


def sheet(facts: ReleaseFacts, *clips: ReleaseClip) -> str:
    ((path, content),) = datasheet.files(facts, clips)
    assert path == "README.md"
    return content.decode()


@pytest.fixture
def clips(golden: ReleaseClip, make_clip: Make) -> list[Any]:
    return [
        golden,
        replace(golden, name="EMOCAST_0001_0002", speaker=None, gender="Unknown"),
        make_clip(1, podcast=2, partition="Test1", n_samples=16_000 * 3600, language="es"),
    ]


class TestSimulated:
    def test_stands_at_the_very_top(
        self, facts: ReleaseFacts, golden: ReleaseClip, make_clip: Make, make_rating: Make,
        make_labels: Make,
    ) -> None:  # fmt: skip
        rating = make_rating(1, "Sad", 1, 1, 1, simulated=True)
        clip = make_clip(2, labels=make_labels(rating, code="S", avd=(1.0, 1.0, 1.0)))
        top = sheet(facts, golden, clip).splitlines()[:2]
        assert top[0] == "> [!CAUTION]"
        assert top[1].startswith("> **1 of 6 ratings are SIMULATED")

    def test_is_not_mentioned_for_people(self, facts: ReleaseFacts, golden: ReleaseClip) -> None:
        page = sheet(facts, golden)
        assert page.startswith("# emocast 1.0.0\n")
        assert "SIMULATED" not in page


class TestNumbers:
    def test_are_those_of_the_rows(self, facts: ReleaseFacts, clips: list[Any]) -> None:
        page = sheet(facts, *clips)
        assert "3 clips, 1:00:08 (h:mm:ss), 2 known speakers, 2 podcasts, 10 ratings." in page
        assert "| Train | 2 | 0:00:08 | 1 | 1 | 1 |" in page
        assert "| Test1 | 1 | 1:00:00 | 1 | 0 | 1 |" in page
        assert "| all | 3 | 1:00:08 | 2 | 1 | 2 |" in page
        assert "| Neutral | 2 | 0 | 2 |" in page
        assert "| no primary | 0 | 1 | 1 |" in page
        assert "| en | 2 |\n| es | 1 |" in page
        assert "| 0 | 1 |\n| 5 | 2 |" in page

    def test_of_licences_name_their_address(self, facts: ReleaseFacts, clips: list[Any]) -> None:
        page = sheet(facts, *clips)
        assert "| CC-BY-4.0 | https://creativecommons.org/licenses/by/4.0/ | 3 | 2 |" in page

    def test_of_agreement_come_with_an_interval(
        self, facts: ReleaseFacts, golden: ReleaseClip
    ) -> None:
        figures = (
            Agreement("alpha (primary)", 0.0812, 0.05, 0.11, 40),
            Agreement("ICC", 0.2, None, None, 4),
        )
        page = sheet(replace(facts, agreement=figures), golden)
        assert "| alpha (primary) | 0.081 | 0.050 to 0.110 | 40 |" in page
        assert "| ICC | 0.200 | not measured | 4 |" in page
        assert "No agreement was measured." in sheet(facts, golden)


class TestTranscripts:
    def test_are_called_drafts_when_nobody_checked(
        self, facts: ReleaseFacts, clips: list[Any]
    ) -> None:
        checked = [replace(clip, transcript_is_draft=False) for clip in clips]
        assert "3 of 3 transcripts are DRAFTS" in sheet(facts, *clips)
        assert "words-2" in sheet(facts, *clips)
        assert "None of 3 transcripts is an unchecked draft" in sheet(facts, *checked)


class TestLimits:
    def test_follow_from_the_rows_and_the_facts(
        self, facts: ReleaseFacts, clips: list[Any]
    ) -> None:
        page = sheet(replace(facts, limits=("Test1 holds a single known speaker.",)), *clips)
        assert "- Test1 holds a single known speaker.\n" in page
        assert "- The speakers of 1 clips are unknown" in page
        assert "- 1 of 3 clips have fewer than 5 ratings." not in page
        assert "- No clip is labelled: Angry, Sad," in page

    def test_name_podcasts_across_partitions_and_thin_labels(
        self, facts: ReleaseFacts, make_clip: Make, make_rating: Make, make_labels: Make
    ) -> None:
        tie = make_labels(make_rating(1), make_rating(2, "Sad"), code="X", avd=(1.0, 1.0, 1.0))
        clips = [make_clip(1, labels=tie), make_clip(2, speaker=2, partition="Test1")]
        page = sheet(facts, *clips)
        assert "1 of 1 podcasts have clips in more than one partition." in page
        assert "1 of 2 clips have fewer than 5 ratings." in page
        assert "did not agree on one class for 1 of 2 clips (code X)." in page


class TestText:
    def test_of_strangers_is_harmless(self, facts: ReleaseFacts, golden: ReleaseClip) -> None:
        page = sheet(facts, replace(golden, gate="a|b<script>"))
        assert r"| a\|b\<script\> | 1 |" in page

    def test_names_every_left_out_and_changed_thing(
        self, facts: ReleaseFacts, golden: ReleaseClip
    ) -> None:
        page = sheet(
            replace(facts, left_out=("Two ratings.",), changes=("One clip came.",)), golden
        )
        assert "## Left out\n\n- Two ratings.\n" in page
        assert "## Changes since the previous release\n\n- One clip came.\n" in page
        assert "Every file holds every clip and rating." in sheet(facts, golden)

    def test_says_how_to_verify(self, facts: ReleaseFacts, golden: ReleaseClip) -> None:
        assert "sha256sum -c SHA256SUMS" in sheet(facts, golden)
