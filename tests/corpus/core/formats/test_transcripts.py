"""Transcripts as files."""

from collections.abc import Callable
from typing import Any

from corpus.core.formats import transcripts
from corpus.core.releases import ReleaseFacts

Make = Callable[..., Any]


class TestFiles:
    def test_are_one_line_per_clip(self, facts: ReleaseFacts, make_clip: Make) -> None:
        clips = [make_clip(2, text="Ça va?\r\n Yes. "), make_clip(1, text="")]
        assert list(transcripts.files(facts, clips)) == [
            ("Transcripts/EMOCAST_0001_0001.txt", b""),
            ("Transcripts/EMOCAST_0001_0002.txt", "Ça va? Yes.\n".encode()),
        ]


class TestLeftOut:
    def test_names_clips_without_words(self, facts: ReleaseFacts, make_clip: Make) -> None:
        clips = [make_clip(2), make_clip(1, text=" ")]
        assert transcripts.left_out(facts, clips) == (
            "1 of 2 transcripts are empty: EMOCAST_0001_0001.",
        )
        assert transcripts.left_out(facts, clips[:1]) == ()
