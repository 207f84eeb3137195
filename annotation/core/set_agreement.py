"""Krippendorff's α for sets of labels: raters who tick any number of emotions.

Sets are bit masks. Distances: Jaccard, and MASI of Passonneau (2006), which is kinder to subsets.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from annotation.core.coefficients import percentiles

Array = npt.NDArray[np.float64]
Masks = npt.NDArray[np.int64]
Distance = Callable[[Masks, Masks], Array]

_EXACT: Final = 500  # units up to which each resample gets its own expected distance
_BLOCK: Final = 500_000  # pairs of sets compared at once
_BITS: Final = 62  # labels that a mask can hold


def mask(ticks: Sequence[str], labels: Sequence[str]) -> int:
    """A set of labels as bits, the first label lowest; ValueError for an unknown label."""
    return sum(1 << labels.index(tick) for tick in set(ticks))


def jaccard(a: Masks, b: Masks) -> Array:
    """1 - shared/all labels, 0 between two empty sets."""
    every = np.bitwise_count(a | b)
    return np.asarray(1 - np.where(every, np.bitwise_count(a & b) / np.maximum(every, 1), 1.0))


def masi(a: Masks, b: Masks) -> Array:
    """1 - J·M: M is 1 for equal sets, 2/3 for a subset, 1/3 for an overlap, 0 for disjoint ones."""
    shared = a & b
    subset = (shared == a) | (shared == b)
    kinship = np.select([a == b, subset, shared != 0], [1.0, 2 / 3, 1 / 3], 0.0)
    return np.asarray(1 - (1 - jaccard(a, b)) * kinship)


class SetAgreement:
    """Ratings (n,) of units (n,) by masks (n,), prepared for one distance.

    Negative masks are missing; units with fewer than two ratings say nothing and are dropped.
    The distance may depend on a pair of sets only through their sizes and what they share.
    """

    def __init__(self, units: Masks, masks: Masks, distance: Distance) -> None:
        given = masks >= 0
        _, rows, sizes = np.unique(units[given], return_inverse=True, return_counts=True)
        kept = sizes[rows] >= 2
        order = np.argsort(rows[kept], kind="stable")
        self.sizes: Masks = sizes[sizes >= 2]
        self.rows: Masks = np.repeat(np.arange(len(self.sizes)), self.sizes)
        self.sets, self.columns = np.unique(masks[given][kept][order], return_inverse=True)
        self.counts: Array = np.bincount(self.columns).astype(np.float64)
        self.widths: Masks = np.bitwise_count(self.sets).astype(np.int64)
        self.table = _by_size(distance, int(self.widths.max(initial=0)))
        self.observed = self._observed()
        self.spread = self._spread()

    def _observed(self) -> Array:
        """Per unit the distances of its ordered pairs over (m - 1)."""
        ends = np.cumsum(self.sizes)[self.rows]
        totals = np.zeros(len(self.sizes))
        for step in range(1, int(self.sizes.max(initial=1))):
            # every rating with the one `step` places later in its unit
            first = np.flatnonzero(np.arange(len(self.rows)) + step < ends)
            apart = self._apart(self.columns[first], self.columns[first + step])
            totals += np.bincount(self.rows[first], 2 * apart, minlength=len(totals))
        return np.asarray(totals / (self.sizes - 1))

    def _spread(self) -> Array:
        """Per distinct set the summed distance to all ratings: Δ·n, without holding Δ."""
        every, block = np.arange(len(self.sets)), max(1, _BLOCK // max(1, len(self.sets)))
        spread = np.zeros(len(self.sets))
        for start in range(0, len(self.sets), block):
            rows = every[start : start + block]
            spread[rows] = self._apart(rows[:, None], every) @ self.counts
        return spread

    def _apart(self, first: Masks, second: Masks) -> Array:
        """The distance of distinct sets, given by their places."""
        shared = np.bitwise_count(self.sets[first] & self.sets[second])
        size = len(self.table)
        cells = (self.widths * size**2)[first] + (self.widths * size)[second] + shared
        return np.asarray(self.table.ravel()[cells])

    def alpha(self) -> float | None:
        """Krippendorff's α over all units; None without units or where all sets are the same."""
        expected, n = self.counts @ self.spread, self.counts.sum()
        return float(1 - self.observed.sum() * (n - 1) / expected) if expected > 0 else None

    def interval(
        self, generator: np.random.Generator, *, resamples: int = 1000, level: float = 0.95
    ) -> tuple[float, float] | None:
        """Percentile bootstrap over units; None where too many resamples are undefined."""
        units = len(self.sizes)
        if not units:
            return None
        exactly = self._expected_exactly() if units <= _EXACT else None
        per_unit = np.bincount(self.rows, self.spread[self.columns])
        total = self.counts @ self.spread
        terms = np.stack([self.observed, self.sizes, per_unit], axis=1)
        drawn = np.full(resamples, np.nan)
        for i in range(resamples):
            weights = np.bincount(generator.integers(units, size=units), minlength=units)
            observed, n, first_order = weights @ terms
            # of many units the first order in n' - n is enough: what it leaves out is 1/units
            apart = exactly(weights) if exactly else 2 * first_order - total
            if apart > 0:
                drawn[i] = 1 - observed * (n - 1) / apart
        return percentiles(drawn, level=level)

    def _expected_exactly(self) -> Callable[[Masks], float]:
        """n'ᵀ·Δ·n' of the resampled counts n'."""
        every = np.arange(len(self.sets))
        apart = self._apart(every[:, None], every)

        def expected(weights: Masks) -> float:
            counts = np.bincount(self.columns, weights[self.rows], minlength=len(every))
            return float(counts @ apart @ counts)

        return expected


def _by_size(distance: Distance, widest: int) -> Array:
    """The distance by the size of one set, the size of the other, and how many they share."""
    a, b, shared = np.indices((widest + 1,) * 3, dtype=np.int64)
    possible = (shared <= np.minimum(a, b)) & (a + b - shared <= _BITS)
    a, b, shared = a[possible], b[possible], shared[possible]
    table = np.zeros(possible.shape)
    # two rows of ones side by side, the second pushed on until so many lie over the first
    table[possible] = distance((1 << a) - 1, ((1 << b) - 1) << (a - shared))
    return table
