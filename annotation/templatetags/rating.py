"""Template words of the rating screen: scales, choices, chips, petals, manikins, waveforms."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotation.core import manikins, taxonomy

register = template.Library()

SCALES = {scale.name: scale for scale in taxonomy.SCALES}
ASKS = {  # everyday words for raters
    "valence": gettext_noop("How positive does the speaker sound?"),
    "arousal": gettext_noop("How active does the speaker sound?"),
    "dominance": gettext_noop("How strong does the speaker sound?"),
}
SKIP_REASONS = (  # (what is stored: annotation.actions.assignments.SKIP_REASONS, what is read)
    ("broken_audio", gettext_noop("The sound is broken or missing")),
    ("several_speakers", gettext_noop("Several people speak")),
    ("other_language", gettext_noop("It is in another language")),
    ("offensive", gettext_noop("The content is offensive")),
    ("private_data", gettext_noop("It gives away private facts")),
    ("upsets_me", gettext_noop("It upsets me")),
)


@register.inclusion_tag("components/scale.html")
def scale(card: Any, name: str) -> dict[str, Any]:
    """Seven radio buttons with manikins; the name is valence, arousal or dominance."""
    words = SCALES[name]
    points = [
        {"value": str(value), "words": _(text), "picture": f"{name}-{value}"}
        for value, text in enumerate(words.points, start=taxonomy.LOWEST)
    ]
    return _question(card, name) | {
        "title": _(words.title),
        "asks": _(ASKS[name]),
        "low": _(words.low),
        "high": _(words.high),
        "points": points,
    }


@register.inclusion_tag("components/choice_grid.html")
def main_emotion(card: Any) -> dict[str, Any]:
    """The eight main emotions and Other, one radio button each, with the key that chooses it."""
    choices = [
        {"value": label.value, "words": _(label.value), "key": label.key}
        for label in taxonomy.Primary
    ]
    return _question(card, "primary") | {
        "choices": choices,
        "other": _value(card, "primary_other"),
        "other_errors": of(_get(card, "errors"), "primary_other"),
    }


@register.inclusion_tag("components/chip_set.html")
def all_emotions(card: Any) -> dict[str, Any]:
    """The secondary emotions as chips, similar ones together, groups in the rater's own order."""
    groups = [
        [{"value": label.value, "words": _(label.value)} for label in group]
        for group in _shuffled(taxonomy.SECONDARY_GROUPS, seed=_get(card, "order_seed"))
    ]
    errors = _get(card, "errors")
    return _question(card, "secondary") | {
        "errors": [*of(errors, "secondary"), *of(errors, "secondaries")],  # core says secondaries
        "groups": groups,
        "other": _value(card, "secondary_other"),
        "other_errors": of(_get(card, "errors"), "secondary_other"),
    }


@register.inclusion_tag("components/petals.html")
def wheel(card: Any) -> dict[str, Any]:
    """The 32 categories, grouped by petal; the fourth of each group lies between two petals."""
    petals: dict[str, dict[str, Any]] = {}
    for category in taxonomy.CATEGORIES:
        petal = petals.setdefault(category.petal, {"words": _(category.petal.value), "cells": []})
        between = [_(p.value) for p in category.petals] if len(category.petals) > 1 else []
        petal["cells"].append(
            {"value": category.name, "words": _(category.title), "between": " + ".join(between)}
        )
    return _question(card, "distribution") | {"petals": list(petals.values())}


@register.simple_tag
def manikin_sprite() -> SafeString:
    """All 21 drawings as symbols named `valence-1` … `dominance-7`; once per page, outside swaps."""
    symbols = format_html_join(
        "",
        '<symbol id="{}-{}" viewBox="0 0 {} {}">{}</symbol>',
        (
            (name, point, manikins.SIDE, manikins.SIDE, _drawn(name, point))
            for name in SCALES
            for point in range(taxonomy.LOWEST, taxonomy.HIGHEST + 1)
        ),
    )
    return format_html('<svg class="sprite" aria-hidden="true" focusable="false">{}</svg>', symbols)


@register.simple_tag
def manikin_rows() -> list[dict[str, Any]]:
    """For the legend: each scale with its points in words and what each drawing shows."""
    return [
        {
            "title": _(words.title),
            "asks": _(ASKS[name]),
            "points": [
                (f"{name}-{point}", _(text), _(manikins.description(name, point)))
                for point, text in enumerate(words.points, start=taxonomy.LOWEST)
            ],
        }
        for name, words in SCALES.items()
    ]


@register.simple_tag
def skip_reasons() -> list[tuple[str, str]]:
    """Why a clip cannot be rated: what is stored and what is read."""
    return [(value, _(words)) for value, words in SKIP_REASONS]


@register.simple_tag
def required_questions(card: Any) -> str:
    """Ids of the questions that need an answer, in screen order, separated by spaces."""
    protocol = _get(card, "protocol")
    asked = [str(question) for question in _get(protocol, "questions") or ()]
    required = _get(protocol, "required")
    if required is None:
        required = {"valence", "arousal", "dominance", "primary", "distribution"}
    return " ".join(question for question in asked if question in required)


@register.filter
def of(mapping: Mapping[str, Any] | None, key: str) -> Any:
    """The entry of that name, or an empty list: {{ card.errors|of:"valence" }}."""
    return (mapping or {}).get(key) or []


@register.filter
def beside(first: Iterable[Any], second: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Pairs of two lists of one length: {% for column, cell in columns|beside:row %}."""
    return list(zip(first, second, strict=False))


@register.filter
def thinned(peaks: Sequence[Sequence[int]] | None, bars: int) -> list[tuple[int, int]]:
    """At most that many [min, max] pairs; neighbours merge to their lowest and highest."""
    pairs = [(int(low), int(high)) for low, high in peaks or ()]
    count = min(int(bars), len(pairs))
    edges = [len(pairs) * bar // count for bar in range(count + 1)] if count else []
    return [
        (min(low for low, _high in pairs[a:b]), max(high for _low, high in pairs[a:b]))
        for a, b in pairwise(edges)
    ]


@register.filter
def bars_path(pairs: Sequence[tuple[int, int]]) -> str:
    """One vertical line per pair, as an SVG path; silence stays visible as a short line."""
    return "".join(f"M{x}.5 {-max(high, 3)}V{-min(low, -3)}" for x, (low, high) in enumerate(pairs))


def _question(card: Any, name: str) -> dict[str, Any]:
    """What every question needs: its name, its answer so far, its errors."""
    return {
        "name": name,
        "answer": _value(card, name),
        "errors": of(_get(card, "errors"), name),
    }


def _value(card: Any, name: str) -> Any:
    """What was typed before, as text or a list of texts, whatever the view put there."""
    value = (_get(card, "values") or {}).get(name)
    if value is None:
        return ""
    return [str(part) for part in value] if isinstance(value, (list, tuple, set)) else str(value)


def _get(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


def _shuffled(
    groups: Sequence[Sequence[taxonomy.Secondary]], *, seed: object
) -> list[Sequence[taxonomy.Secondary]]:
    """Groups in an order that belongs to the seed; without one, in the order of the protocol."""
    if seed is None:
        return list(groups)
    return sorted(groups, key=lambda group: sha256(f"{seed}:{group[0]}".encode()).digest())


def _drawn(name: str, point: int) -> SafeString:
    return mark_safe(manikins.drawing(name, point))  # noqa: S308 - our own numbers only
