"""Label distributions: formed from ticks or votes, smoothed, and compared.

Measures follow Geng (2016), with the conventions of PyLDL: u is the truth, v the prediction, one
distribution per row, logarithms natural, the mean over rows is the caller's. Clark, Canberra and
the KL divergence clip both sides to [EPSILON, 1] without renormalising; EPSILON is part of every
published number, so it never changes.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Rows = npt.ArrayLike

EPSILON: Final = 2.2e-16
COLLAPSED_BELOW: Final = 0.25  # of the collapse index; a choice of this project


def normalise(weights: Rows) -> Array:
    """Rows that sum to 1; ValueError for a negative or infinite weight and for an empty row."""
    w = np.asarray(weights, dtype=np.float64)
    if not np.all(np.isfinite(w)) or np.any(w < 0):
        raise ValueError("weights are finite and not negative")
    totals = w.sum(axis=-1, keepdims=True)
    if np.any(totals <= 0):
        raise ValueError("a distribution needs some weight")
    return np.asarray(w / totals)


def pooled(ticks: Iterable[Sequence[str]], labels: Sequence[str]) -> dict[str, float]:
    """Share of all ticks per label, as EM2LDL does; empty without ticks. Verbose raters weigh more."""
    return _shares([dict.fromkeys(rater, 1.0) for rater in ticks], labels)


def rater_equal(ticks: Iterable[Sequence[str]], labels: Sequence[str]) -> dict[str, float]:
    """Each rater with a tick spreads a weight of 1 over her ticks; empty without ticks."""
    return _shares([dict.fromkeys(rater, 1 / len(set(rater))) for rater in ticks if rater], labels)


def _shares(raters: Sequence[dict[str, float]], labels: Sequence[str]) -> dict[str, float]:
    if unknown := set().union(*raters) - set(labels):
        raise ValueError(f"not among the labels: {', '.join(sorted(unknown))}")
    # fsum, so that the order of the raters never shows in the last digit
    totals = {label: math.fsum(rater.get(label, 0.0) for rater in raters) for label in labels}
    mass = math.fsum(totals.values())
    return {label: total / mass for label, total in totals.items()} if mass else {}


def primary_and_secondaries(
    primaries: Rows, secondaries: Rows, *, secondary_weight: float = 0.5
) -> Array:
    """Votes (…, K) and secondary ticks (…, K) over the same classes, mixed into distributions."""
    return normalise(np.asarray(primaries, float) + secondary_weight * np.asarray(secondaries))


def dirichlet(counts: Rows, *, alpha: float) -> Array:
    """Posterior mean (n_k + α)/(N + Kα) of counts (…, K) under a symmetric prior."""
    return normalise(np.asarray(counts, dtype=np.float64) + alpha)


def smooth(distribution: Rows, *, epsilon: float = 0.05) -> Array:
    """(1 - ε)p + (1 - p)ε/(K - 1), the smoothing of EMO-SUPERB; K must be at least 2."""
    p = np.asarray(distribution, dtype=np.float64)
    return np.asarray((1 - epsilon) * p + (1 - p) * epsilon / (p.shape[-1] - 1))


def entropy(distribution: Rows) -> Array:
    """-Σ p ln p in nats, with 0 ln 0 = 0."""
    p = np.asarray(distribution, dtype=np.float64)
    return np.asarray(-np.sum(p * np.log(np.where(p > 0, p, 1.0)), axis=-1) + 0.0)


def chebyshev(u: Rows, v: Rows) -> Array:
    """Largest difference of any label, in [0, 1]."""
    return np.asarray(np.max(np.abs(np.subtract(u, v)), axis=-1))


def clark(u: Rows, v: Rows) -> Array:
    """√Σ((u - v)/(u + v))², in [0, √K]; a zero against any mass costs 1, however small."""
    a, b = _clipped(u), _clipped(v)
    return np.asarray(np.sqrt(np.sum(((a - b) / (a + b)) ** 2, axis=-1)))


def canberra(u: Rows, v: Rows) -> Array:
    """Σ|u - v|/(u + v), in [0, K]; a zero against any mass costs 1, however small."""
    a, b = _clipped(u), _clipped(v)
    return np.asarray(np.sum(np.abs(a - b) / (a + b), axis=-1))


def kullback_leibler(u: Rows, v: Rows) -> Array:
    """Σ u ln(u/v) in nats: from the truth to the prediction, not symmetric."""
    a, b = _clipped(u), _clipped(v)
    return np.asarray(np.sum(a * np.log(a / b), axis=-1))


def jensen_shannon(u: Rows, v: Rows) -> Array:
    """The symmetric divergence through the midpoint, in [0, ln 2] nats."""
    middle = np.add(u, v) / 2
    return (kullback_leibler(u, middle) + kullback_leibler(v, middle)) / 2


def cosine(u: Rows, v: Rows) -> Array:
    """The cosine of the angle between both, in [0, 1]."""
    a, b = np.asarray(u, dtype=np.float64), np.asarray(v, dtype=np.float64)
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    return np.asarray(np.sum(a * b, axis=-1) / lengths)


def intersection(u: Rows, v: Rows) -> Array:
    """Σ min(u, v), the shared mass, in [0, 1]."""
    return np.asarray(np.sum(np.minimum(u, v), axis=-1))


def top_matches(u: Rows, v: Rows) -> Array:
    """1 where both name the same strongest label (the first of equals), else 0."""
    return np.asarray(np.argmax(u, axis=-1) == np.argmax(v, axis=-1), dtype=np.float64)


def missed_mass(u: Rows, v: Rows) -> Array:
    """1 - u[argmax v]: how much of the crowd the predicted top label leaves out."""
    truth = np.asarray(u, dtype=np.float64)
    top = np.argmax(v, axis=-1, keepdims=True)
    return np.asarray(1 - np.take_along_axis(truth, top, axis=-1)[..., 0])


def match_at(u: Rows, v: Rows, *, m: int) -> Array:
    """The share of the m strongest labels that both have in common; equals in label order."""
    shared = _top(u, m)[..., :, None] == _top(v, m)[..., None, :]
    return np.asarray(shared.any(axis=-1).mean(axis=-1))


def _top(rows: Rows, m: int) -> npt.NDArray[np.intp]:
    return np.argsort(-np.asarray(rows, dtype=np.float64), axis=-1, kind="stable")[..., :m]


def _clipped(rows: Rows) -> Array:
    return np.clip(np.asarray(rows, dtype=np.float64), EPSILON, 1.0)


MEASURES: Final[dict[str, Callable[[Rows, Rows], Array]]] = {
    "Chebyshev": chebyshev,
    "Clark": clark,
    "Canberra": canberra,
    "KL": kullback_leibler,
    "cosine": cosine,
    "intersection": intersection,
    "JS": jensen_shannon,
    "top 1": top_matches,
    "missed mass": missed_mass,
}


def compare(u: Rows, v: Rows) -> dict[str, float]:
    """Every measure, averaged over the rows of u and v."""
    return {name: float(np.mean(measure(u, v))) for name, measure in MEASURES.items()}


def with_baselines(u: Rows, v: Rows, *, prior: Rows) -> dict[str, dict[str, float]]:
    """`compare`, next to the two predictors that know nothing: uniform and the training prior."""
    truth = np.asarray(u, dtype=np.float64)
    uniform = np.full_like(truth, 1 / truth.shape[-1])
    constant = np.broadcast_to(np.asarray(prior, dtype=np.float64), truth.shape)
    rows = {"prediction": v, "uniform": uniform, "prior": constant}
    return {name: compare(truth, row) for name, row in rows.items()}


def baseline_aware(u: Rows, v: Rows, *, baseline: Rows) -> float | None:
    """μ = 1 - mean(min(KL, δ₀))/δ₀ with δ₀ the mean KL to the baseline; None where δ₀ is 0.

    Clipping per row lets the baseline itself score above 0: print its own μ beside it.
    """
    floor = float(np.mean(kullback_leibler(u, baseline)))
    clipped = np.minimum(kullback_leibler(u, v), floor)
    return 1 - float(np.mean(clipped)) / floor if floor > EPSILON else None


def skill(u: Rows, v: Rows, *, baseline: Rows) -> float | None:
    """1 - mean KL over the baseline's mean KL: 0 for the baseline, None where that is perfect."""
    floor = float(np.mean(kullback_leibler(u, baseline)))
    return 1 - float(np.mean(kullback_leibler(u, v))) / floor if floor > EPSILON else None


def collapse_index(u: Rows, v: Rows) -> float | None:
    """Mean over labels of sd(v)/sd(u) across rows (n, K): 0 for a constant predictor.

    Labels whose truth never varies are left out; None where no label varies.
    """
    spread = np.std(np.asarray(u, dtype=np.float64), axis=0)
    varies = spread > EPSILON
    ratios = np.std(np.asarray(v, dtype=np.float64), axis=0)[varies] / spread[varies]
    return float(np.mean(ratios)) if ratios.size else None


def noise_floor(n: int, *, classes: float) -> float:
    """KL in nats that n raters leave by chance alone: about (K_eff - 1)/(2n)."""
    return (classes - 1) / (2 * n)
