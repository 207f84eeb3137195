"""Template words for numbers with units: {{ clip.seconds|length }}, {{ n|count }} …"""

from typing import Any

from django import template

from corpus.core import units
from corpus.core.segments import RATE

register = template.Library()


def _or_dash(value: Any, written: Any) -> str:
    return "–" if value is None or value == "" else str(written(value))


@register.filter
def count(value: Any) -> str:
    return _or_dash(value, units.count)


@register.filter
def duration(value: Any) -> str:
    """How much sound: 41 s, 12.5 min, 3.1 h."""
    return _or_dash(value, units.length)


@register.filter
def clock(value: Any) -> str:
    return _or_dash(value, units.clock)


@register.filter
def from_samples(value: int) -> float:
    """Seconds: {{ clip.start|from_samples|clock }}."""
    return value / RATE


@register.filter
def took(value: Any) -> str:
    return _or_dash(value, units.took)


@register.filter
def size(value: Any) -> str:
    return _or_dash(value, units.size)


@register.filter
def percent(value: Any) -> str:
    return _or_dash(value, units.percent)


@register.filter
def share_of(part: Any, all_of_it: Any) -> float:
    """part / whole, 0 where there is nothing."""
    return part / all_of_it if part and all_of_it else 0.0


@register.filter
def percent_of(share: float) -> str:
    """0 … 1 as an SVG length: 42.5%."""
    return f"{100 * share:.2f}%"


@register.filter
def whole(value: Any) -> str:
    """A measure without its decimals: 10,034."""
    return _or_dash(value, lambda number: units.count(round(number)))


@register.filter
def seconds(value: Any) -> str:
    """The exact length of a clip: 5.83 s."""
    return _or_dash(value, lambda number: f"{number:.2f} s")
