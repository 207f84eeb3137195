"""The rows of MSP-Podcast label files: text out, text in, and the rule that ties them together."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.core.formats import base

# The alphabet of the format itself; everything else counts as Other.
LETTERS = {
    "Angry": "A",
    "Sad": "S",
    "Happy": "H",
    "Surprise": "U",
    "Fear": "F",
    "Disgust": "D",
    "Contempt": "C",
    "Neutral": "N",
}
OTHER, NO_AGREEMENT = "O", "X"
_SEPARATORS = str.maketrans({";": " ", ",": " ", '"': "", "'": ""})
_WORKER = re.compile(r"WORKER\d{7,8}")


class Malformed(ValueError):
    """The text is not of this format; says which line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One rating as labels.txt holds it; attributes on the seven-point scale."""

    worker: str
    primary: str
    secondaries: tuple[str, ...]
    arousal: float
    valence: float
    dominance: float


@dataclass(frozen=True, slots=True)
class Block:
    """One clip with its consensus and every rating of it."""

    file: str
    code: str
    arousal: float
    valence: float
    dominance: float
    lines: tuple[Line, ...]


def clean(text: str) -> str:
    """Free text without what the format uses itself: `;`, `,`, quotes and line breaks."""
    return base.one_line(text.translate(_SEPARATORS))


def emotion(text: str) -> str:
    """A word as the format writes it: free text always follows `Other-`, and is never bare."""
    cleaned = clean(text)
    if re.match(r"Other\b", cleaned):
        said = cleaned[len("Other") :].strip("- ")
        return f"Other-{said or 'unspecified'}"
    return cleaned


def primary(text: str) -> str:
    """One of the format's eight classes, or `Other-` and the text."""
    word = emotion(text)
    return word if word in LETTERS or word.startswith("Other-") else emotion(f"Other-{word}")


def line_text(line: Line) -> str:
    """`WORKER00000004; Happy; Happy,Amused; A:2.000000; V:5.000000; D:3.000000;`"""
    secondaries = ",".join(line.secondaries)
    return f"{line.worker}; {line.primary}; {secondaries}; {_attributes(line)}"


def block_text(block: Block) -> str:
    """The consensus line, its rating lines, and the blank line that ends them."""
    head = f"{block.file}; {block.code}; {_attributes(block)}"
    return "\n".join((head, *map(line_text, block.lines))) + "\n\n"


def _attributes(row: Line | Block) -> str:
    return f"A:{row.arousal:.6f}; V:{row.valence:.6f}; D:{row.dominance:.6f};"


def read_line(text: str) -> Line:
    """The rating in one line; stray spaces are forgiven, anything else raises Malformed."""
    fields = [field.strip() for field in text.split(";")]
    if len(fields) != 7 or fields[-1] or not _WORKER.fullmatch(fields[0]):
        raise Malformed(f"no rating line: {text!r}")
    secondaries = tuple(word for word in map(str.strip, fields[2].split(",")) if word)
    return Line(fields[0], fields[1], secondaries, *_numbers(fields[3:6], text))


def read_head(text: str) -> Block:
    """The consensus in the first line of a block, still without ratings; may raise Malformed."""
    fields = [field.strip() for field in text.split(";")]
    if len(fields) != 6 or fields[-1] or not re.fullmatch(r"[A-Z]", fields[1]):
        raise Malformed(f"no consensus line: {text!r}")
    return Block(fields[0], fields[1], *_numbers(fields[2:5], text), ())


def _numbers(fields: Sequence[str], text: str) -> tuple[float, float, float]:
    try:
        a, v, d = (
            float(field.removeprefix(f"{letter}:")) if field.startswith(f"{letter}:") else None
            for letter, field in zip("AVD", fields, strict=True)
        )
    except ValueError as error:
        raise Malformed(f"no number: {text!r}") from error
    if a is None or v is None or d is None:
        raise Malformed(f"attributes are not A, V, D: {text!r}")
    return a, v, d


def recomputed(lines: Sequence[Line]) -> tuple[str, float, float, float]:
    """Strict plurality, X for a tie, all Other as one class; plain means of A, V, D."""
    votes = Counter(LETTERS.get(line.primary, OTHER) for line in lines).most_common(2)
    tied = len(votes) > 1 and votes[0][1] == votes[1][1]
    return (
        NO_AGREEMENT if tied else votes[0][0],
        _mean(line.arousal for line in lines),
        _mean(line.valence for line in lines),
        _mean(line.dominance for line in lines),
    )


def _mean(values: Iterable[float]) -> float:
    numbers = tuple(values)
    return sum(numbers) / len(numbers)


def explains(block: Block) -> bool:
    """Whether the block's own lines give its consensus back, to the six decimals written."""
    code, *means = recomputed(block.lines)
    stated = (block.arousal, block.valence, block.dominance)
    return code == block.code and all(
        abs(mean - said) < 2e-6 for mean, said in zip(means, stated, strict=True)
    )
