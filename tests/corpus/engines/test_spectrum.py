"""Bandwidth in bounded memory."""

import numpy as np
import pytest
from scipy import signal

from corpus.engines.spectrum import PowerSpectrum


def measured(wave: np.ndarray, rate: int, *, block: int = 1152) -> float:
    spectrum = PowerSpectrum(rate)
    for start in range(0, len(wave), block):
        spectrum.add(wave[start : start + block].astype(np.float32))
    return spectrum.bandwidth()


def at_once(wave: np.ndarray, rate: int) -> float:
    """The definition, on the whole recording in memory."""
    overlap = max(0, 512 - int(rate * 0.01))
    f, _, z = signal.stft(
        wave,
        rate,
        window="blackmanharris",
        nperseg=512,
        noverlap=overlap,
        boundary=None,
        padded=False,
    )
    power = np.mean(np.abs(z) ** 2, axis=1)
    level = 10 * np.log10(power / power.max() + 1e-20)
    return float(f[np.nonzero(level >= -50)[0][-1]])


class TestBandwidth:
    @pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 96_000])
    @pytest.mark.parametrize("block", [700, 1152, 100_000])
    def test_equals_the_definition_however_the_recording_is_cut(self, rate, block):
        wave = np.random.default_rng(0).normal(size=3 * rate)
        low = signal.sosfilt(signal.butter(10, 0.3, output="sos"), wave)
        assert measured(low, rate, block=block) == pytest.approx(at_once(low, rate))

    def test_sees_the_telephone_behind_a_high_rate(self):
        narrow = np.random.default_rng(0).normal(size=16_000)
        wide = signal.resample(narrow, 88_200)
        assert measured(wide, 44_100) == pytest.approx(4_100, abs=200)

    def test_is_nothing_in_silence_or_without_samples(self):
        assert measured(np.zeros(20_000), 16_000) == 0.0
        assert PowerSpectrum(16_000).bandwidth() == 0.0

    def test_works_on_less_than_a_window(self):
        assert measured(np.random.default_rng(0).normal(size=100), 16_000) > 4_000

    def test_does_not_keep_what_it_has_heard(self):
        spectrum = PowerSpectrum(16_000)
        for _ in range(60):
            spectrum.add(np.zeros(16_000, np.float32))
        assert sum(map(len, spectrum._waiting)) < 2 * 16_000 + 512
