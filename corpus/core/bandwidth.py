"""The highest frequency that still carries sound: tells telephone speech from studio speech.

Measure a recording at its own rate: a 16 kHz copy never shows more than 8 kHz. Worked examples: white noise at 48 kHz
reads 24 kHz; 8 kHz noise at 44.1 kHz reads 4.0 to 4.7 kHz, the more the softer the resampler's filter.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import signal

WINDOW = 512
FLOOR_DB = 50  # below the loudest band

_FRAMES = 4_096  # frames held at once: some 30 MB

Samples = npt.NDArray[np.signedinteger[Any]] | npt.NDArray[np.floating[Any]]


def bandwidth(x: Samples, rate: int) -> float | None:
    """Hertz of one channel, of any length in bounded memory; None for digital silence or under 512 samples."""
    step = WINDOW * _FRAMES
    return of_blocks((x[start : start + step] for start in range(0, len(x), step)), rate)


def of_blocks(blocks: Iterable[Samples], rate: int) -> float | None:
    """The same for a recording that comes in blocks, whatever their lengths."""
    window = signal.get_window("blackmanharris", WINDOW)
    power = np.zeros(WINDOW // 2 + 1)
    n = 0
    for frames in _frames(blocks, hop=min(WINDOW, rate // 100)):
        spectra = np.fft.rfft(frames * (window / window.sum()))
        power += np.sum(np.abs(spectra) ** 2, axis=0)
        n += len(frames)
    if not power.any():
        return None
    decibels = 10 * np.log10(power / n + 1e-20)
    loud = np.nonzero(decibels >= decibels.max() - FLOOR_DB)[0]
    return float(loud[-1] * rate / WINDOW)


def _frames(blocks: Iterable[Samples], *, hop: int) -> Iterator[npt.NDArray[np.float64]]:
    """Overlapping windows of the whole recording, up to _FRAMES at a time; 16-bit values scaled to -1 … 1."""
    rest = np.empty(0)
    for block in blocks:
        scale = 32_768 if block.dtype.kind == "i" else 1
        rest = np.concatenate([rest, block.astype(np.float64) / scale])
        while len(rest) >= WINDOW:
            views = np.lib.stride_tricks.sliding_window_view(rest, WINDOW)[::hop][:_FRAMES]
            yield views
            rest = rest[len(views) * hop :]
