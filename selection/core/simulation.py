"""Scripted raters for demos and tests: a mood, a hearing of it, an answer. Never a person."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotation.core.protocols import Question, RatingProtocol
from annotation.core.scores import Answer


@dataclass(frozen=True, slots=True)
class Mood:
    """Where a mood lies: its class, centres of valence, arousal, dominance, and what goes with it."""

    primary: str
    vad: tuple[float, float, float]
    secondaries: tuple[str, ...]
    categories: tuple[str, ...]
    confused_with: tuple[str, ...] = ("Neutral",)


MOODS = {
    "neutral": Mood("Neutral", (4, 3.5, 4), (), ("serenity", "interest"), ("Happy", "Sad")),
    "calm": Mood("Neutral", (4.6, 2.2, 4), ("Happy",), ("serenity", "acceptance"), ("Happy",)),
    "happy": Mood("Happy", (6, 5, 4.6), ("Excited",), ("joy", "optimism"), ("Surprise",)),
    "amused": Mood("Happy", (5.6, 4.6, 4.6), ("Amused",), ("joy", "serenity")),
    "sad": Mood("Sad", (2.2, 2.4, 3), ("Disappointed",), ("sadness", "pensiveness")),
    "angry": Mood(
        "Angry", (1.8, 6, 5.6), ("Annoyed", "Frustrated"), ("anger", "rage"), ("Disgust",)
    ),
    "annoyed": Mood("Angry", (2.6, 4.8, 5), ("Annoyed",), ("annoyance",), ("Neutral", "Contempt")),
    "fear": Mood("Fear", (2.2, 5.6, 2.4), ("Concerned",), ("fear", "apprehension"), ("Surprise",)),
    "surprise": Mood(
        "Surprise", (4.6, 5.6, 4), ("Confused",), ("surprise", "amazement"), ("Happy",)
    ),
    "disgust": Mood("Disgust", (2, 4.4, 4.6), ("Annoyed",), ("disgust", "loathing"), ("Angry",)),
    "contempt": Mood("Contempt", (2.6, 3.8, 5.4), ("Annoyed",), ("contempt",), ("Disgust",)),
}


def mood_of(arousal: float | None, generator: np.random.Generator) -> str:
    """A mood for a clip whose truth nobody knows: its arousal, and a guess at the rest."""
    level = 0.0 if arousal is None else arousal
    if level > 0.6:
        return str(generator.choice(["angry", "happy", "surprise", "fear"]))
    if level < -0.6:
        return str(generator.choice(["sad", "calm", "neutral"]))
    return str(generator.choice(["neutral", "neutral", "amused", "annoyed", "contempt"]))


def answer(
    mood: str, protocol: RatingProtocol, generator: np.random.Generator, *, accuracy: float = 0.75
) -> Answer:
    """What a rater with this accuracy says of a mood; every draw from `generator`."""
    known = MOODS.get(mood, MOODS["neutral"])
    is_right = generator.random() < accuracy
    primary = known.primary if is_right else str(generator.choice(known.confused_with))
    v, a, d = (_point(centre, generator) for centre in known.vad)
    asks = protocol.asks
    return Answer(
        valence=v if asks(Question.VALENCE) else None,
        arousal=a if asks(Question.AROUSAL) else None,
        dominance=d if asks(Question.DOMINANCE) else None,
        primary=primary if asks(Question.PRIMARY) else None,
        secondaries=_some(known.secondaries, primary, generator)
        if asks(Question.SECONDARY)
        else (),
        distribution=_ticks(known.categories, generator) if asks(Question.DISTRIBUTION) else (),
    )


def _point(centre: float, generator: np.random.Generator) -> int:
    return int(np.clip(round(centre + generator.normal(0, 0.8)), 1, 7))


def _some(options: Sequence[str], primary: str, generator: np.random.Generator) -> tuple[str, ...]:
    ticked = [option for option in options if generator.random() < 0.6]
    return tuple(dict.fromkeys([primary, *ticked]))


def _ticks(options: Sequence[str], generator: np.random.Generator) -> tuple[str, ...]:
    ticked = [option for option in options if generator.random() < 0.6]
    return tuple(ticked or options[:1])
