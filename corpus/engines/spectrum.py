"""The mean power spectrum of a recording of any length, in the memory of one second."""

import numpy as np
import numpy.typing as npt
from scipy.signal.windows import blackmanharris

_SIZE = 512  # samples of a window
_MOST = 192_000  # samples of a block, whatever rate a broken header claims
_FALL = 50.0  # dB below the peak that still count


class PowerSpectrum:
    """Feed it blocks in order; the answer does not depend on where they were cut."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._hop = min(_SIZE, max(1, int(rate * 0.01)))
        self._full = min(rate, _MOST) + _SIZE
        self._window = blackmanharris(_SIZE, sym=False).astype(np.float32)
        self._power = np.zeros(_SIZE // 2 + 1)
        self._windows = 0
        self._waiting: list[npt.NDArray[np.float32]] = []
        self._length = 0
        self._heard = 0

    def add(self, block: npt.NDArray[np.float32]) -> None:
        """Take the next samples, shape (n,)."""
        self._waiting.append(block)
        self._length += len(block)
        self._heard += len(block)
        if self._length >= self._full:
            self._reduce()

    @property
    def seconds(self) -> float:
        """How much it has heard."""
        return self._heard / self.rate

    def bandwidth(self) -> float:
        """The highest frequency within 50 dB of the loudest, in Hz; 0 for digital silence."""
        if self._length >= _SIZE or not self._windows:
            self._reduce()
        if not self._power.any():
            return 0.0
        decibels = 10 * np.log10(self._power / self._power.max() + 1e-20)
        return float(np.nonzero(decibels >= -_FALL)[0][-1] * self.rate / _SIZE)

    def _reduce(self) -> None:
        signal = np.concatenate(self._waiting) if self._waiting else np.zeros(0, np.float32)
        if len(signal) < _SIZE:  # only in files shorter than one window
            signal = np.pad(signal, (0, _SIZE - len(signal)))
        views = np.lib.stride_tricks.sliding_window_view(signal, _SIZE)[:: self._hop]
        self._power += (np.abs(np.fft.rfft(views * self._window)) ** 2).sum(axis=0)
        self._windows += len(views)
        rest = signal[len(views) * self._hop :].copy()
        self._waiting, self._length = [rest], len(rest)
