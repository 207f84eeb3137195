"""MSP-Podcast label files: exact bytes, and what readers make of them."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.core.formats import msp, msp_read, msp_rows
from corpus.core.releases import ReleaseClip, ReleaseFacts

Make = Callable[..., Any]

GOLDEN = """\
EMOCAST_0001_0001.flac; N; A:2.600000; V:4.000000; D:3.200000;
WORKER00000001; Other-confused; Concerned,Confused; A:3.000000; V:3.000000; D:4.000000;
WORKER00000002; Neutral; Neutral; A:1.000000; V:4.000000; D:2.000000;
WORKER00000003; Neutral; Neutral,Annoyed; A:3.000000; V:4.000000; D:3.000000;
WORKER00000004; Happy; Happy,Amused; A:2.000000; V:5.000000; D:3.000000;
WORKER00000005; Neutral; Neutral; A:4.000000; V:4.000000; D:4.000000;

"""
KEYS = ["EmoClass", "EmoAct", "EmoDom", "EmoVal", "SpkrID", "Gender", "Split_Set"]
STRICTEST = re.compile(
    r"EMOCAST_\d{4}_\d{4}\.flac,\w,\d+\.\d+,\d+\.\d+,\d+\.\d+,(\d+|Unknown),"
    r"(Male|Female|Unknown),(Train|Validation|Development|Test1|Test2)"
)


def written(facts: ReleaseFacts, *clips: ReleaseClip) -> dict[str, str]:
    return {path: content.decode() for path, content in msp.files(facts, clips)}


@pytest.fixture(scope="module")
def many(golden: ReleaseClip, make_clip: Make, make_rating: Make, make_labels: Make) -> list[Any]:
    sad = make_labels(
        make_rating(1, "Sad", 1, 2, 2), make_rating(9, "Sad", 2, 2, 2),
        make_rating(3, "Other-a, b; \"c\"\nd", 2, 1, 3, secondaries=()),
        code="S", avd=(5 / 3, 5 / 3, 7 / 3),
    )  # fmt: skip
    tie = make_labels(
        make_rating(7, "Fear", 4, 3, 2), make_rating(8, "Angry", 4, 4, 1),
        code="X", avd=(4.0, 3.5, 1.5),
    )  # fmt: skip
    return [
        make_clip(9, podcast=2, labels=sad, partition="Test1"),
        make_clip(8, podcast=3, labels=tie, speaker=None, gender="Unknown"),
        golden,
        make_clip(4, podcast=4, labels=tie, partition="Development"),
    ]


class TestPartitions:
    def test_stand_in_blocks(self, facts: ReleaseFacts, many: list[Any]) -> None:
        assert written(facts, *many)["Partitions.txt"] == (
            "Train; EMOCAST_0001_0001.flac\nTrain; EMOCAST_0003_0008.flac\n\n"
            "Development; EMOCAST_0004_0004.flac\n\nTest1; EMOCAST_0002_0009.flac\n"
        )

    def test_read_back(self, facts: ReleaseFacts, many: list[Any]) -> None:
        found = msp_read.read_partitions(written(facts, *many)["Partitions.txt"])
        assert found == {f"{clip.name}.flac": clip.partition for clip in many}


class TestSpeakerIds:
    def test_have_two_blocks_apart_by_54_asterisks(
        self, facts: ReleaseFacts, many: list[Any]
    ) -> None:
        assert written(facts, *many)["Speaker_ids.txt"] == (
            "Speaker_1; Male\nSpeaker_2; Female\nSpeaker_4; Female\n"
            "******************************************************\n\n"
            "EMOCAST_0001_0001.flac;1\nEMOCAST_0002_0009.flac;2\n"
            "EMOCAST_0003_0008.flac;Unknown\nEMOCAST_0004_0004.flac;4\n"
        )

    def test_read_back(self, facts: ReleaseFacts, many: list[Any]) -> None:
        found = msp_read.read_speaker_ids(written(facts, *many)["Speaker_ids.txt"])
        assert found.genders == {1: "Male", 2: "Female", 4: "Female"}
        assert found.of_file == {f"{clip.name}.flac": clip.speaker for clip in many}


class TestLabelsTxt:
    def test_is_the_golden_block(self, facts: ReleaseFacts, golden: ReleaseClip) -> None:
        assert written(facts, golden)["Labels/labels.txt"] == GOLDEN

    def test_gives_its_first_line_back_from_the_others(self) -> None:
        (block,) = msp_read.read_labels_txt(GOLDEN)
        assert msp_rows.recomputed(block.lines) == ("N", 2.6, 4.0, 3.2)

    def test_explains_every_consensus(self, facts: ReleaseFacts, many: list[Any]) -> None:
        blocks = msp_read.read_labels_txt(written(facts, *many)["Labels/labels.txt"])
        assert len(blocks) == 4
        assert all(msp_rows.explains(block) for block in blocks)

    def test_takes_another_extension(self, facts: ReleaseFacts, golden: ReleaseClip) -> None:
        wav = written(replace(facts, audio_extension="wav"), golden)
        assert wav["Labels/labels.txt"] == GOLDEN.replace(".flac", ".wav")


class TestConsensusCsv:
    def test_is_exact(self, facts: ReleaseFacts, golden: ReleaseClip) -> None:
        assert written(facts, golden)["Labels/labels_consensus.csv"] == (
            "FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set\n"
            "EMOCAST_0001_0001.flac,N,2.6,4.0,3.2,1,Male,Train\n"
        )

    def test_passes_the_strictest_reader(self, facts: ReleaseFacts, many: list[Any]) -> None:
        rows = written(facts, *many)["Labels/labels_consensus.csv"].splitlines()[1:]
        assert len(rows) == 4
        assert all(STRICTEST.fullmatch(row) for row in rows)

    def test_has_no_missing_value_for_pandas(self, facts: ReleaseFacts, many: list[Any]) -> None:
        frame = pd.read_csv(io.StringIO(written(facts, *many)["Labels/labels_consensus.csv"]))
        assert not frame.isna().any().any()
        assert frame["EmoAct"].tolist() == [2.6, 1.666667, 4.0, 4.0]
        assert frame["SpkrID"].tolist() == ["1", "2", "Unknown", "4"]

    def test_equals_the_json_file(self, facts: ReleaseFacts, many: list[Any]) -> None:
        files = written(facts, *many)
        table = msp_read.read_consensus_csv(files["Labels/labels_consensus.csv"])
        for file, row in json.loads(files["Labels/labels_consensus.json"]).items():
            assert list(row) == KEYS
            same = table[file]
            assert (row["EmoAct"], row["EmoVal"], row["EmoDom"]) == (
                same.arousal, same.valence, same.dominance,
            )  # fmt: skip
            assert (row["EmoClass"], row["Split_Set"]) == (same.code, same.partition)
            assert row["SpkrID"] == str(same.speaker or "Unknown")

    def test_json_has_four_spaces(self, facts: ReleaseFacts, golden: ReleaseClip) -> None:
        content = written(facts, golden)["Labels/labels_consensus.json"]
        assert content.startswith('{\n    "EMOCAST_0001_0001.flac": {\n        "EmoClass": "N",\n')


class TestDetailed:
    def test_quotes_only_rows_with_a_comma(self, facts: ReleaseFacts, golden: ReleaseClip) -> None:
        rows = written(facts, golden)["Labels/labels_detailed.csv"].splitlines()
        assert rows[0] == "FileName,EmoDetail"
        assert rows[2] == (
            "EMOCAST_0001_0001.flac,WORKER00000002; Neutral; Neutral;"
            " A:1.000000; V:4.000000; D:2.000000;"
        )
        assert rows[4] == (
            'EMOCAST_0001_0001.flac,"WORKER00000004; Happy; Happy,Amused;'
            ' A:2.000000; V:5.000000; D:3.000000;"'
        )

    def test_holds_the_lines_of_labels_txt(self, facts: ReleaseFacts, many: list[Any]) -> None:
        files = written(facts, *many)
        blocks = msp_read.read_labels_txt(files["Labels/labels.txt"])
        detailed = msp_read.read_detailed_csv(files["Labels/labels_detailed.csv"])
        assert detailed == {block.file: block.lines for block in blocks}
        frame = pd.read_csv(io.StringIO(files["Labels/labels_detailed.csv"]))
        assert frame["EmoDetail"].tolist() == [
            msp_rows.line_text(line) for block in blocks for line in block.lines
        ]

    def test_json_is_keyed_by_worker(self, facts: ReleaseFacts, golden: ReleaseClip) -> None:
        found = json.loads(written(facts, golden)["Labels/labels_detailed.json"])
        assert found["EMOCAST_0001_0001.flac"]["WORKER00000004"] == {
            "EmoClass_Major": "Happy", "EmoClass_Second": "Happy,Amused",
            "EmoAct": 2.0, "EmoDom": 3.0, "EmoVal": 5.0,
        }  # fmt: skip


@pytest.fixture(scope="module")
def one_rating(make_clip: Make, make_rating: Make, make_labels: Make) -> Make:
    def make(primary: str, secondaries: tuple[str, ...]) -> Any:
        rating = make_rating(1, primary, 2, 3, 4, secondaries=secondaries)
        return make_clip(labels=make_labels(rating, code="O", avd=(2.0, 3.0, 4.0)))

    return make


class TestFreeText:
    @given(said=st.text(), more=st.lists(st.text(), max_size=4))
    def test_survives_every_file(
        self, facts: ReleaseFacts, one_rating: Make, said: str, more: list[str]
    ) -> None:
        words = tuple(f"Other-{word}" for word in more)
        files = written(facts, one_rating(f"Other-{said}", words))
        (block,) = msp_read.read_labels_txt(files["Labels/labels.txt"])
        (line,) = block.lines
        assert line.primary == msp_rows.primary(f"Other-{said}")
        assert line.secondaries == tuple(dict.fromkeys(map(msp_rows.emotion, words)))
        detailed = files["Labels/labels_detailed.csv"]
        assert msp_read.read_detailed_csv(detailed) == {block.file: (line,)}
        assert len(pd.read_csv(io.StringIO(detailed))) == 1
        detail = json.loads(files["Labels/labels_detailed.json"])[block.file][line.worker]
        assert detail["EmoClass_Major"] == line.primary


class TestLeftOut:
    def test_is_nothing_for_whole_rows(self, facts: ReleaseFacts, many: list[Any]) -> None:
        assert msp.left_out(facts, many) == ()

    def test_names_clips_without_a_mean(
        self, facts: ReleaseFacts, make_clip: Make, make_rating: Make, make_labels: Make
    ) -> None:
        partial = make_labels(make_rating(1, "Sad", 1, None, 2), code="S", avd=(1.0, None, 2.0))
        clips = [make_clip(1), make_clip(2, labels=partial)]
        assert written(facts, *clips)["Labels/labels.txt"] == ""
        clips_sentence, ratings_sentence = msp.left_out(facts, clips)
        assert "2 of 2 clips" in clips_sentence
        assert "1 rating without" in ratings_sentence
        assert "EMOCAST_0001_0002" in ratings_sentence

    def test_keeps_the_latest_of_two_ratings_by_one_rater(
        self, facts: ReleaseFacts, make_clip: Make, make_rating: Make, make_labels: Make
    ) -> None:
        later = make_rating(1, "Happy", 5, 5, 5, rated_at=datetime(2025, 3, 2, tzinfo=UTC))
        ratings = (later, make_rating(1, "Sad", 1, 1, 1))
        clip = make_clip(labels=make_labels(*ratings, code="H", avd=(5.0, 5.0, 5.0)))
        (block,) = msp_read.read_labels_txt(written(facts, clip)["Labels/labels.txt"])
        assert [line.primary for line in block.lines] == ["Happy"]
        (sentence,) = msp.left_out(facts, [clip])
        assert sentence.startswith("Of 2 ratings")
        assert "keep the latest: WORKER00000001 on EMOCAST_0001_0001." in sentence

    def test_names_consensus_that_the_lines_do_not_explain(
        self, facts: ReleaseFacts, make_clip: Make, make_rating: Make, make_labels: Make
    ) -> None:
        ratings = (make_rating(1, "Sad", 1, 1, 1), make_rating(2, "Happy", 5, None, 5))
        clip = make_clip(labels=make_labels(*ratings, code="X", avd=(3.0, 1.0, 3.0)))
        partial, odd = msp.left_out(facts, [clip])
        assert "leave out 1 rating without" in partial
        assert "consensus of 1 clip does not follow" in odd


class TestOrder:
    def test_of_rows_does_not_matter(self, facts: ReleaseFacts, many: list[Any]) -> None:
        turned = [
            replace(clip, labels=replace(clip.labels, ratings=clip.labels.ratings[::-1]))
            for clip in reversed(many)
        ]
        assert written(facts, *turned) == written(facts, *many)
