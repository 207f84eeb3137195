"""Tombstones in files: what receivers read, and what stands beside a release that lost files."""

import csv
import io
import json
from dataclasses import replace
from datetime import date

import pytest

from corpus.core.formats import manifest, tombstones
from corpus.core.releases import ReleaseClip, ReleaseFacts
from corpus.core.tombstones import Tombstone

GONE = Tombstone("EMOCAST_0001_0002", "a" * 64, ("t 1.0.0", "t 1.1.0"), date(2026, 3, 1), "speaker")
PATH = f"Audios/{GONE.clip}.flac"
FIRST = replace(GONE, clip="EMOCAST_0001_0001")


class TestFiles:
    def test_are_none_in_a_first_version(self, facts: ReleaseFacts) -> None:
        assert list(tombstones.files(facts, [])) == []

    def test_say_the_same_as_csv_and_json_in_the_order_of_names(self, facts: ReleaseFacts) -> None:
        facts = replace(facts, previous="1.1.0", tombstones=(GONE, FIRST))
        (one, table), (two, plain) = tombstones.files(facts, [])
        assert (one, two) == ("tombstones.csv", "tombstones.json")
        rows = list(csv.DictReader(io.StringIO(table.decode())))
        assert [row["clip"] for row in rows] == [FIRST.clip, GONE.clip]
        assert rows[1]["releases"].split("; ") == list(GONE.releases)
        assert [row | {"releases": row["releases"].split("; ")} for row in rows] == json.loads(
            plain
        )

    def test_are_there_without_rows_where_nothing_was_withdrawn(self, facts: ReleaseFacts) -> None:
        (_, table), (_, plain) = tombstones.files(replace(facts, previous="1.0.0"), [])
        assert table == b"clip,sha256,releases,withdrawn_on,reason_class\n"
        assert json.loads(plain) == []

    def test_leave_the_rows_of_the_manifest_as_they_are(
        self, facts: ReleaseFacts, golden: ReleaseClip
    ) -> None:
        ((_, plain),) = manifest.files(facts, [golden])
        ((_, with_stone),) = manifest.files(replace(facts, tombstones=(GONE,)), [golden])
        assert manifest.rows(with_stone) == manifest.rows(plain)
        assert with_stone.startswith(plain)


class TestRemoved:
    def test_is_read_as_it_was_written(self) -> None:
        content = tombstones.removed({PATH: ("b" * 64, GONE)})
        assert tombstones.removed_files(content) == {PATH: "b" * 64}

    def test_keeps_what_stood_there_before(self) -> None:
        before = tombstones.removed({PATH: ("b" * 64, GONE)})
        later = replace(GONE, reason_class="rights", withdrawn_on=date(2027, 1, 1))
        first = f"Audios/{FIRST.clip}.flac"
        files = {PATH: ("b" * 64, later), first: ("c" * 64, FIRST)}
        content = tombstones.removed(files, before)
        assert before.splitlines()[1] in content.splitlines()
        assert list(tombstones.removed_files(content)) == [first, PATH]

    @pytest.mark.parametrize("content", [b"nonsense\n", b"file\na\n", b"\xff\xfe"])
    def test_refuses_another_table(self, content: bytes) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - a damaged file, however
            tombstones.removed_files(content)

    def test_refuses_a_row_that_is_cut_off(self) -> None:
        whole = tombstones.removed({PATH: ("b" * 64, GONE)})
        with pytest.raises(ValueError, match="columns"):
            tombstones.removed_files(whole[:-20].rpartition(b",")[0])

    @pytest.mark.parametrize(
        "path", ["README.md", "Audios/EMOCAST_0009_0009.flac", "../EMOCAST_0001_0002.flac"]
    )
    def test_speaks_of_files_of_its_clips_alone(self, path: str) -> None:
        whole = tombstones.removed({path: ("b" * 64, GONE)})
        with pytest.raises(ValueError, match="no file of"):
            tombstones.removed_files(whole)
