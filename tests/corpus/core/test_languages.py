"""Languages in every spelling that feeds and archives use."""

import pytest

from corpus.core.languages import iso639_3


class TestIso6393:
    @pytest.mark.parametrize(
        ("written", "code"),
        [
            ("en", "eng"), ("en-GB", "eng"), ("EN_us", "eng"), ("eng", "eng"), ("English", "eng"), ("deu", "deu"),
            ("ger", "deu"), ("German", "deu"), ("fre", "fra"), ("zh-CN", "zho"), ("cmn", "zho"), ("Mandarin", "zho"),
            ("zh-HK", "yue"), ("yue", "yue"), ("pt-BR", "por"), ("gsw", "und"), ("klingon", "und"), ("", "und"),
            ("-", "und"), ("fr-CA", "fra"), ("el", "ell"), ("Chinese (Mandarin)", "zho"),
        ],
    )  # fmt: skip
    def test_is_the_language_as_the_corpus_keeps_it(self, written, code):
        assert iso639_3(written) == code
