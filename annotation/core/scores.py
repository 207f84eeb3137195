"""What one rater says about one clip, and what is wrong with it."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from annotation.core import taxonomy
from annotation.core.protocols import Question, RatingProtocol
from annotation.core.taxonomy import Primary, Secondary

FREE_TEXT_LENGTH: Final = 60  # characters of an Other
COMMENT_LENGTH: Final = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """One rater's answer to one clip; labels are display words, wheel ticks EM2LDL names."""

    valence: int | None = None
    arousal: int | None = None
    dominance: int | None = None
    primary: str | None = None
    primary_other: str = ""
    secondaries: tuple[str, ...] = ()
    secondary_other: str = ""
    distribution: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What must change before an answer can be stored; `field` is a field of Answer."""

    field: str
    message: str


def clean_free_text(text: str, *, length: int = FREE_TEXT_LENGTH) -> str:
    """Text that every release file can hold: no ; , quotes, line breaks or control characters."""
    unquoted = _QUOTES.sub("", unicodedata.normalize("NFC", text))  # "don't" becomes one word
    kept = (" " if _separates(character) else character for character in unquoted)
    return re.sub(r" +", " ", "".join(kept)).strip()[:length].strip()


_QUOTES: Final = re.compile("[\"'`´‘’“”„‚‛‟«»‹›＂＇]")


def _separates(character: str) -> bool:
    return character in ";,；，、" or unicodedata.category(character)[0] in "CZ"


def clean(answer: Answer) -> Answer:
    """The answer as it is stored: protocol order of ticks, clean text, no text without its Other."""
    other_ticked = Secondary.OTHER in answer.secondaries
    return replace(
        answer,
        primary_other=clean_free_text(answer.primary_other)
        if answer.primary == Primary.OTHER
        else "",
        secondaries=_in_order(answer.secondaries, [label.value for label in Secondary]),
        secondary_other=clean_free_text(answer.secondary_other) if other_ticked else "",
        distribution=_in_order(answer.distribution, taxonomy.CATEGORY_NAMES),
        comment=answer.comment.strip(),
    )


def _in_order(ticks: Sequence[str], order: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(ticks, key=lambda tick: (order.index(tick) if tick in order else 99, tick)))


def check(answer: Answer, protocol: RatingProtocol) -> tuple[Problem, ...]:
    """Everything wrong with an answer, in screen order; the form, the API and imports ask here."""
    asked = (p for question in protocol.questions for p in _CHECKS[question](answer, protocol))
    return (*asked, *_unasked(answer, protocol))


def _check_scale(question: Question) -> Callable[[Answer, RatingProtocol], Iterator[Problem]]:
    def problems(answer: Answer, protocol: RatingProtocol) -> Iterator[Problem]:
        value = getattr(answer, question)
        if value is None:
            if protocol.requires(question):
                yield Problem(question, "Choose a point on this scale.")
        elif type(value) is not int or not taxonomy.LOWEST <= value <= taxonomy.HIGHEST:
            yield Problem(question, "A point on this scale is a whole number from 1 to 7.")

    return problems


def _check_primary(answer: Answer, protocol: RatingProtocol) -> Iterator[Problem]:
    if not answer.primary:
        if protocol.requires(Question.PRIMARY):
            yield Problem("primary", "Choose the main emotion.")
    elif answer.primary not in set(Primary):
        yield Problem("primary", f"Not a main emotion: {answer.primary}")
    elif answer.primary == Primary.OTHER and not clean_free_text(answer.primary_other):
        yield Problem("primary_other", "Other needs a word: what did you hear?")


def _check_secondaries(answer: Answer, protocol: RatingProtocol) -> Iterator[Problem]:
    required = protocol.requires(Question.SECONDARY)
    known = {label.value for label in Secondary}
    yield from _check_ticks("secondaries", answer.secondaries, known, required=required)
    if Secondary.OTHER in answer.secondaries and not clean_free_text(answer.secondary_other):
        yield Problem("secondary_other", "Other needs a word: what did you hear?")


def _check_distribution(answer: Answer, protocol: RatingProtocol) -> Iterator[Problem]:
    required = protocol.requires(Question.DISTRIBUTION)
    known = set(taxonomy.CATEGORY_NAMES)
    yield from _check_ticks("distribution", answer.distribution, known, required=required)


def _check_ticks(
    field: str, ticks: tuple[str, ...], known: set[str], *, required: bool
) -> Iterator[Problem]:
    if required and not ticks:
        yield Problem(field, "Tick at least one.")
    if unknown := sorted(set(ticks) - known):
        yield Problem(field, f"Not on this list: {', '.join(unknown)}")
    if len(set(ticks)) < len(ticks):
        yield Problem(field, "Ticked twice.")


def _check_comment(answer: Answer, protocol: RatingProtocol) -> Iterator[Problem]:
    if protocol.requires(Question.COMMENT) and not answer.comment.strip():
        yield Problem("comment", "Write a few words.")
    if len(answer.comment.strip()) > COMMENT_LENGTH:
        yield Problem("comment", "A comment has at most 1000 characters.")


_CHECKS: Final[dict[Question, Callable[[Answer, RatingProtocol], Iterator[Problem]]]] = {
    Question.VALENCE: _check_scale(Question.VALENCE),
    Question.AROUSAL: _check_scale(Question.AROUSAL),
    Question.DOMINANCE: _check_scale(Question.DOMINANCE),
    Question.PRIMARY: _check_primary,
    Question.SECONDARY: _check_secondaries,
    Question.DISTRIBUTION: _check_distribution,
    Question.COMMENT: _check_comment,
}
FIELDS: Final[dict[Question, str]] = {  # the field of Answer that holds the answer to a question
    **{question: question.value for question in Question},
    Question.SECONDARY: "secondaries",
}


def _unasked(answer: Answer, protocol: RatingProtocol) -> Iterator[Problem]:
    for question, field in FIELDS.items():
        if not protocol.asks(question) and getattr(answer, field) not in (None, "", ()):
            yield Problem(field, "This campaign does not ask that.")


def primary_string(answer: Answer) -> str:
    """The main emotion as release files spell it, "Other-confused"; empty where not asked."""
    return _with_text(answer.primary or "", answer.primary_other)


def secondary_string(answer: Answer) -> str:
    """All ticked emotions as release files spell them: "Happy,Other-proud"."""
    ticks = clean(answer).secondaries
    return ",".join(_with_text(tick, answer.secondary_other) for tick in ticks)


def _with_text(label: str, text: str) -> str:
    return f"{label}-{clean_free_text(text)}" if label == Primary.OTHER else label


def split_other(text: str) -> tuple[str, str]:
    """The label and the free text of one file entry: "Other-confused" → ("Other", "confused")."""
    label, _, typed = text.partition("-")
    if label.strip().lower() == Primary.OTHER.lower():
        return Primary.OTHER.value, typed.strip()
    return text.strip(), ""
