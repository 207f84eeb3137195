"""A clip's measures beside the limits of its gate, as bars can show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from corpus.core.units import count


@dataclass(frozen=True, slots=True)
class Gauge:
    """One measure; `filled` and `tick` are places on the bar, 0 … 1. None: not measured, no limit."""

    code: str
    value: str
    limit: str
    filled: float | None
    tick: float | None
    is_ceiling: bool
    holds: bool | None


@dataclass(frozen=True, slots=True)
class _Scale:
    """Field of the measurement, parameter of the gate, and the ends of the bar."""

    code: str
    field: str
    parameter: str
    low: float
    high: float
    unit: str
    is_ceiling: bool = False


_SCALES: Final = (
    _Scale("snr", "snr_db", "min_snr_db", 0, 50, "dB"),
    _Scale("bandwidth", "bandwidth_hz", "min_bandwidth_hz", 0, 8000, "Hz"),
    _Scale("level", "level_db", "min_level_db", -70, 0, "dBFS"),
    _Scale("speech", "speech_share", "min_speech_share", 0, 1, "%"),
    _Scale("clipping", "clipping", "max_clipping", 0, 0.01, "%", is_ceiling=True),
    _Scale("overlap", "overlap_share", "max_overlap_share", 0, 1, "%", is_ceiling=True),
)


def gauges(measured: Mapping[str, float | None], gate: Mapping[str, float]) -> tuple[Gauge, ...]:
    """One gauge per measure, in the order of the gate; both mappings as they are stored."""
    return tuple(
        _gauge(scale, measured.get(scale.field), gate.get(scale.parameter)) for scale in _SCALES
    )


def _gauge(scale: _Scale, value: float | None, limit: float | None) -> Gauge:
    holds = None
    if limit is not None:
        holds = value is not None and (value <= limit if scale.is_ceiling else value >= limit)
    return Gauge(
        code=scale.code,
        value="" if value is None else _written(value, scale.unit),
        limit="" if limit is None else _written(limit, scale.unit),
        filled=None if value is None else _place(value, scale),
        tick=None if limit is None else _place(limit, scale),
        is_ceiling=scale.is_ceiling,
        holds=holds,
    )


def _place(value: float, scale: _Scale) -> float:
    return round(min(max((value - scale.low) / (scale.high - scale.low), 0.0), 1.0), 4)


def _written(value: float, unit: str) -> str:
    if unit == "%":
        percent = 100 * value
        return f"{percent:.2f} %" if 0 < percent < 1 else f"{percent:.0f} %"
    if unit == "Hz":
        return f"{count(round(value))} Hz"
    return f"{value:.1f} {unit}".replace("-", "−")
