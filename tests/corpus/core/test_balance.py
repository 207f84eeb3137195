"""Groups shared out as aimed."""

from itertools import product

import numpy as np
import pytest

from corpus.core import balance

AIMS = np.array([0.7, 0.1, 0.2])


def random_features(seed: int, *, groups: int) -> balance.Floats:
    features = np.random.default_rng(seed).lognormal(size=(groups, 4))
    shares: balance.Floats = features / features.sum(axis=0)
    return shares


def search(features: balance.Floats, fixed: balance.Indices, seed: int = 1) -> balance.Indices:
    return balance.search(features, fixed, AIMS, np.random.default_rng(seed))


class TestSearch:
    @pytest.mark.parametrize("seed", range(5))
    def test_comes_close_to_the_best_of_all_divisions(self, seed: int) -> None:
        features = random_features(seed, groups=7)
        found = balance.cost(features, AIMS, search(features, np.full(7, -1)))
        every = (np.array(sides) for sides in product(range(3), repeat=7))
        best = min(balance.cost(features, AIMS, sides) for sides in every)
        assert best <= found + 1e-9
        assert found <= best + 0.05

    def test_leaves_fixed_groups_where_they_are(self) -> None:
        fixed = np.array([2, -1, 1, -1, -1, 0, -1, -1])
        found = search(random_features(1, groups=8), fixed)
        assert found[fixed >= 0].tolist() == [2, 1, 0]
        assert set(found.tolist()) == {0, 1, 2}

    def test_only_lowers_the_cost(self) -> None:
        features = random_features(3, groups=40)
        free = np.full(40, -1)
        found = balance.cost(features, AIMS, search(features, free))
        rng = np.random.default_rng(5)
        drawn = [rng.choice(3, size=40, p=AIMS) for _ in range(300)]
        assert found < min(balance.cost(features, AIMS, sides) for sides in drawn)

    def test_needs_no_groups(self) -> None:
        assert search(np.zeros((0, 1)), np.zeros(0, dtype=np.intp)).tolist() == []


class TestCost:
    def test_is_nothing_for_a_perfect_division(self) -> None:
        features = np.full((10, 2), 0.1)
        sides = np.array([0] * 7 + [1] + [2] * 2)
        assert balance.cost(features, AIMS, sides) == pytest.approx(0.0)

    def test_of_an_empty_side_outweighs_all(self) -> None:
        assert balance.cost(np.full((2, 1), 0.5), AIMS, np.array([0, 0])) > balance.EMPTY
