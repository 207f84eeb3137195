"""MSP-Podcast files of others, read with their stray spaces."""

import pytest

from corpus.core.formats import msp_read
from corpus.core.formats.msp_rows import Malformed


class TestReadLabelsTxt:
    def test_refuses_a_rating_before_any_clip(self) -> None:
        with pytest.raises(Malformed, match="before any clip"):
            msp_read.read_labels_txt("WORKER00000001; Sad; Sad; A:1.0; V:2.0; D:3.0;\n")

    def test_reads_blocks_without_a_blank_line_between(self) -> None:
        text = "a.wav; N; A:1.0; V:2.0; D:3.0;\nb.wav; X; A:1.0; V:2.0; D:3.0;\n"
        assert [block.file for block in msp_read.read_labels_txt(text)] == ["a.wav", "b.wav"]

    def test_reads_nothing_from_nothing(self) -> None:
        assert msp_read.read_labels_txt("") == ()


class TestReadConsensusCsv:
    def test_refuses_a_mean_without_a_decimal_point(self) -> None:
        with pytest.raises(Malformed, match="no consensus row"):
            msp_read.read_consensus_csv("head\na.wav,N,4,4.0,4.0,1,Male,Train\n")


class TestReadDetailedCsv:
    def test_refuses_other_columns(self) -> None:
        with pytest.raises(Malformed, match="FileName,EmoDetail"):
            msp_read.read_detailed_csv("FileName,Workers\n")


class TestReadPartitions:
    def test_forgives_stray_spaces(self) -> None:
        assert msp_read.read_partitions("Train ;a.wav \n\n Test1;  b.wav\n") == {
            "a.wav": "Train",
            "b.wav": "Test1",
        }

    def test_refuses_a_file_in_two_partitions(self) -> None:
        with pytest.raises(Malformed, match="second one"):
            msp_read.read_partitions("Train; a.wav\nTest1; a.wav\n")


class TestReadSpeakerIds:
    def test_forgives_stray_spaces(self) -> None:
        found = msp_read.read_speaker_ids("Speaker_3;Male \n****\n\na.wav; 3\nb.wav ;Unknown\n")
        assert found.genders == {3: "Male"}
        assert found.of_file == {"a.wav": 3, "b.wav": None}

    @pytest.mark.parametrize("text", ["Speaker_3; Male\n", "Speaker_3\n***\n"])
    def test_refuses_half_a_file(self, text: str) -> None:
        with pytest.raises(Malformed):
            msp_read.read_speaker_ids(text)
