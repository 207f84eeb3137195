"""From whisperX's aligned segments to our words: plain numbers, inside the file."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from corpus.core.segments import RATE, Segment
from corpus.core.transcripts import Word

_SHORTEST = RATE // 50  # samples: 20 ms, one frame of the aligner


def words(found: Sequence[Mapping[str, Any]], *, length: int) -> tuple[list[Word], list[str]]:
    """Every word with a time, and a note on the segments whose words had to be spread evenly."""
    placed: list[Word] = []
    spread = 0
    for segment in found:
        if segment["words"]:
            timed = _complete(segment)
        else:  # alignment failed: whisperX hands back the text alone
            timed = _spread(segment)
            spread += 1
        placed += [word for word in (_word(item, length) for item in timed) if word]
    notes = (
        [f"alignment failed in {spread} segments: their words are spread evenly"] if spread else []
    )
    return placed, notes


def _complete(segment: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Words that hold only symbols may have no times: they take those of the word before."""
    last = segment["start"]
    for word in segment["words"]:
        start, end = _time(word.get("start"), last), _time(word.get("end"), last)
        last = end
        yield {**word, "start": start, "end": end}


def _spread(segment: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    texts = segment["text"].split()
    letters = sum(map(len, texts))
    at, seconds = float(segment["start"]), float(segment["end"]) - float(segment["start"])
    for text in texts:
        end = at + seconds * len(text) / letters
        yield {"word": text, "start": at, "end": end}
        at = end


def _word(item: Mapping[str, Any], length: int) -> Word | None:
    text = item["word"].strip()
    start = max(0, round(float(item["start"]) * RATE))
    end = min(length, max(round(float(item["end"]) * RATE), start + _SHORTEST))
    return (
        Word(Segment(start, end), text, _share(item.get("score"))) if text and start < end else None
    )


def _time(value: Any, otherwise: float) -> float:
    return float(value) if value is not None and math.isfinite(value) else float(otherwise)


def _share(value: Any) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return min(1.0, max(0.0, float(value)))
