"""Figures with intervals as a picture: where dots and whiskers stand on one shared axis."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

STEP: Final = 0.2
MAIN: Final = ("alpha_interval", "alpha_nominal", "alpha_masi")  # one per question


@dataclass(frozen=True, slots=True)
class Tick:
    """A grid line at `at` percent of the width."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Whisker:
    """One figure; `at`, `low_at`, `high_at` are percent of the width, None where there is none."""

    question: str
    name: str
    at: float
    low_at: float | None
    high_at: float | None
    written: str


@dataclass(frozen=True, slots=True)
class Picture:
    ticks: tuple[Tick, ...]
    rows: tuple[Whisker, ...]


def picture(figures: Sequence[Mapping[str, Any]]) -> Picture:
    """The main coefficient of every question, as `Agreement.figures` stores them.

    The axis ends at 1, perfect agreement, and begins at 0, chance, or below where a value lies there.
    """
    shown = [f for f in figures if f["statistic"] in MAIN and f["value"] is not None]
    ends = [f["value"] if f["low"] is None else f["low"] for f in shown]
    low = STEP * math.floor(min([0.0, *ends]) / STEP)
    steps = range(round(low / STEP), round(1 / STEP) + 1)
    return Picture(
        ticks=tuple(Tick(_at(step * STEP, low), _label(step * STEP)) for step in steps),
        rows=tuple(_whisker(figure, low) for figure in shown),
    )


def written(figure: Mapping[str, Any]) -> str:
    """0.34 [0.29, 0.40]: the value with its 95 % interval."""
    if figure["value"] is None:
        return ""
    if figure["low"] is None:
        return _number(figure["value"])
    low, high = _number(figure["low"]), _number(figure["high"])
    return f"{_number(figure['value'])} [{low}, {high}]"


def _whisker(figure: Mapping[str, Any], low: float) -> Whisker:
    has_interval = figure["low"] is not None
    return Whisker(
        question=str(figure["question"]),
        name=figure["name"],
        at=_at(figure["value"], low),
        low_at=_at(figure["low"], low) if has_interval else None,
        high_at=_at(figure["high"], low) if has_interval else None,
        written=written(figure),
    )


def _at(value: float, low: float) -> float:
    return round(100 * (min(value, 1.0) - low) / (1 - low), 2)


def _label(value: float) -> str:
    return _number(value, digits=1) if abs(value) > 1e-9 else "0"


def _number(value: float, *, digits: int = 2) -> str:
    return f"{value:.{digits}f}".replace("-", "−")
