"""Attribution of every clip."""

import io
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from lxml import html

from corpus.core.formats import attribution
from corpus.core.releases import ReleaseFacts

Make = Callable[..., Any]


class TestCsv:
    def test_has_author_source_licence_and_change_of_every_clip(
        self, facts: ReleaseFacts, make_clip: Make
    ) -> None:
        clips = [make_clip(n, episode_title='Of "salt",\nand more') for n in (2, 1)]
        files = dict(attribution.files(facts, clips))
        frame = pd.read_csv(io.BytesIO(files["ATTRIBUTION.csv"]))
        assert frame["FileName"].tolist() == ["EMOCAST_0001_0001.flac", "EMOCAST_0001_0002.flac"]
        assert not frame.isna().any().any()
        assert frame.loc[0, "title"] == 'Of "salt", and more'
        assert frame.loc[0, ["start_s", "end_s"]].tolist() == [12.5, 16.5]

    @pytest.mark.parametrize("fact", ["author", "licence_url", "spdx", "changes", "attribution"])
    def test_refuses_a_clip_without(self, facts: ReleaseFacts, make_clip: Make, fact: str) -> None:
        with pytest.raises(attribution.Unattributed, match=f"EMOCAST_0001_0001 lacks {fact}"):
            list(attribution.files(facts, [make_clip(**{fact: " "})]))

    def test_falls_back_on_the_file_where_an_episode_has_no_page(
        self, facts: ReleaseFacts, make_clip: Make
    ) -> None:
        files = dict(attribution.files(facts, [make_clip(episode_url="")]))
        frame = pd.read_csv(io.BytesIO(files["ATTRIBUTION.csv"]))
        assert frame["source_url"].tolist() == ["https://podcast.example/1.mp3"]


class TestHtml:
    def test_links_web_addresses_and_nothing_else(
        self, facts: ReleaseFacts, make_clip: Make
    ) -> None:
        clip = make_clip(episode_url="javascript:alert(1)", author="<b>A & B</b>")
        page = html.fromstring(dict(attribution.files(facts, [clip]))["ATTRIBUTION.html"].decode())
        cells = [cell.text_content() for cell in page.findall(".//tbody/tr/td")]
        assert "<b>A & B</b>" in cells
        assert "javascript:alert(1)" in cells
        assert [link.get("href") for link in page.iter("a")] == [clip.licence_url]
