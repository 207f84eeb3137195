"""What of the studio engines needs no torch: who may write what, what to doubt, when words are."""

import json

import numpy as np
import pytest

from corpus.core.segments import Segment
from corpus.engines.studio import gate, languages, timing


class TestLanguages:
    @pytest.mark.parametrize(
        ("model", "written"),
        [
            ("large-v3", {"eng", "zho", "yue"}),
            ("Systran/faster-whisper-large-v3", {"eng", "zho", "yue"}),
            ("large-v2", {"eng", "zho"}),
            ("distil-large-v3", {"eng"}),
            ("small.en", {"eng"}),
            ("something-else", set()),
        ],
    )
    def test_are_known_by_name(self, model, written):
        assert languages.written_by(model) == written

    @pytest.mark.parametrize(
        ("name", "tokens", "written"),
        [
            ("large-v3", ["en", "zh", "yue"], {"eng", "zho", "yue"}),
            ("mine", ["en", "zh"], {"eng", "zho"}),
            ("tiny.en", ["en", "zh"], {"eng"}),
            ("distil-v3", ["en", "zh", "yue"], {"eng"}),
        ],
    )
    def test_are_read_from_a_folder(self, tmp_path, name, tokens, written):
        folder = tmp_path / name
        folder.mkdir()
        added = [{"content": f"<|{token}|>"} for token in tokens]
        (folder / "tokenizer.json").write_text(json.dumps({"added_tokens": added}), "utf-8")
        assert languages.written_by(folder) == written


class TestDoubt:
    @pytest.mark.parametrize(
        ("text", "seconds", "logprob", "language", "reason"),
        [
            ("so what did you do then", 2.0, -0.3, "eng", None),
            ("so what did you do then", 2.0, None, "eng", None),
            ("so what did you do then", 2.0, -1.4, "eng", "unsure"),
            ("so what did you do then", 0.4, -0.3, "eng", "characters a second"),
            ("thank you " * 12, 9.0, -0.2, "eng", "repeats itself"),
            ("a" * 60, 9.0, -0.2, "eng", "a word without end"),
            ("我们今天说说别的事情吧", 3.0, -0.3, "zho", None),
            ("谢谢谢谢谢谢谢谢谢谢谢谢谢谢", 9.0, -0.3, "yue", "repeats itself"),
            ("我们今天说说别的事情吧", 0.5, -0.3, "zho", "characters a second"),
        ],
    )
    def test_gives_the_reason(self, text, seconds, logprob, language, reason):
        found = gate.doubt(text, seconds=seconds, avg_logprob=logprob, language=language)
        assert found is None if reason is None else reason in str(found)


class TestWords:
    def test_are_plain_numbers_inside_the_file(self):
        aligned = {
            "start": 0.0,
            "end": 3.0,
            "text": "So far",
            "words": [
                {"word": "So", "start": np.float64(0.5), "end": np.float64(0.5), "score": np.nan},
                {"word": "far", "start": np.float64(0.9), "end": np.float64(3.0), "score": 1.2},
            ],
        }
        words, notes = timing.words([aligned], length=32_000)
        assert notes == []
        assert [word.segment for word in words] == [Segment(8_000, 8_320), Segment(14_400, 32_000)]
        assert [word.confidence for word in words] == [None, 1.0]
        assert type(words[1].confidence) is float

    def test_without_a_time_follow_the_word_before(self):
        timed = {"word": "20", "start": 1.0, "end": 2.0, "score": 0.5}
        aligned = {"start": 0.0, "end": 3.0, "text": "20 %", "words": [timed, {"word": "%"}]}
        words, _ = timing.words([aligned], length=48_000)
        assert words[1].segment == Segment(32_000, 32_320)

    def test_are_spread_and_noted_where_alignment_failed(self):
        failed = {"start": 1.0, "end": 2.0, "text": " ab cdef ", "words": []}
        words, notes = timing.words([failed], length=48_000)
        assert [word.text for word in words] == ["ab", "cdef"]
        assert words[0].segment.end == words[1].segment.start
        assert words[1].segment.end == 32_000
        assert "1 segments" in notes[0]

    def test_after_the_end_of_the_file_are_dropped(self):
        late = {"word": "x", "start": 9.0, "end": 9.5}
        aligned = {"start": 9.0, "end": 9.5, "text": "x", "words": [late]}
        assert timing.words([aligned], length=16_000) == ([], [])
