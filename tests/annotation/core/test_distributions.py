import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.core import distributions as d

LABELS = ("joy", "serenity", "interest", "anger")
GOLDEN_TICKS = (("joy",), ("joy", "serenity"), ("serenity", "interest", "joy"), ("anger",))
ONE_HOT, UNIFORM_32 = np.eye(32)[0], np.full(32, 1 / 32)

weights = st.lists(st.floats(0, 1), min_size=5, max_size=5).filter(lambda w: sum(w) > 1e-3)
masses = weights.map(d.normalise)


class TestFormation:
    def test_pooled_lets_verbose_raters_weigh_more(self):
        shares = d.pooled(GOLDEN_TICKS, LABELS)
        assert list(shares.values()) == pytest.approx([3 / 7, 2 / 7, 1 / 7, 1 / 7])

    def test_rater_equal_does_not(self):
        shares = d.rater_equal(GOLDEN_TICKS, LABELS)
        assert list(shares.values()) == pytest.approx(
            [0.458333, 0.208333, 0.083333, 0.25], abs=5e-7
        )

    def test_raters_without_ticks_do_not_count(self):
        assert d.rater_equal((*GOLDEN_TICKS, ()), LABELS) == d.rater_equal(GOLDEN_TICKS, LABELS)

    def test_is_empty_without_ticks(self):
        assert d.pooled([()], LABELS) == {}
        assert d.rater_equal([()], LABELS) == {}

    def test_refuses_unknown_labels(self):
        with pytest.raises(ValueError, match="ecstasy"):
            d.pooled([("ecstasy",)], LABELS)

    def test_adds_secondaries_at_half_weight(self):
        mixed = d.primary_and_secondaries([3, 1, 0], [2, 0, 2])
        assert mixed == pytest.approx([4 / 6, 1 / 6, 1 / 6])

    def test_dirichlet_gives_every_class_some_mass(self):
        posterior = d.dirichlet([3, 1, 1, 0, 0, 0, 0, 0], alpha=0.5)
        golden = [0.388889, 0.166667, 0.166667, *[0.055556] * 5]
        assert posterior == pytest.approx(golden, abs=5e-7)

    @pytest.mark.parametrize(
        ("k", "of_4_tenths", "of_zero"), [(6, 0.386, 0.01), (8, 0.384286, 0.007143)]
    )
    def test_smooths_as_emo_superb_does(self, k, of_4_tenths, of_zero):
        smoothed = d.smooth([0.4, 0.6, *[0] * (k - 2)])
        assert smoothed[0] == pytest.approx(of_4_tenths, abs=5e-7)
        assert smoothed[-1] == pytest.approx(of_zero, abs=5e-7)
        assert smoothed.sum() == pytest.approx(1)


class TestNormalise:
    def test_works_row_by_row(self):
        assert d.normalise([[1, 3], [2, 2]]).tolist() == [[0.25, 0.75], [0.5, 0.5]]

    @pytest.mark.parametrize("weights", [[0, 0], [-1, 2], [math.nan, 1], [math.inf, 1]])
    def test_refuses_what_is_no_weight(self, weights):
        with pytest.raises(ValueError, match="weight"):
            d.normalise(weights)


class TestMeasures:
    @pytest.mark.parametrize(
        ("u", "v", "golden"),
        [
            (
                [0.5, 0.3, 0.2, 0],
                [0.4, 0.4, 0.1, 0.1],
                (0.1, 1.069516, 1.587302, 0.163897, 0.945905, 0.8),
            ),
            (
                [0.1, 0.2, 0.3, 0.4],
                [0.25] * 4,
                (0.15, 0.507482, 0.861361, 0.106440, 0.912871, 0.8),
            ),
            (
                ONE_HOT,
                UNIFORM_32,
                (0.96875, 5.646456, 31.939394, 3.465736, 0.176777, 0.03125),
            ),
        ],
        ids=["a zero in the truth", "uniform of 4", "one-hot"],
    )
    def test_give_the_published_values(self, u, v, golden):
        names = ("Chebyshev", "Clark", "Canberra", "KL", "cosine", "intersection")
        compared = d.compare([u], [v])
        assert tuple(compared[name] for name in names) == pytest.approx(golden, abs=6e-7)

    def test_js_gives_the_published_value(self):
        js = d.jensen_shannon([0.5, 0.3, 0.2, 0], [0.4, 0.4, 0.1, 0.1])
        assert js == pytest.approx(0.049520, abs=6e-7)

    @settings(deadline=None, max_examples=60)
    @given(masses, masses)
    def test_stay_in_their_ranges(self, u, v):
        assert 0 <= d.chebyshev(u, v) <= 1
        assert 0 <= d.clark(u, v) <= math.sqrt(5) + 1e-9
        assert d.kullback_leibler(u, v) >= -1e-9
        assert -1e-9 <= d.jensen_shannon(u, v) <= math.log(2) + 1e-9
        assert d.intersection(u, v) == pytest.approx(1 - np.abs(u - v).sum() / 2)
        assert d.jensen_shannon(u, v) == pytest.approx(d.jensen_shannon(v, u))

    @settings(deadline=None, max_examples=30)
    @given(masses)
    def test_find_no_difference_between_equals(self, u):
        same = d.compare([u], [u])
        for name in ("Chebyshev", "Clark", "Canberra", "KL", "JS"):
            assert same[name] == pytest.approx(0, abs=1e-12)
        assert same["cosine"] == pytest.approx(1)
        assert same["top 1"] == 1

    def test_see_the_direction_of_kl(self):
        u, v = [0.9, 0.1], [0.5, 0.5]
        assert d.kullback_leibler(u, v) != pytest.approx(float(d.kullback_leibler(v, u)))

    def test_count_top_labels(self):
        u, v = [[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]], [[0.6, 0.3, 0.1], [0.6, 0.3, 0.1]]
        assert d.top_matches(u, v).tolist() == [1, 0]
        assert d.missed_mass(u, v).tolist() == pytest.approx([0.5, 0.8])
        assert d.match_at(u, v, m=2).tolist() == [1, 0.5]

    @pytest.mark.parametrize(("p", "nats"), [([1, 0], 0), ([0.5, 0.5], math.log(2))])
    def test_entropy_ignores_zeros(self, p, nats):
        assert d.entropy(p) == pytest.approx(nats)


class TestBaselines:
    U, V = np.array([[0.5, 0.3, 0.2]]), np.array([[0.4, 0.4, 0.2]])
    UNIFORM = np.full((1, 3), 1 / 3)

    def test_baseline_aware_score_gives_the_published_value(self):
        assert d.kullback_leibler(self.U, self.V)[0] == pytest.approx(0.025267, abs=5e-7)
        mu = d.baseline_aware(self.U, self.V, baseline=self.UNIFORM)
        assert mu == pytest.approx(0.633593, abs=5e-7)

    def test_the_baseline_scores_above_zero_but_has_no_skill(self):
        u = np.array([[0.7, 0.3], [0.99, 0.01]])
        flat = np.full((2, 2), 0.5)
        assert d.baseline_aware(u, flat, baseline=flat) > 0
        assert d.skill(u, flat, baseline=flat) == pytest.approx(0)

    def test_a_perfect_baseline_leaves_nothing_to_gain(self):
        assert d.baseline_aware(self.U, self.V, baseline=self.U) is None
        assert d.skill(self.U, self.V, baseline=self.U) is None

    def test_every_score_comes_with_uniform_and_prior(self):
        rows = d.with_baselines(self.U, self.V, prior=[0.5, 0.25, 0.25])
        assert list(rows) == ["prediction", "uniform", "prior"]
        assert rows["uniform"] == d.compare(self.U, self.UNIFORM)

    def test_a_constant_predictor_is_called_collapsed(self):
        truth = np.random.default_rng(1).dirichlet(np.ones(4), size=200)
        constant = np.broadcast_to(truth.mean(axis=0), truth.shape)
        assert d.collapse_index(truth, constant) == pytest.approx(0)
        assert d.collapse_index(truth, constant) < d.COLLAPSED_BELOW
        assert d.collapse_index(truth, truth) == pytest.approx(1)

    def test_a_truth_that_never_varies_says_nothing_about_collapse(self):
        assert d.collapse_index(self.U, self.V) is None

    @pytest.mark.parametrize(("n", "floor"), [(5, 0.7), (10, 0.35), (20, 0.175), (50, 0.07)])
    def test_few_raters_have_a_high_noise_floor(self, n, floor):
        assert d.noise_floor(n, classes=8) == pytest.approx(floor)

    def test_the_noise_floor_is_what_simulated_raters_show(self):
        generator = np.random.default_rng(7)
        truth = np.full(4, 0.25)
        votes = generator.multinomial(50, truth, size=2000) / 50
        shown = d.kullback_leibler(votes, np.broadcast_to(truth, votes.shape)).mean()
        assert shown == pytest.approx(d.noise_floor(50, classes=4), rel=0.1)
