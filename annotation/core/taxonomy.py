"""The only list of labels: classes, scales and the 32 categories of the emotion wheel.

Words and order are those of MSP-Podcast (Lotfian & Busso 2019) and EM2LDL (arXiv 2511.20106).
They are plain English: templates translate them, files never do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

VERSION: Final = "1"  # goes into every release; raise it when a word, a code or an order changes
NO_AGREEMENT: Final = "X"  # the class of a clip whose votes tie for first place


class Primary(StrEnum):
    """The main emotion, exactly one per rating, in the order of the form."""

    ANGRY = "Angry"
    SAD = "Sad"
    HAPPY = "Happy"
    SURPRISE = "Surprise"
    FEAR = "Fear"
    DISGUST = "Disgust"
    CONTEMPT = "Contempt"
    NEUTRAL = "Neutral"
    OTHER = "Other"  # never bare: "Other-" and what the rater typed

    @property
    def code(self) -> str:
        """The letter of release files: A S H U F D C N O."""
        return "U" if self is Primary.SURPRISE else self.value[0]

    @property
    def key(self) -> str:
        """The key that chooses it; the same letter, so that raters learn the codes."""
        return self.code


CODES: Final[tuple[str, ...]] = tuple(label.code for label in Primary)
PRIMARY_BY_CODE: Final[Mapping[str, Primary]] = {label.code: label for label in Primary}


class Secondary(StrEnum):
    """Everything that was heard, any number per rating, in the order of the protocol."""

    ANGRY = "Angry"
    SAD = "Sad"
    HAPPY = "Happy"
    AMUSED = "Amused"
    NEUTRAL = "Neutral"
    FRUSTRATED = "Frustrated"
    DEPRESSED = "Depressed"
    SURPRISE = "Surprise"
    CONCERNED = "Concerned"
    DISGUST = "Disgust"
    DISAPPOINTED = "Disappointed"
    EXCITED = "Excited"
    CONFUSED = "Confused"
    ANNOYED = "Annoyed"
    FEAR = "Fear"
    CONTEMPT = "Contempt"
    OTHER = "Other"


# Similar ones side by side on the screen; the page may shuffle whole groups, stable per rater.
SECONDARY_GROUPS: Final[tuple[tuple[Secondary, ...], ...]] = (
    (Secondary.ANGRY, Secondary.FRUSTRATED, Secondary.ANNOYED),
    (Secondary.SAD, Secondary.DEPRESSED, Secondary.DISAPPOINTED),
    (Secondary.HAPPY, Secondary.AMUSED, Secondary.EXCITED),
    (Secondary.SURPRISE, Secondary.CONFUSED),
    (Secondary.FEAR, Secondary.CONCERNED),
    (Secondary.DISGUST, Secondary.CONTEMPT),
    (Secondary.NEUTRAL, Secondary.OTHER),
)


@dataclass(frozen=True, slots=True)
class Scale:
    """A 7-point scale; `points` says each point in words, for screen readers and legends."""

    name: str
    title: str
    letter: str
    low: str
    high: str
    points: tuple[str, ...]


LOWEST: Final = 1
HIGHEST: Final = 7


def _scale(name: str, low: str, middle: str, high: str) -> Scale:
    points = (
        f"very {low}",
        low,
        f"slightly {low}",
        middle,
        f"slightly {high}",
        high,
        f"very {high}",
    )
    return Scale(name, name.capitalize(), name[0].upper(), points[0], points[-1], points)


VALENCE: Final = _scale("valence", "negative", "neutral", "positive")
AROUSAL: Final = _scale("arousal", "calm", "neither calm nor active", "active")
DOMINANCE: Final = _scale("dominance", "weak", "neither weak nor strong", "strong")
SCALES: Final = (VALENCE, AROUSAL, DOMINANCE)  # on the screen
FILE_SCALES: Final = (AROUSAL, VALENCE, DOMINANCE)  # in release files: A, V, D


class Petal(StrEnum):
    """The eight petals of Plutchik's wheel, each next to its neighbours (the last to the first)."""

    JOY = "joy"
    TRUST = "trust"
    FEAR = "fear"
    SURPRISE = "surprise"
    SADNESS = "sadness"
    DISGUST = "disgust"
    ANGER = "anger"
    ANTICIPATION = "anticipation"


class Ring(StrEnum):
    """How strong: three rings of a petal, and the dyad between a petal and the next."""

    INTENSE = "intense"
    BASIC = "basic"
    MILD = "mild"
    DYAD = "dyad"


@dataclass(frozen=True, slots=True)
class Category:
    """One of the 32: `name` as spelt in EM2LDL files (also where that is wrong), `title` as read."""

    name: str
    petal: Petal
    ring: Ring
    primary: Primary  # the lossy roll-up to the nine classes, a choice of this project

    @property
    def title(self) -> str:
        return _CORRECTED.get(self.name, self.name).capitalize()

    @property
    def petals(self) -> tuple[Petal, ...]:
        """Its own petal; for a dyad both petals it lies between."""
        petals = tuple(Petal)
        following = petals[(petals.index(self.petal) + 1) % len(petals)]
        return (self.petal, following) if self.ring is Ring.DYAD else (self.petal,)


_CORRECTED: Final = {"ecstacy": "ecstasy", "aggresiveness": "aggressiveness"}
_WHEEL: Final[Mapping[Petal, tuple[str, str, str, str]]] = {  # intense, basic, mild, dyad
    Petal.JOY: ("ecstacy", "joy", "serenity", "love"),
    Petal.TRUST: ("admiration", "trust", "acceptance", "submission"),
    Petal.FEAR: ("terror", "fear", "apprehension", "awe"),
    Petal.SURPRISE: ("amazement", "surprise", "distraction", "disapproval"),
    Petal.SADNESS: ("grief", "sadness", "pensiveness", "remorse"),
    Petal.DISGUST: ("loathing", "disgust", "boredom", "contempt"),
    Petal.ANGER: ("rage", "anger", "annoyance", "aggresiveness"),
    Petal.ANTICIPATION: ("vigilance", "anticipation", "interest", "optimism"),
}
_PETAL_PRIMARY: Final = {
    Petal.JOY: Primary.HAPPY,
    Petal.FEAR: Primary.FEAR,
    Petal.SURPRISE: Primary.SURPRISE,
    Petal.SADNESS: Primary.SAD,
    Petal.DISGUST: Primary.DISGUST,
    Petal.ANGER: Primary.ANGRY,
}


def _roll_up(name: str, petal: Petal, ring: Ring) -> Primary:
    if name == "serenity":  # the wheel has no neutral; serenity absorbs it
        return Primary.NEUTRAL
    if name == "contempt":
        return Primary.CONTEMPT
    if ring is Ring.DYAD:
        return Primary.OTHER
    return _PETAL_PRIMARY.get(petal, Primary.OTHER)


CATEGORIES: Final[tuple[Category, ...]] = tuple(
    Category(name, petal, ring, _roll_up(name, petal, ring))
    for petal, names in _WHEEL.items()
    for name, ring in zip(names, Ring, strict=True)
)  # in the column order of EM2LDL files
CATEGORY_NAMES: Final[tuple[str, ...]] = tuple(category.name for category in CATEGORIES)


def to_petals(masses: Mapping[str, float]) -> dict[Petal, float]:
    """Masses of the 32 categories, summed per petal; a dyad gives half to each neighbour."""
    totals = dict.fromkeys(Petal, 0.0)
    for category in _named(masses):
        for petal in category.petals:
            totals[petal] += masses[category.name] / len(category.petals)
    return totals


def to_primaries(masses: Mapping[str, float]) -> dict[Primary, float]:
    """Masses of the 32 categories, summed per main emotion; lossy, most dyads become Other."""
    totals = dict.fromkeys(Primary, 0.0)
    for category in _named(masses):
        totals[category.primary] += masses[category.name]
    return totals


def _named(masses: Iterable[str]) -> list[Category]:
    present = set(masses)
    if unknown := present - set(CATEGORY_NAMES):
        raise ValueError(f"not categories of the wheel: {', '.join(sorted(unknown))}")
    return [category for category in CATEGORIES if category.name in present]
