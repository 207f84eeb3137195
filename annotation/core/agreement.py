"""How far the raters of a campaign agree: every figure with its interval, or why there is none.

Natural speech agrees little (α of .1 to .4 is common), so an interval is part of every figure and
no threshold gates anything.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from annotation.core import coefficients, set_agreement, taxonomy
from annotation.core.coefficients import Integers, Statistic, Units
from annotation.core.protocols import Question
from annotation.core.scores import Answer
from annotation.core.set_agreement import SetAgreement
from annotation.core.taxonomy import Primary, Secondary

MIN_ITEMS: Final = 2  # clips with two ratings, below which there is no figure
MIN_ITEMS_INTERVAL: Final = 10  # … and below which a bootstrap would only pretend
MISSING: Final = -1

_SCALES: Final = (Question.VALENCE, Question.AROUSAL, Question.DOMINANCE)
_TICKS: Final[Mapping[Question, tuple[str, ...]]] = {
    Question.SECONDARY: tuple(label.value for label in Secondary),
    Question.DISTRIBUTION: taxonomy.CATEGORY_NAMES,
}
_POINTS: Final = np.arange(taxonomy.LOWEST, taxonomy.HIGHEST + 1)
_CLASS_INDEX: Final = {label.value: i for i, label in enumerate(Primary)}


@dataclass(frozen=True, slots=True)
class RatingTable:
    """One row per current rating: clips (n,), raters (n,), and per question a column (n,).

    Scales hold 1 … 7, the main emotion its place in Primary, ticks the bit mask of
    `set_agreement.mask`; MISSING is -1. A rater rates a clip once.
    """

    items: Integers
    raters: Integers
    columns: Mapping[Question, Integers]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its 95 % bootstrap interval over clips; `reason` says why one is missing.

    `n_items` are the clips with at least two ratings, `n_ratings` the ratings they hold.
    """

    name: str
    question: Question
    statistic: str
    value: float | None
    low: float | None
    high: float | None
    n_items: int
    n_ratings: int
    reason: str = ""


def tabulate(rows: Iterable[tuple[int, int, Answer]]) -> RatingTable:
    """Clip id, rater id and answer, as columns; a question that nobody answered has none."""
    kept = list(rows)
    columns = {
        question: np.array([_cell(question, answer) for _, _, answer in kept], dtype=np.int64)
        for question in (*_SCALES, Question.PRIMARY, *_TICKS)
    }
    return RatingTable(
        items=np.array([item for item, _, _ in kept], dtype=np.int64),
        raters=np.array([rater for _, rater, _ in kept], dtype=np.int64),
        # a set is empty where nothing fits and where nothing was asked; all empty is not asked
        columns={q: c for q, c in columns.items() if np.any(c > (0 if q in _TICKS else MISSING))},
    )


def _cell(question: Question, answer: Answer) -> int:
    if question is Question.PRIMARY:
        return _CLASS_INDEX[answer.primary] if answer.primary else MISSING
    if question is Question.SECONDARY:
        return set_agreement.mask(answer.secondaries, _TICKS[question])
    if question is Question.DISTRIBUTION:
        return set_agreement.mask(answer.distribution, _TICKS[question])
    point: int | None = getattr(answer, question)
    return MISSING if point is None else point


def measure(
    table: RatingTable, *, generator: np.random.Generator, resamples: int = 1000
) -> tuple[Figure, ...]:
    """Every figure of a campaign, in screen order; same table and seed, same figures."""
    return tuple(_figures(table, generator, resamples))


def _figures(
    table: RatingTable, generator: np.random.Generator, resamples: int
) -> Iterator[Figure]:
    for question in (*_SCALES, Question.PRIMARY):
        if question in table.columns:
            units = _units(question, table.items, table.columns[question])
            for reading in _readings(question, units):
                yield _from_counts(reading, generator, resamples)
    for question in _TICKS:
        if question in table.columns:
            yield from _from_sets(table, question, generator, resamples)


def _units(question: Question, items: Integers, values: Integers) -> Units:
    if question is Question.PRIMARY:
        return coefficients.pairable(coefficients.tally(items, values, n_values=len(Primary)))
    # points from 1 become columns from 0; a missing -1 stays negative
    places = values - taxonomy.LOWEST
    return coefficients.pairable(coefficients.tally(items, places, n_values=len(_POINTS)))


@dataclass(frozen=True, slots=True)
class _Reading:
    """A statistic, what it is called, and what it reads."""

    question: Question
    name: str
    key: str
    statistic: Statistic
    units: Units


def _readings(question: Question, units: Units) -> tuple[_Reading, ...]:
    if question is Question.PRIMARY:
        return (*_of_classes(units), *_of_each_class(units))
    named: tuple[tuple[str, str, Statistic], ...] = (
        (
            "Krippendorff's α, interval",
            "alpha_interval",
            coefficients.alpha_statistic("interval", _POINTS),
        ),
        (
            "Krippendorff's α, ordinal",
            "alpha_ordinal",
            coefficients.alpha_statistic("ordinal", _POINTS),
        ),
        ("ICC(1,1), one rating", "icc_1", coefficients.icc_statistic(_POINTS, of_mean=False)),
        ("ICC(1,k), the mean", "icc_k", coefficients.icc_statistic(_POINTS, of_mean=True)),
    )
    return tuple(_Reading(question, *reading, units) for reading in named)


def _of_classes(units: Units) -> tuple[_Reading, ...]:
    nominal = coefficients.alpha_statistic("nominal", np.arange(len(Primary)))
    pairs = coefficients.observed_agreement
    named: tuple[tuple[str, str, Statistic], ...] = (
        ("Krippendorff's α, nominal", "alpha_nominal", nominal),
        ("Fleiss' κ", "fleiss_kappa", coefficients.fleiss),
        ("Agreeing pairs of raters", "pair_agreement", pairs),
    )
    return tuple(_Reading(Question.PRIMARY, *reading, units) for reading in named)


def _of_each_class(units: Units) -> Iterator[_Reading]:
    binary = coefficients.alpha_statistic("nominal", np.arange(2))
    for place, label in enumerate(Primary):
        name, key = f"{label.value} against the rest", f"alpha_nominal_{label.code}"
        yield _Reading(Question.PRIMARY, name, key, binary, units.against_rest(place))


def _from_counts(reading: _Reading, generator: np.random.Generator, resamples: int) -> Figure:
    statistic, units = reading.statistic, reading.units
    value = coefficients.estimate(statistic, units) if units.n_items >= MIN_ITEMS else None
    bounds = None
    if value is not None and units.n_items >= MIN_ITEMS_INTERVAL:
        bounds = coefficients.interval(statistic, units, generator, resamples=resamples)
    named, size = (reading.name, reading.question, reading.key), (units.n_items, units.n_ratings)
    return _figure(*named, value=value, bounds=bounds, size=size)


def _from_sets(
    table: RatingTable, question: Question, generator: np.random.Generator, resamples: int
) -> Iterator[Figure]:
    for title, distance in (("MASI", set_agreement.masi), ("Jaccard", set_agreement.jaccard)):
        sets = SetAgreement(table.items, table.columns[question], distance)
        n = len(sets.sizes)
        value = sets.alpha() if n >= MIN_ITEMS else None
        bounds = None
        if value is not None and n >= MIN_ITEMS_INTERVAL:
            bounds = sets.interval(generator, resamples=resamples)
        named = (f"Krippendorff's α, {title}", question, f"alpha_{title.lower()}")
        yield _figure(*named, value=value, bounds=bounds, size=(n, int(sets.sizes.sum())))


def _figure(
    name: str,
    question: Question,
    key: str,
    *,
    value: float | None,
    bounds: tuple[float, float] | None,
    size: tuple[int, int],
) -> Figure:
    low, high = bounds or (None, None)
    reason = _reason(value, size[0]) if bounds is None else ""
    return Figure(name, question, key, value, low, high, *size, reason)


def _reason(value: float | None, n_items: int) -> str:
    if n_items < MIN_ITEMS:
        return f"fewer than {MIN_ITEMS} clips have two ratings"
    if value is None:
        return "all ratings are the same: nothing to agree on by more than chance"
    if n_items < MIN_ITEMS_INTERVAL:
        return f"fewer than {MIN_ITEMS_INTERVAL} clips have two ratings: no interval"
    return "too few clips differ from all others: no interval"
