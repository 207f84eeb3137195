"""Chance-corrected agreement from vote counts: Krippendorff's α, Fleiss' κ, ICC, raw agreement.

Counts are (units, values): how often each value was given to each unit. Every statistic takes
weights (resamples, units) as well, how often each unit is drawn, and answers one number per
resample, so that a bootstrap over units is a matrix product. NaN means undefined; the public
one-number functions say None instead.

Krippendorff (2011), Computing Krippendorff's alpha-reliability. Fleiss (1971), Psychol. Bull. 76.
Shrout & Fleiss (1979), Psychol. Bull. 86.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal, Self

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Statistic = Callable[[Array, Array], Array]
Metric = Literal["nominal", "ordinal", "interval", "ratio"]

_CELLS: Final = 4_000_000  # resamples × units held in memory at once


def tally(units: Integers, values: Integers, *, n_values: int) -> Array:
    """Counts (distinct units, n_values) of the ratings (n,), values from 0; negative is missing.

    Raises ValueError for a value that has no column.
    """
    if values.max(initial=-1) >= n_values:
        raise ValueError(f"values go up to {n_values - 1}, got {values.max()}")
    given = values >= 0
    _, rows = np.unique(units[given], return_inverse=True)
    n_units = int(rows.max()) + 1 if rows.size else 0
    cells = rows * n_values + values[given]
    counts = np.bincount(cells, minlength=n_units * n_values)
    return np.asarray(counts.reshape(n_units, n_values), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Units:
    """The units that can agree, with at least two ratings each: distinct counts, and how often."""

    counts: Array  # (patterns, values)
    times: Integers  # (patterns,)

    @property
    def n_items(self) -> int:
        return int(self.times.sum())

    @property
    def n_ratings(self) -> int:
        return int(self.times @ self.counts.sum(axis=1))

    def against_rest(self, column: int) -> Self:
        """The same units with one value in the first column and all others in the second."""
        chosen = self.counts[:, column]
        split = np.stack([chosen, self.counts.sum(axis=1) - chosen], axis=1)
        counts, places = np.unique(split, axis=0, return_inverse=True)
        times = np.bincount(places, self.times, minlength=len(counts)).astype(np.int64)
        return replace(self, counts=counts, times=times)


def pairable(counts: npt.ArrayLike) -> Units:
    """Counts (units, values) without the units that say nothing, equal ones put together."""
    table = np.asarray(counts, dtype=np.float64)
    kept = table[table.sum(axis=1) >= 2]
    return Units(*np.unique(kept, axis=0, return_counts=True))


def krippendorff(counts: Array, weights: Array, *, metric: Metric, values: Array) -> Array:
    """Krippendorff's α per row of weights; `values` (K,) are what the columns stand for."""
    per_unit = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :]
    pairs -= counts[:, :, None] * np.eye(counts.shape[1])
    pairs /= (per_unit - 1)[:, None, None]
    shape = (len(weights), *pairs.shape[1:])
    coincidences = (weights @ pairs.reshape(len(pairs), -1)).reshape(shape)
    totals = coincidences.sum(axis=2)
    distance = _distance(metric, totals, values)
    observed = (coincidences * distance).sum(axis=(1, 2))
    expected = (totals[:, :, None] * totals[:, None, :] * distance).sum(axis=(1, 2))
    return 1 - _ratio(observed * (totals.sum(axis=1) - 1), expected)


def _distance(metric: Metric, totals: Array, values: Array) -> Array:
    """Squared differences (1 or resamples, K, K)."""
    if metric == "nominal":
        return 1 - np.eye(len(values))[None]
    # the ordinal distance is that of the middle ranks
    points = np.cumsum(totals, axis=1) - totals / 2 if metric == "ordinal" else values[None]
    difference = points[:, :, None] - points[:, None, :]
    if metric == "ratio":
        difference = difference / np.where(
            difference == 0, 1, points[:, :, None] + points[:, None, :]
        )
    return np.asarray(difference**2)


def observed_agreement(counts: Array, weights: Array) -> Array:
    """Mean over units of the share of rater pairs that agree, in [0, 1]."""
    n = counts.sum(axis=1)
    shares = ((counts**2).sum(axis=1) - n) / (n * (n - 1))
    return _ratio(weights @ shares, weights.sum(axis=1))


def fleiss(counts: Array, weights: Array) -> Array:
    """Fleiss' κ; with unequal numbers of ratings n_i per unit and chance from pooled shares."""
    agreement = observed_agreement(counts, weights)
    totals = weights @ counts
    chance = ((totals / totals.sum(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return _ratio(agreement - chance, 1 - chance)


def intraclass(counts: Array, weights: Array, *, values: Array, of_mean: bool) -> Array:
    """ICC(1,1), or ICC(1,k) of the mean of the ratings: one-way random effects, unequal n allowed."""
    n, total, units = counts.sum(axis=1), weights @ counts.sum(axis=1), weights.sum(axis=1)
    means = counts @ values / n
    within = weights @ (counts @ values**2 - n * means**2)
    grand = weights @ (n * means) / total
    between = weights @ (n * means**2) - total * grand**2
    mean_between, mean_within = _ratio(between, units - 1), _ratio(within, total - units)
    size = _ratio(total - weights @ n**2 / total, units - 1)
    spread = mean_between if of_mean else mean_between + (size - 1) * mean_within
    return _ratio(mean_between - mean_within, spread)


def _ratio(top: Array, bottom: Array) -> Array:
    """top / bottom, NaN where the bottom is nothing but rounding."""
    defined = bottom > 1e-9
    return np.where(defined, top / np.where(defined, bottom, 1), np.nan)


def estimate(statistic: Statistic, units: Units) -> float | None:
    """The statistic over all units; None where it is undefined."""
    if not units.n_items:
        return None
    value = float(statistic(units.counts, units.times[None].astype(np.float64))[0])
    return value if np.isfinite(value) else None


def interval(
    statistic: Statistic,
    units: Units,
    generator: np.random.Generator,
    *,
    resamples: int = 1000,
    level: float = 0.95,
) -> tuple[float, float] | None:
    """Percentile bootstrap over units; None where too many resamples are undefined.

    Units with the same counts are drawn together, which is the same draw and far cheaper.
    """
    n = units.n_items
    if not n:
        return None
    step = max(1, _CELLS // len(units.times))
    drawn = []
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        weights = generator.multinomial(n, units.times / n, size=size)
        drawn.append(statistic(units.counts, weights.astype(np.float64)))
    return percentiles(np.concatenate(drawn), level=level)


def percentiles(drawn: Array, *, level: float) -> tuple[float, float] | None:
    """The middle `level` of the defined values; None where more than a tenth is undefined.

    Where all that varies is in one or two units, many resamples miss it, and the rest would mislead.
    """
    defined = drawn[np.isfinite(drawn)]
    if defined.size < 0.9 * drawn.size:
        return None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def alpha_statistic(metric: Metric, values: npt.ArrayLike) -> Statistic:
    """Krippendorff's α over columns that stand for `values`, ready for estimate and interval."""
    return partial(krippendorff, metric=metric, values=np.asarray(values, dtype=np.float64))


def icc_statistic(values: npt.ArrayLike, *, of_mean: bool) -> Statistic:
    """ICC over columns that stand for `values`, ready for estimate and interval."""
    return partial(intraclass, values=np.asarray(values, dtype=np.float64), of_mean=of_mean)


def alpha(
    counts: npt.ArrayLike, *, metric: Metric, values: npt.ArrayLike | None = None
) -> float | None:
    """Krippendorff's α; the columns stand for 1, 2, … unless `values` says otherwise."""
    table = np.asarray(counts, dtype=np.float64)
    points = np.arange(1, table.shape[1] + 1) if values is None else values
    return estimate(alpha_statistic(metric, points), pairable(table))


def kappa(counts: npt.ArrayLike) -> float | None:
    """Fleiss' κ; None where all ratings are the same or no unit has two."""
    return estimate(fleiss, pairable(counts))
