"""Template words of corpus: verdicts, voices, marks, pictures of sound."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.translation import gettext as _

from common import files
from corpus.actions import catalogue
from corpus.models import Clip, Episode, LicenceDecision, ReasonClass, Voice

register = template.Library()

LOUD = 110  # of 127: how high the loudest peak of a drawing reaches


@register.inclusion_tag("components/badge.html")
def verdict_badge(clip: Clip) -> dict[str, Any]:
    """Withdrawn, accepted, filtered or not judged yet, by shape and word; for `catalogue.judged`."""
    if getattr(clip, "taken", None):
        return {"kind": "withdrawn", "label": _("Withdrawn")}
    verdict = catalogue.verdict_of(clip)
    kind = "pending" if verdict == "unjudged" else verdict
    return {"kind": kind, "label": catalogue.VERDICTS[verdict]}


@register.inclusion_tag("components/badge.html")
def licence_badge(decision: LicenceDecision | None) -> dict[str, Any]:
    """What the licence lets us do."""
    if decision is None:
        return {"kind": "pending", "label": catalogue.LICENCE_VERDICTS["review"]}
    verdict = decision.verdict
    return {
        "kind": catalogue.LICENCE_MARKS[verdict],
        "label": catalogue.LICENCE_VERDICTS[verdict],
        "title": decision.reason,
    }


@register.inclusion_tag("components/badge.html")
def verdict_words(verdict: str) -> dict[str, Any]:
    """A verdict on licences by itself, as in tables of rules."""
    return {"kind": catalogue.LICENCE_MARKS[verdict], "label": catalogue.LICENCE_VERDICTS[verdict]}


@register.filter
def reason_words(reason_class: str) -> str:
    """What a class of reasons means, in public words."""
    return str(ReasonClass(reason_class).label)


@register.filter
def duplicate_words(episode: Episode) -> str:
    return catalogue.duplicate_words(episode)


@register.filter
def voice_name(voice: Voice) -> str:
    return catalogue.voice_name(voice)


@register.filter
def digest(key: str) -> str:
    """The sha256 that a key of the media store carries."""
    return files.digest_of(key) if key else ""


@register.filter
def raised(peaks: Sequence[Sequence[int]] | None) -> list[tuple[int, int]]:
    """Peaks drawn as high as the picture allows: its form tells, its loudness is a measure."""
    pairs = [(int(low), int(high)) for low, high in peaks or ()]
    loudest = max((max(-low, high) for low, high in pairs), default=0) or 1
    return [(low * LOUD // loudest, high * LOUD // loudest) for low, high in pairs]
