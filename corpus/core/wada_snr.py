"""Signal-to-noise ratio from the amplitude distribution of speech in noise (Kim & Stern, Interspeech 2008).

The amplitudes of clean speech follow a symmetric Gamma distribution of shape 0.4, noise is Gaussian. So how peaked
the amplitudes of a recording are, v = ln E|z| - E ln|z|, tells the ratio of the two: v = G(dB), inverted by table.
The published table is not copied but computed here. Worked example: G(0) = .462, G(20) = .956.
"""

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import special

LOWEST, HIGHEST = -20, 100  # dB
SHAPE = 0.4
MIN_SAMPLES = 1_600  # 0.1 s: fewer say nothing about a distribution

_FINE = 40_001


def snr(samples: npt.NDArray[np.int16] | npt.NDArray[np.floating]) -> float | None:
    """Decibels in -20 … 100, whatever the scale of the samples; None where fewer than 0.1 s are not digital silence.

    Exact zeros are left out first: they are no recording, and 5 % of them would lift 10 dB to 74 dB.
    """
    z = np.abs(samples[samples != 0].astype(np.float64))
    if z.size < MIN_SAMPLES:
        return None
    z = np.maximum(z / z.max(), 1e-10)
    return invert(float(np.log(z.mean()) - np.log(z).mean()))


def invert(v: float) -> float:
    """The decibels at which G reaches v, clipped to the table's range."""
    decibels, g = table()
    below = np.nonzero(g < v)[0]
    if not below.size:
        return float(LOWEST)
    last = int(below[-1])  # the last, because a table need not rise everywhere
    if last == len(g) - 1:
        return float(HIGHEST)
    step = (v - g[last]) / (g[last + 1] - g[last])
    return float(decibels[last] + step)


@cache
def table() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Whole decibels -20 … 100, and G at each: E|z| and E ln|z| for noise of deviation 1, integrated over speech."""
    decibels = np.arange(LOWEST, HIGHEST + 1)
    quantiles = (np.arange(_FINE) + 0.5) / _FINE
    speech = special.gammaincinv(SHAPE, quantiles) / np.sqrt(SHAPE * (SHAPE + 1))  # deviation 1
    g = [_peakedness(speech * 10 ** (db / 20)) for db in decibels]
    return decibels, np.array(g)


def _peakedness(speech: npt.NDArray[np.float64]) -> float:
    """ln E|s + n| - E ln|s + n|, the mean over the speech amplitudes s and over Gaussian noise n of deviation 1."""
    folded = np.sqrt(2 / np.pi) * np.exp(-(speech**2) / 2) + speech * special.erf(
        speech / np.sqrt(2)
    )
    return float(np.log(folded.mean()) - _mean_log(speech).mean())


def _mean_log(s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """E ln|s + n|: half the mean logarithm of a non-central chi-square, a Poisson mixture of digammas."""
    grid, values = _mean_log_grid()
    far = np.maximum(s, grid[-1])
    asymptote = np.log(far) - 1 / (2 * far**2) - 3 / (4 * far**4)
    return np.where(s < grid[-1], np.interp(s, grid, values), asymptote)


@cache
def _mean_log_grid() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    grid = np.linspace(0, 12, 4_801)
    terms = np.arange(160)
    rate = grid[:, None] ** 2 / 2
    weights = np.exp(special.xlogy(terms, rate) - rate - special.gammaln(terms + 1))
    return grid, (np.log(2) + weights @ special.digamma(terms + 0.5)) / 2
