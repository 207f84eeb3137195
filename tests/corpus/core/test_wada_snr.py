import numpy as np
import pytest

from corpus.core import wada_snr


def speech_in_noise(decibels, *, seed=1, n=400_000):
    """What the method assumes: symmetric Gamma speech of shape 0.4 in Gaussian noise."""
    random = np.random.default_rng(seed)
    speech = random.gamma(0.4, size=n) * random.choice([-1, 1], size=n)
    noise = random.standard_normal(n) * np.sqrt(0.4 * 1.4) * 10 ** (-decibels / 20)
    return speech + noise


class TestTable:
    @pytest.mark.parametrize(
        ("decibels", "g"),
        [(0, 0.462), (10, 0.667), (15, 0.812), (20, 0.956), (30, 1.195), (40, 1.358)],
    )
    def test_holds_the_known_values(self, decibels, g):
        at, values = wada_snr.table()
        assert values[at == decibels] == pytest.approx(g, abs=0.003)

    def test_lies_between_noise_only_and_speech_only(self):
        _, values = wada_snr.table()
        assert values[0] == pytest.approx(0.409390, abs=1e-4)
        assert values[-1] < 1.645094

    def test_rises_everywhere(self):
        _, values = wada_snr.table()
        assert np.all(np.diff(values) > 0)


class TestInvert:
    @pytest.mark.parametrize("decibels", [-19.5, 0, 7.25, 60, 99])
    def test_undoes_the_table(self, decibels):
        at, values = wada_snr.table()
        assert wada_snr.invert(np.interp(decibels, at, values)) == pytest.approx(decibels)

    @pytest.mark.parametrize(("v", "decibels"), [(0.0, -20), (5.0, 100)])
    def test_stays_within_the_table(self, v, decibels):
        assert wada_snr.invert(v) == decibels


class TestSnr:
    @pytest.mark.slow
    @pytest.mark.parametrize("decibels", [0, 10, 15, 20, 30])
    def test_finds_the_ratio_that_was_mixed(self, decibels):
        assert wada_snr.snr(speech_in_noise(decibels)) == pytest.approx(decibels, abs=0.3)

    def test_does_not_depend_on_loudness(self):
        z = speech_in_noise(12, n=50_000)
        assert wada_snr.snr(z * 0.01) == pytest.approx(wada_snr.snr(z))

    def test_is_not_fooled_by_digital_silence(self):
        z = speech_in_noise(10)
        assert wada_snr.snr(np.concatenate([z, np.zeros(20_000)])) == wada_snr.snr(z)

    def test_reads_whole_numbers(self):
        z = speech_in_noise(15)
        whole = (z / np.abs(z).max() * 32_767).astype(np.int16)
        assert wada_snr.snr(whole) == pytest.approx(15, abs=0.5)

    @pytest.mark.parametrize("n", [0, 1_599])
    def test_is_unknown_for_next_to_no_sound(self, n):
        samples = np.concatenate([np.ones(n), np.zeros(50_000)]).astype(np.int16)
        assert wada_snr.snr(samples) is None
