"""Rating protocols: which questions a campaign asks, in which order, and which need an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Question(StrEnum):
    """One block of the rating form."""

    VALENCE = "valence"
    AROUSAL = "arousal"
    DOMINANCE = "dominance"
    PRIMARY = "primary"
    SECONDARY = "secondary"
    DISTRIBUTION = "distribution"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class RatingProtocol:
    """The questions in screen order; frozen into a campaign, so a form never changes under raters.

    Raises ValueError for a protocol that asks nothing, asks twice, or requires what it never asks.
    """

    name: str
    version: str
    questions: tuple[Question, ...]
    required: frozenset[Question]

    def __post_init__(self) -> None:
        if not self.questions:
            raise ValueError("a protocol asks at least one question")
        if len(set(self.questions)) < len(self.questions):
            raise ValueError("a protocol asks each question once")
        if not self.required <= set(self.questions):
            raise ValueError("a protocol requires only what it asks")

    def asks(self, question: Question) -> bool:
        return question in self.questions

    def requires(self, question: Question) -> bool:
        return question in self.required

    def to_json(self) -> dict[str, Any]:
        """Plain values, the same for equal protocols."""
        return {
            "name": self.name,
            "version": self.version,
            "questions": [question.value for question in self.questions],
            "required": [q.value for q in self.questions if q in self.required],
        }


def from_json(stored: Mapping[str, Any]) -> RatingProtocol:
    """The protocol that `to_json` stored; ValueError for anything else."""
    try:
        return RatingProtocol(
            name=str(stored["name"]),
            version=str(stored["version"]),
            questions=tuple(Question(q) for q in stored["questions"]),
            required=frozenset(Question(q) for q in stored["required"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a rating protocol: {stored!r}") from error


_SCALES: Final = (Question.VALENCE, Question.AROUSAL, Question.DOMINANCE)

# Attributes, then the main emotion, then all emotions; an empty set of secondaries is an answer.
MSP_PODCAST: Final = RatingProtocol(
    name="msp-podcast",
    version="1",
    questions=(*_SCALES, Question.PRIMARY, Question.SECONDARY),
    required=frozenset((*_SCALES, Question.PRIMARY)),
)
# Ticks on the wheel and nothing else: what its raters were told is not published.
EM2LDL: Final = RatingProtocol(
    name="em2ldl",
    version="1",
    questions=(Question.DISTRIBUTION,),
    required=frozenset((Question.DISTRIBUTION,)),
)
# The wheel comes last, so that the first five answers stay comparable with MSP_PODCAST.
MSP_PODCAST_WITH_DISTRIBUTION: Final = RatingProtocol(
    name="msp-podcast-with-distribution",
    version="1",
    questions=(*MSP_PODCAST.questions, Question.DISTRIBUTION),
    required=MSP_PODCAST.required | {Question.DISTRIBUTION},
)
PRESETS: Final[tuple[RatingProtocol, ...]] = (MSP_PODCAST, EM2LDL, MSP_PODCAST_WITH_DISTRIBUTION)
