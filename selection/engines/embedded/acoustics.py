"""Prosody that follows arousal: pitch, loudness, and how they move (Juslin & Laukka 2003)."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from selection.engines.base import Samples

RATE = 16_000
FRAME, HOP = 1024, 160  # 64 ms windows every 10 ms
LOWEST, HIGHEST = 65.0, 500.0  # Hz, of a voice's fundamental
OCTAVE = 0.9  # share of the highest peak that lets an earlier one win: no octave too low
VOICED = 0.5  # least normalised autocorrelation of a voiced frame
AUDIBLE_DB = 30  # frames this far below the loudest tenth are silence


NAMES = ("f0_hz", "f0_range_st", "level_db", "level_range_db", "tilt_db", "voiced_share")


class Prosody:
    """F0 by normalised autocorrelation (Boersma 1993, without its path search), level, tilt.

    f0_hz, f0_range_st (semitones, 5th to 95th percentile), level_db (dBFS, mean of audible frames),
    level_range_db, tilt_db (energy above 1 kHz against below), voiced_share (0 … 1). All are None for
    digital silence; the first two also where too little is voiced.
    """

    version = "2"

    def extract(self, samples: Samples) -> Mapping[str, float | None]:
        if not np.any(samples):
            return dict.fromkeys(NAMES)
        frames = _frames(samples)
        level = _level(frames)
        audible = level > np.percentile(level, 90) - AUDIBLE_DB
        f0 = _f0(frames[audible])
        spoken = f0[np.isfinite(f0)]
        heard = level[audible]
        return {
            "f0_hz": _rounded(np.median(spoken)) if len(spoken) else None,
            "f0_range_st": _rounded(_semitones(spoken)) if len(spoken) > 4 else None,
            "level_db": _rounded(heard.mean()),
            "level_range_db": _rounded(np.subtract(*np.percentile(heard, [95, 5]))),
            "tilt_db": _rounded(_tilt(frames[audible])),
            "voiced_share": _rounded(len(spoken) / max(1, len(f0))),
        }


def _frames(samples: Samples) -> npt.NDArray[np.float64]:
    x = samples.astype(np.float64) / 32_768
    if len(x) < FRAME:
        x = np.pad(x, (0, FRAME - len(x)))
    frames: npt.NDArray[np.float64] = np.lib.stride_tricks.sliding_window_view(x, FRAME)[::HOP]
    return frames


def _level(frames: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    level: npt.NDArray[np.float64] = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)
    return level


def _f0(frames: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Hz per frame, NaN where it is not voiced."""
    window = np.hanning(FRAME)
    spectrum = (
        np.abs(np.fft.rfft((frames - frames.mean(axis=1, keepdims=True)) * window, 2048)) ** 2
    )
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2048)) ** 2)[:FRAME]
    correlation = np.fft.irfft(spectrum)[:, :FRAME]
    correlation /= correlation[:, :1] + 1e-12
    correlation /= own / own[0] + 1e-6  # the window's own decay, taken out
    lag, strength = _first_peak(correlation)
    return np.where(strength >= VOICED, RATE / lag, np.nan)


def _first_peak(
    correlation: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Lag in samples and height of the earliest peak that is nearly the highest, per frame.

    A periodic sound peaks at every multiple of its period: the first is its own. A parabola through
    the peak and its neighbours finds the lag between samples; height 0 where nothing peaks.
    """
    first, last = int(RATE / HIGHEST), int(RATE / LOWEST)
    before, here, after = (correlation[:, first + k : last + k] for k in (-1, 0, 1))
    heights = np.where((here > before) & (here >= after), here, 0)
    place = (heights >= OCTAVE * heights.max(axis=1, keepdims=True)).argmax(axis=1)
    rows = np.arange(len(place))
    left, top, right = (side[rows, place] for side in (before, here, after))
    bend = np.minimum(left - 2 * top + right, -1e-12)
    return place + first + np.clip((left - right) / (2 * bend), -0.5, 0.5), heights[rows, place]


def _semitones(f0: npt.NDArray[np.float64]) -> float:
    low, high = np.percentile(f0, [5, 95])
    return float(12 * np.log2(high / low))


def _tilt(frames: npt.NDArray[np.float64]) -> float:
    power = (np.abs(np.fft.rfft(frames * np.hanning(FRAME))) ** 2).mean(axis=0)
    edge = round(1_000 * FRAME / RATE)
    return float(10 * np.log10((power[edge:].sum() + 1e-12) / (power[1:edge].sum() + 1e-12)))


def _rounded(value: float) -> float:
    """Six decimals: the same on every machine that computes alike."""
    return round(float(value), 6)
