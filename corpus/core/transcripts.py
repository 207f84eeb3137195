"""Words with times."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from corpus.core.segments import Segment

# Chinese, Japanese and Thai are written without spaces, though their words have times of their own.
SPACELESS = r"[\u0e00-\u0e7f\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff00-\uff60]"
_NEEDLESS = re.compile(rf"(?<={SPACELESS}) (?={SPACELESS})")


@dataclass(frozen=True, slots=True, order=True)
class Word:
    """One spoken word; `confidence` is in 0 … 1, or None where the engine gives none."""

    segment: Segment
    text: str
    confidence: float | None = None


def within(words: Iterable[Word], segment: Segment) -> tuple[Word, ...]:
    """The words that lie wholly inside the segment, in the order given."""
    return tuple(
        word
        for word in words
        if segment.start <= word.segment.start and word.segment.end <= segment.end
    )


def straddling(words: Iterable[Word], sample: int) -> tuple[Word, ...]:
    """The words that a cut before `sample` would break; a word that starts or ends there stays whole."""
    return tuple(word for word in words if word.segment.start < sample < word.segment.end)


def text(words: Iterable[Word]) -> str:
    """What was said, in order of time, as the language writes it."""
    spoken = sorted(words, key=lambda word: word.segment)
    joined = " ".join(stripped for word in spoken if (stripped := word.text.strip()))
    return _NEEDLESS.sub("", joined)
