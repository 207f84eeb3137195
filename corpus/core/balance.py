"""Groups onto sides so that every feature is shared out as aimed: greedy, then moves and swaps.

The cost is a chi-square distance, sum over sides and features of (held - aim)^2 / aim, as in the
stratification of Sechidis et al. (2011), but for whole groups.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

STARTS = 4  # first from the largest group down, then from random orders
SWAPPABLE = 400  # above this many groups moves alone come close, and swaps cost their square
EMPTY = 1e3  # outweighs every imbalance, so a side that can be filled is filled
DECIMALS = 12  # costs that agree so far are equal: no tie hangs on the order of a sum


def search(features: Floats, fixed: Indices, aims: Floats, rng: np.random.Generator) -> Indices:
    """The side of every group: the cheapest of several starts, each improved until nothing helps.

    `features` is (groups, features), non-negative; `fixed` holds a side per group, or -1 where the
    group is free; `aims` are the sides' shares and sum to 1.
    """
    best: Indices = fixed
    lowest = np.inf
    by_size = np.argsort(-features[:, 0], kind="stable")
    for start in range(STARTS if len(fixed) else 0):
        order = by_size if start == 0 else rng.permutation(len(fixed))
        sides = _greedy(features, fixed, aims, order)
        while _improve(features, fixed, aims, sides):
            pass
        price = round(cost(features, aims, sides), DECIMALS)
        if price < lowest:
            best, lowest = sides, price
    return best


def _greedy(features: Floats, fixed: Indices, aims: Floats, order: Indices) -> Indices:
    sides = fixed.copy()
    for group in order:
        if fixed[group] < 0:
            surplus = _surplus(features, aims, sides)
            joining = (2 * surplus @ features[group] + features[group] @ features[group]) / aims
            sides[group] = int(np.argmin(joining.round(DECIMALS)))
    return sides


def _surplus(features: Floats, aims: Floats, sides: Indices) -> Floats:
    """What each partition holds above its target; below it is negative: (partitions, features)."""
    held = np.stack([features[sides == at].sum(axis=0) for at in range(len(aims))])
    surplus: Floats = held - aims[:, None] * features.sum(axis=0)
    return surplus


def cost(features: Floats, aims: Floats, sides: Indices) -> float:
    """How far this division is from what was aimed at; 0 is perfect."""
    surplus = _surplus(features, aims, sides)
    empty = len(aims) - len(np.unique(sides))
    return float((surplus**2 / aims[:, None]).sum() + EMPTY * empty)


def _improve(features: Floats, fixed: Indices, aims: Floats, sides: Indices) -> bool:
    """Make the best move, or else the best swap, in place; False when neither lowers the cost."""
    surplus = _surplus(features, aims, sides)
    moves = _moves(features, surplus, aims, sides)
    moves[fixed >= 0] = np.inf
    group, side = divmod(int(np.argmin(moves)), len(aims))
    if moves[group, side] < 0:
        sides[group] = side
        return True
    free = np.flatnonzero(fixed < 0)
    if not 1 < len(free) <= SWAPPABLE:
        return False
    swaps = _swaps(features[free], surplus, aims, sides[free])
    one, other = divmod(int(np.argmin(swaps)), len(free))
    if swaps[one, other] < 0:
        sides[free[[one, other]]] = sides[free[[other, one]]]
        return True
    return False


def _moves(features: Floats, surplus: Floats, aims: Floats, sides: Indices) -> Floats:
    """How the cost changes when a group moves to a partition: (groups, partitions)."""
    every = np.arange(len(sides))
    size = (features**2).sum(axis=1)
    along = features @ surplus.T
    members = np.bincount(sides, minlength=len(aims))
    leave = (size - 2 * along[every, sides]) / aims[sides] + EMPTY * (members[sides] == 1)
    enter = (size[:, None] + 2 * along) / aims - EMPTY * (members == 0)
    change: Floats = (leave[:, None] + enter).round(DECIMALS)
    change[every, sides] = 0.0
    return change


def _swaps(features: Floats, surplus: Floats, aims: Floats, sides: Indices) -> Floats:
    """How the cost changes when two groups change places: (groups, groups)."""
    size = (features**2).sum(axis=1)
    apart = size[:, None] + size - 2 * features @ features.T
    across = (features @ surplus.T)[:, sides]
    own = across.diagonal()
    there = (apart - 2 * (own[:, None] - across.T)) / aims[sides][:, None]
    back = (apart + 2 * (across - own)) / aims[sides]
    change: Floats = (there + back).round(DECIMALS)
    change[sides[:, None] == sides] = 0.0
    return change
