import pytest

from corpus.core import transcripts
from corpus.core.segments import Segment
from corpus.core.transcripts import Word

HOW, ARE, YOU = (
    Word(Segment(0, 10), "How"),
    Word(Segment(10, 20), " are "),
    Word(Segment(25, 40), "you?", 0.9),
)


class TestWithin:
    def test_gives_whole_words_only(self):
        assert transcripts.within([HOW, ARE, YOU], Segment(0, 39)) == (HOW, ARE)

    def test_takes_words_that_fill_the_segment(self):
        assert transcripts.within([HOW, ARE, YOU], Segment(10, 40)) == (ARE, YOU)


class TestStraddling:
    @pytest.mark.parametrize(
        ("sample", "broken"), [(0, ()), (9, (HOW,)), (10, ()), (22, ()), (39, (YOU,)), (40, ())]
    )
    def test_gives_the_words_a_cut_would_break(self, sample, broken):
        assert transcripts.straddling([HOW, ARE, YOU], sample) == broken


class TestText:
    def test_follows_time_and_spaces_words_once(self):
        assert transcripts.text([YOU, HOW, ARE]) == "How are you?"

    def test_is_empty_without_words(self):
        assert transcripts.text([]) == ""

    @pytest.mark.parametrize(
        ("parts", "written"),
        [
            (["你好", "，", "世界"], "你好，世界"),
            (["안녕", "하세요"], "안녕 하세요"),
            (["我", "用", "Django", "写"], "我用 Django 写"),
        ],
        ids=["Chinese", "Korean", "mixed"],
    )
    def test_writes_a_language_as_it_is_written(self, parts, written):
        words = [Word(Segment(i, i + 1), part) for i, part in enumerate(parts)]
        assert transcripts.text(words) == written
