"""Is a clip good enough? Measurements are stored, so that a new gate decides again without measuring again."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corpus.core import segments
from corpus.core.bandwidth import bandwidth
from corpus.core.segments import RATE, Segment
from corpus.core.wada_snr import snr

FULL_SCALE = 32_768
NEAR_FULL_SCALE = 32_440  # 0.99 of it: resampling and MP3 round the corners of what was clipped
CLIPPED_RUN = 3  # fewer samples in a row are a peak, not a plateau


@dataclass(frozen=True, slots=True)
class Measurements:
    """One clip in numbers; None where the clip does not allow to measure. Shares are in 0 … 1."""

    snr_db: float | None
    bandwidth_hz: float | None
    level_db: float | None  # RMS against full scale
    clipping: float
    speech_share: float
    overlap_share: float
    n_words: int | None = None  # None: the episode has no words


@dataclass(frozen=True, slots=True)
class Gate:
    """What a clip must reach; a limit itself is good enough."""

    name: str = "standard"
    version: str = "1"
    min_snr_db: float = 15
    min_bandwidth_hz: float = 5_000
    min_level_db: float = -50
    max_clipping: float = 0.001
    min_speech_share: float = 0.5
    max_overlap_share: float = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """One limit that was missed; `measured` is None where measuring was impossible.

    Codes: snr, bandwidth, level, clipping, speech, overlap. Shares keep 0 … 1 although their unit is "%".
    """

    code: str
    measured: float | None
    limit: float
    unit: str

    def __str__(self) -> str:
        name = _NAMES[self.code]
        if self.measured is None:
            return f"{name} could not be measured"
        side = "above" if self.code in _CEILINGS else "below"
        measured, limit = _apart(self.measured, self.limit, unit=self.unit)
        return f"{name} {measured} {self.unit} is {side} {limit} {self.unit}"


@dataclass(frozen=True, slots=True)
class Verdict:
    accepted: bool
    reasons: tuple[Reason, ...] = ()


def measure(
    samples: npt.NDArray[np.int16],
    *,
    speech: Iterable[Segment],
    overlaps: Iterable[Segment],
    n_words: int | None = None,
) -> Measurements:
    """The numbers of one clip at 16 kHz; the segments count from its first sample and may reach beyond it.

    Raises ValueError for an empty clip.
    """
    if not len(samples):
        raise ValueError("an empty clip cannot be measured")
    whole = [Segment(0, len(samples))]
    return Measurements(
        snr_db=snr(samples),
        bandwidth_hz=bandwidth(samples, RATE),
        level_db=_level(samples),
        clipping=_clipping(samples),
        speech_share=segments.total(segments.intersect(whole, speech)) / len(samples),
        overlap_share=segments.total(segments.intersect(whole, overlaps)) / len(samples),
        n_words=n_words,
    )


def judge(measurements: Measurements, gate: Gate) -> Verdict:
    """Accepted if no limit is missed; what could not be measured misses its limit."""
    m = measurements
    limits = (
        Reason("snr", m.snr_db, gate.min_snr_db, "dB"),
        Reason("bandwidth", m.bandwidth_hz, gate.min_bandwidth_hz, "Hz"),
        Reason("level", m.level_db, gate.min_level_db, "dB"),
        Reason("clipping", m.clipping, gate.max_clipping, "%"),
        Reason("speech", m.speech_share, gate.min_speech_share, "%"),
        Reason("overlap", m.overlap_share, gate.max_overlap_share, "%"),
    )
    missed = tuple(reason for reason in limits if not _holds(reason))
    return Verdict(accepted=not missed, reasons=missed)


def _holds(reason: Reason) -> bool:
    if reason.measured is None:
        return False
    if reason.code in _CEILINGS:
        return reason.measured <= reason.limit
    return reason.measured >= reason.limit


_NAMES = {
    "snr": "SNR",
    "bandwidth": "Bandwidth",
    "level": "Level",
    "speech": "Speech share",
    "clipping": "Clipping",
    "overlap": "Overlap",
}
_CEILINGS = {"clipping", "overlap"}


def _level(samples: npt.NDArray[np.int16]) -> float | None:
    power = np.mean(np.square(samples / FULL_SCALE))
    return float(10 * np.log10(power)) if power else None


def _clipping(samples: npt.NDArray[np.int16]) -> float:
    """The share of samples in plateaus at full scale, positive and negative ones apart."""
    clipped = sum(
        _in_runs(loud) for loud in (samples >= NEAR_FULL_SCALE, samples <= -NEAR_FULL_SCALE)
    )
    return clipped / len(samples)


def _in_runs(loud: npt.NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(loud, prepend=False, append=False))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= CLIPPED_RUN].sum())


def _apart(measured: float, limit: float, *, unit: str) -> tuple[str, str]:
    """Both numbers, the first with as many digits as it takes to tell it from the second."""
    scale = 100 if unit == "%" else 1
    told = ""
    for digits in range(0 if unit == "Hz" else 1, 12):
        told = f"{scale * measured:.{digits}f}"
        if told != f"{scale * limit:.{digits}f}":
            break
    return told, f"{scale * limit:.6f}".rstrip("0").rstrip(".")
