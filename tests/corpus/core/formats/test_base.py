"""A release's files together."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.core.formats import FORMATS, base, msp
from corpus.core.releases import ReleaseClip, ReleaseFacts

Make = Callable[..., Any]


class TestWrite:
    def test_is_the_same_for_any_order_of_clips(
        self, facts: ReleaseFacts, golden: ReleaseClip, make_clip: Make
    ) -> None:
        clips = [golden, *(make_clip(n, podcast=n % 3 + 2) for n in range(2, 9))]
        once = list(base.write(FORMATS, facts, clips))
        assert list(base.write(FORMATS, facts, clips[::-1])) == once
        assert len({path for path, _ in once}) == len(once) > 15

    def test_has_only_line_feeds_and_safe_paths(
        self, facts: ReleaseFacts, golden: ReleaseClip
    ) -> None:
        for path, content in base.write(FORMATS, facts, [golden]):
            assert path.isascii()
            assert " " not in path
            assert b"\r" not in content

    def test_tells_the_datasheet_what_is_left_out(
        self, facts: ReleaseFacts, make_clip: Make
    ) -> None:
        files = dict(base.write(FORMATS, facts, [make_clip(text=" ")]))
        sheet = files["README.md"].decode()
        assert "MSP label files leave out 1 of 1 clips" in sheet
        assert "1 of 1 transcripts are empty" in sheet

    def test_refuses_a_speaker_in_two_partitions(
        self, facts: ReleaseFacts, make_clip: Make
    ) -> None:
        clips = [make_clip(1), make_clip(2, partition="Test1")]
        with pytest.raises(base.Inconsistent, match="Speaker 1 is in Test1 and Train"):
            list(base.write(FORMATS, facts, clips))

    def test_refuses_two_formats_that_write_one_path(
        self, facts: ReleaseFacts, make_clip: Make
    ) -> None:
        with pytest.raises(base.Inconsistent, match=r"Two formats write Partitions\.txt"):
            list(base.write((msp, msp), facts, [make_clip()]))


class TestTable:
    @given(st.lists(st.lists(st.text(), min_size=2, max_size=2)))
    def test_reads_back_once_on_one_line(self, rows: list[list[str]]) -> None:
        lines = [[base.one_line(text) for text in row] for row in rows]
        page = io.StringIO(base.table(("a", "b"), lines).decode(), newline="")
        assert list(csv.reader(page)) == [["a", "b"], *lines]


class TestNumber:
    @pytest.mark.parametrize(
        ("value", "written"),
        [(4, "4.0"), (2.6, "2.6"), (38 / 9, "4.222222"), (0.00001, "0.00001"), (1e-9, "0.0")],
    )
    def test_has_a_point_and_at_most_six_decimals(self, value: float, written: str) -> None:
        assert base.number(value) == written


class TestNames:
    def test_are_cut_after_the_most(self) -> None:
        assert base.names(["a", "b", "c"], most=2) == "a, b and 1 more"
        assert base.names(["a", "b"], most=2) == "a, b"
