"""Landmarks of a recording: what stays of its sound through codecs, levels and resampling.

Peaks of the spectrogram stay where they are; a few of them, with the times between, make one number
that recurs wherever the sound does (Wang 2003, "An industrial-strength audio search algorithm",
ISMIR). We take three peaks where Wang takes two: rarer numbers, so that a lookup among many hours
stays short. Chosen by benchmarks/fingerprints.py.

Worked example: peaks at frames 0, 10 and 30 in cells 5, 7 and 9 are one landmark at frame 0, the
number 5 << 22 | 7 << 16 | 9 << 10 | 2 << 5 | 7, as 10 // 4 is 2 and 30 // 4 is 7.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft, ndimage

from corpus.core.segments import RATE

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

HOP, WINDOW = 256, 2048  # samples: 16 ms, 128 ms
LOWEST, HIGHEST = 26, 257  # bins of 7.8 Hz: 203 … 2000 Hz, which every codec keeps
NEAR_FRAMES, NEAR_BINS = 12, 24  # 0.2 s, 190 Hz: within these a peak is the loudest
QUIET = 8.0  # ln of power below the loudest of LOUD_FRAMES around: 35 dB
LOUD_FRAMES = 94  # 1.5 s
SILENT = -20.0  # ln of power: -87 dB against full scale
CELL_BINS, CELL_FRAMES = 4, 4  # 31 Hz, 64 ms
AHEAD = ((1, 2), (1, 3))  # of the peaks that follow: those that go with one into a number
LONGEST = 32 * CELL_FRAMES  # frames from the first to the last peak: 2 s
BLOCK = (
    60 * RATE // HOP
)  # frames looked at together, so that hours need no more memory than minutes
MARGIN = LOUD_FRAMES + 1


@dataclass(frozen=True, slots=True)
class Landmarks:
    """One number per landmark, and the frame of its first peak, in order of frames."""

    hashes: Ints
    frames: Ints

    @property
    def ends(self) -> Ints:
        """The frame of the last peak of each, to a cell."""
        return np.asarray(self.frames + (self.hashes & 31) * CELL_FRAMES, np.int32)

    def between(self, first: int, last: int) -> "Landmarks":
        """Those that begin at these frames."""
        part = slice(*np.searchsorted(self.frames, [first, last + 1]))
        return Landmarks(self.hashes[part], self.frames[part])

    @property
    def peaks(self) -> tuple[Ints, Ints]:
        """Frame and cell of every peak, the later ones of each landmark to a cell; in order of frames."""
        near, far = (self.hashes >> 5 & 31), (self.hashes & 31)
        columns = [(self.frames, self.hashes >> 22)]
        columns += [(self.frames + near * CELL_FRAMES + 2, self.hashes >> 16 & 63)]
        columns += [(self.frames + far * CELL_FRAMES + 2, self.hashes >> 10 & 63)]
        both = np.concatenate([np.stack(column) for column in columns], axis=1)
        frames, cells = np.unique(both, axis=1).astype(np.int32)
        return frames, cells

    def heard(self) -> int:
        """Samples that landmarks cover: the length without silence."""
        if not len(self.frames):
            return 0
        past = np.maximum.accumulate(np.append(np.int32(-1), self.ends[:-1]))
        return int(np.maximum(0, self.ends - np.maximum(self.frames, past)).sum()) * HOP


def landmarks(samples: npt.NDArray[np.int16]) -> Landmarks:
    """The landmarks of 16 kHz mono samples: about ten a second of speech, none of silence."""
    frames, bins = _peaks(samples)
    nearest: Longs = np.rint(frames).astype(np.int64)
    cells: Longs = np.clip((bins - LOWEST) / CELL_BINS, 0, 63).astype(np.int64)
    found: list[Longs] = []
    for second, third in AHEAD:
        first = np.arange(max(0, len(frames) - third))
        near, far = (frames[first + ahead] - frames[first] for ahead in (second, third))
        three = np.stack([cells[first], cells[first + second], cells[first + third]])
        packed = three[0] << 22 | three[1] << 16 | three[2] << 10
        packed |= (near // CELL_FRAMES).astype(np.int64) << 5
        packed |= (far // CELL_FRAMES).astype(np.int64)
        fits = (far < LONGEST) & (np.ptp(three, axis=0) > 1)  # one tone tells nothing: hum, a pilot
        found.append(np.stack([nearest[first][fits], packed[fits]]))
    frame, packed = np.unique(np.concatenate(found, axis=1), axis=1)
    return Landmarks(packed.astype(np.int32), frame.astype(np.int32))


def _peaks(samples: npt.NDArray[np.int16]) -> tuple[Doubles, Doubles]:
    """Frames and bins of the peaks, in order of frames, finer than whole numbers."""
    n_frames = (len(samples) - WINDOW) // HOP + 1
    parts: list[tuple[Doubles, Doubles]] = [(np.empty(0), np.empty(0))]
    for start in range(0, max(0, n_frames), BLOCK):
        first, last = max(0, start - MARGIN), min(n_frames, start + BLOCK + MARGIN)
        power = _power(samples[first * HOP : (last - 1) * HOP + WINDOW])
        bins, frames = np.nonzero(_is_peak(power))
        inside = (frames >= start - first) & (frames < start - first + BLOCK)
        bins, frames = bins[inside], frames[inside]
        fine = _fine(power, bins, frames)
        place = frames + first + fine[0], bins + LOWEST - 1 + fine[1]
        parts.append((place[0].astype(np.float64), place[1].astype(np.float64)))
    places, pitches = (np.concatenate([part[n] for part in parts]) for n in (0, 1))
    order = np.lexsort((pitches, places))  # by the finer place: whole frames shift with the start
    return places[order], pitches[order]


def _power(samples: npt.NDArray[np.int16]) -> Floats:
    """ln of power, (bins, frames), with one bin more on either side."""
    shape = np.hanning(WINDOW).astype(np.float32)
    shape /= shape.sum() * np.float32(32_768)
    framed = sliding_window_view(samples, WINDOW)[::HOP] * shape
    spectrum = fft.rfft(framed, axis=1)[:, LOWEST - 1 : HIGHEST + 1]
    return np.asarray(np.log(np.abs(spectrum.T) ** 2 + np.float32(1e-9)), np.float32)


def _is_peak(power: Floats) -> npt.NDArray[np.bool_]:
    size = (2 * NEAR_BINS + 1, 2 * NEAR_FRAMES + 1)
    loudest = ndimage.maximum_filter1d(power.max(axis=0), 2 * LOUD_FRAMES + 1)
    floor = np.maximum(loudest - QUIET, SILENT)
    is_peak = (power == ndimage.maximum_filter(power, size=size)) & (power > floor)
    is_peak[[0, -1]] = is_peak[:, [0, -1]] = False  # no neighbour to tell its place by
    return np.asarray(is_peak)


def _fine(
    power: Floats, bins: npt.NDArray[np.intp], frames: npt.NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """Where between frames and bins the peaks are, by a parabola through their neighbours."""
    middle = power[bins, frames]
    by_frame = _vertex(power[bins, frames - 1], middle, power[bins, frames + 1])
    by_bin = _vertex(power[bins - 1, frames], middle, power[bins + 1, frames])
    return by_frame, by_bin


def _vertex(before: Floats, middle: Floats, after: Floats) -> Floats:
    bend = np.minimum(before - 2 * middle + after, np.float32(-1e-6))
    return np.asarray(np.clip((before - after) / (2 * bend), -0.5, 0.5), np.float32)
