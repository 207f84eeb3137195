"""Rows of a release, its version, and what changed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from corpus.core import releases
from corpus.core.releases import (
    Labels,
    NotAVersion,
    NotLater,
    RatingRow,
    ReleaseClip,
    ReleaseFacts,
    Row,
)

NOW = datetime(2025, 1, 1, tzinfo=UTC)
BY_NAME = RatingRow("jo", "", (), None, None, None, (), NOW, simulated=False, campaign="spring")


def clip(name: str = "EMOCAST_0001_0001", **other: Any) -> ReleaseClip:
    facts: dict[str, Any] = dict.fromkeys(ReleaseClip.__slots__, "x")
    return ReleaseClip(
        **facts
        | {"name": name, "partition": "Train", "speaker": 1, "gender": "Male", "labels": None}
        | other
    )


class TestOverlapping:
    def test_finds_what_runs_into_a_span_before_it(self) -> None:
        assert releases.overlapping([(10, 20), (19, 30), (0, 11), (12, 14)]) == {1, 2, 3}

    def test_lets_neighbours_touch(self) -> None:
        assert releases.overlapping([(10, 20), (20, 30), (0, 10)]) == set()

    def test_counts_only_spans_that_stay(self) -> None:
        assert releases.overlapping([(0, 10), (5, 15), (12, 20)]) == {1}


class TestCheckVersion:
    def test_reads_three_numbers(self) -> None:
        assert releases.check_version("1.10.3", after="1.9.9") == (1, 10, 3)

    @pytest.mark.parametrize("version", ["1.0", "v1.0.0", "1.0.0-rc1", "01.0.0", "1.0.0\n", ""])
    def test_refuses_what_is_no_version(self, version: str) -> None:
        with pytest.raises(NotAVersion, match=r"major\.minor\.patch"):
            releases.check_version(version)

    @pytest.mark.parametrize("version", ["1.2.0", "1.1.9", "0.9.0"])
    def test_refuses_what_does_not_come_later(self, version: str) -> None:
        with pytest.raises(NotLater, match=r"does not come after 1\.2\.0"):
            releases.check_version(version, after="1.2.0")


class TestProblems:
    def test_are_none_for_sound_rows(self) -> None:
        unknown = {"speaker": None, "gender": "Unknown"}
        rows = [clip(), clip("B", speaker=2, partition="Test1"), clip("C", **unknown)]
        rows.append(clip("D", partition="Test1", **unknown))
        assert releases.problems(rows) == ()

    @pytest.mark.parametrize(
        ("rows", "sentence"),
        [
            ([clip(), clip()], "2 clips are called EMOCAST_0001_0001."),
            ([clip("a.b")], "'a.b' is not a safe file name."),
            ([clip(partition="Test, 1")], "'Test, 1' is not a safe partition name."),
            ([clip("A"), clip("B", partition="Test1")], "Speaker 1 is in Test1 and Train."),
            ([clip(labels=Labels("Z", 1.0, 1.0, 1.0, 0, ()))], "'Z' is no class."),
            (
                [clip(labels=Labels("", None, None, None, 1, (BY_NAME,)))],
                "'jo' is no pseudonym such as WORKER00000001.",
            ),
            ([clip("A"), clip("B", gender="Female")], "Speaker 1 has the genders Female and Male."),
        ],
    )
    def test_are_said_in_sentences(self, rows: list[ReleaseClip], sentence: str) -> None:
        assert releases.problems(rows) == (sentence,)


class TestDiff:
    def test_names_what_changed(self) -> None:
        before = [Row(name, "Train", "N", "1") for name in "abcde"]
        after = [
            Row("f", "Train", "N", "1"),
            Row("e", "Train", "N", "2"),
            Row("d", "Train", "X", "1"),
            Row("c", "Test1", "N", "1"),
            Row("b", "Train", "N", "1"),
        ]
        found = releases.diff(before, after)
        assert (found.added, found.removed) == (("f",), ("a",))
        assert (found.moved, found.relabelled, found.recut) == (("c",), ("d",), ("e",))

    def test_compares_clips_by_their_rows(self) -> None:
        labels = Labels("S", 1.0, 1.0, 1.0, 1, ())
        assert releases.row(clip("A", labels=labels, file_sha256="1")) == Row(
            "A", "Train", "S", "1"
        )
        assert releases.row(clip("A", file_sha256="1")).code == ""


class TestFacts:
    def test_name_files_with_their_extension(self) -> None:
        facts = ReleaseFacts("e", "1.0.0", NOW, "x", (), "t", "p", "c", audio_extension="wav")
        assert facts.file(clip()) == "EMOCAST_0001_0001.wav"
