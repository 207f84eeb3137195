import numpy as np
import pytest
import soundfile
from scipy import signal

from corpus.core.bandwidth import WINDOW, bandwidth, of_blocks


def noise(rate, seconds=3.0):
    return np.random.default_rng(2).standard_normal(int(rate * seconds))


def by_scipy(x, rate):
    """The definition, with the whole spectrogram in memory."""
    f, _, z = signal.stft(
        x,
        rate,
        window="blackmanharris",
        nperseg=512,
        noverlap=max(0, 512 - int(rate * 0.01)),
        boundary=None,
        padded=False,
    )
    db = 10 * np.log10(np.mean(np.abs(z) ** 2, axis=1) + 1e-20)
    return f[np.nonzero(db >= db.max() - 50)[0][-1]]


class TestBandwidth:
    def test_of_white_noise_is_all_there_is(self):
        assert bandwidth(noise(48_000), 48_000) == 24_000

    def test_shows_through_resampling(self):
        sharp = signal.resample(noise(8_000), 3 * 44_100)
        soft = signal.resample_poly(noise(8_000), 441, 80)
        assert 4_000 <= bandwidth(sharp, 44_100) <= bandwidth(soft, 44_100) < 4_700

    @pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 96_000])
    def test_follows_the_definition(self, rate):
        x = signal.sosfilt(signal.butter(8, 0.3, output="sos"), noise(rate))
        assert bandwidth(x, rate) == by_scipy(x, rate)

    def test_of_integers_is_that_of_floats(self):
        x = signal.resample(noise(8_000), 3 * 16_000)
        x /= np.abs(x).max()
        assert bandwidth((x * 32_767).astype(np.int16), 16_000) == bandwidth(x, 16_000)

    @pytest.mark.parametrize("x", [np.zeros(16_000), noise(16_000)[: WINDOW - 1], np.zeros(0)])
    def test_is_unknown_without_sound(self, x):
        assert bandwidth(x, 16_000) is None

    def test_of_a_telephone_is_narrow(self, shared_data):
        path = shared_data / "audio_gates/telephone/OSR_us_000_0034_8k.wav"
        x, rate = soundfile.read(path)
        assert bandwidth(signal.resample(x, 2 * len(x)), 2 * rate) < 4_200


class TestOfBlocks:
    @pytest.mark.parametrize("size", [100, 511, 4_000, 10**7])
    def test_does_not_depend_on_the_blocks(self, size):
        x = signal.resample(noise(8_000), 3 * 16_000)
        blocks = (x[start : start + size] for start in range(0, len(x), size))
        assert of_blocks(blocks, 16_000) == by_scipy(x, 16_000)

    @pytest.mark.slow
    def test_reads_more_than_it_holds(self):
        x = np.concatenate([noise(16_000, 60), np.zeros(16_000)])
        assert bandwidth(x, 16_000) == by_scipy(x, 16_000)
