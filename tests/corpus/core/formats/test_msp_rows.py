"""Rows of MSP-Podcast label files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.core.formats import msp_rows
from corpus.core.formats.msp_rows import Block, Line, Malformed


def lines(*primaries: str) -> list[Line]:
    return [Line(f"WORKER{n:08}", word, (), 1.0, 2.0, 3.0) for n, word in enumerate(primaries)]


class TestRecomputed:
    @pytest.mark.parametrize(
        ("primaries", "code"),
        [
            (("Neutral", "Neutral", "Neutral", "Happy", "Other-confused"), "N"),
            (("Angry", "Angry", "Sad", "Happy", "Neutral"), "A"),
            (("Happy", "Happy", "Neutral", "Neutral", "Sad"), "X"),
            (("Angry", "Sad", "Happy", "Fear", "Disgust"), "X"),
            (("Other-tired", "Other-proud", "Neutral"), "O"),
            (("Other-a", "Other-b", "Sad", "Sad", "Fear"), "X"),
            (("Surprise",), "U"),
        ],
    )
    def test_follows_the_golden_cases(self, primaries: tuple[str, ...], code: str) -> None:
        assert msp_rows.recomputed(lines(*primaries)) == (code, 1.0, 2.0, 3.0)


class TestEmotion:
    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("Happy", "Happy"),
            ("Other", "Other-unspecified"),
            ("Other-", "Other-unspecified"),
            ('Other-so; "very", tired\n', "Other-so very tired"),
            ("Other-can't say", "Other-cant say"),
            ("Other-  a \u2028 b\x00c", "Other-a b c"),
        ],
    )
    def test_is_one_clean_field(self, text: str, written: str) -> None:
        assert msp_rows.emotion(text) == written

    def test_of_a_primary_outside_the_eight_is_other(self) -> None:
        assert msp_rows.primary("Amused") == "Other-Amused"
        assert msp_rows.primary("Fear") == "Fear"

    @given(st.text())
    def test_is_clean_after_one_cleaning(self, text: str) -> None:
        once = msp_rows.primary(text)
        assert msp_rows.primary(once) == once
        assert not set(once) & set(";,\"'\n\r")


class TestReadLine:
    def test_forgives_stray_spaces_and_an_empty_secondary(self) -> None:
        found = msp_rows.read_line("WORKER0000001;  Sad ; ; A:1.000000; V:2.5;D:3.000000; ")
        assert found == Line("WORKER0000001", "Sad", (), 1.0, 2.5, 3.0)

    @pytest.mark.parametrize(
        "text",
        [
            "WORKER00000001; Sad; Sad; A:1.0; V:2.0;",
            "SOMEBODY; Sad; Sad; A:1.0; V:2.0; D:3.0;",
            "WORKER00000001; Sad; Sad; V:1.0; A:2.0; D:3.0;",
            "WORKER00000001; Sad; Sad; A:1.0; V:two; D:3.0;",
            "WORKER00000001; Sad; Sad; A:1.0; V:2.0; D:3.0; more",
        ],
    )
    def test_refuses_what_is_no_rating(self, text: str) -> None:
        with pytest.raises(Malformed, match=r"no number|no rating|not A, V, D"):
            msp_rows.read_line(text)

    def test_refuses_a_consensus_code_of_two_letters(self) -> None:
        with pytest.raises(Malformed, match="no consensus line"):
            msp_rows.read_head("a.flac; NX; A:1.0; V:2.0; D:3.0;")


class TestExplains:
    def test_notices_another_mean(self) -> None:
        block = Block("a.flac", "S", 1.0, 2.0, 3.0, tuple(lines("Sad", "Sad")))
        other = Block("a.flac", "S", 1.00001, 2.0, 3.0, tuple(lines("Sad", "Sad")))
        assert msp_rows.explains(block)
        assert not msp_rows.explains(other)

    def test_notices_another_class(self) -> None:
        assert not msp_rows.explains(Block("a.flac", "N", 1.0, 2.0, 3.0, tuple(lines("Sad"))))
