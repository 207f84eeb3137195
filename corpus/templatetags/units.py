"""Template words for numbers with units: {{ clip.seconds|length }}, {{ n|count }} …"""

from typing import Any

from django import template

from corpus.core import units

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
def took(value: Any) -> str:
    return _or_dash(value, units.took)


@register.filter
def size(value: Any) -> str:
    return _or_dash(value, units.size)


@register.filter
def percent(value: Any) -> str:
    return _or_dash(value, units.percent)


@register.filter
def seconds(value: Any) -> str:
    """The exact length of a clip: 5.83 s."""
    return _or_dash(value, lambda number: f"{number:.2f} s")
