"""What a withdrawal reaches: the clips and episodes of a podcast, an episode, a speaker, a span."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from corpus.models import Clip, Episode, Podcast, Speaker, Voice, Withdrawal
from corpus.models.clips import ClipQuerySet


@dataclass(frozen=True, slots=True)
class Span:
    """Samples start … end - 1 of an episode's master."""

    episode: Episode
    start: int
    end: int


Target = Podcast | Episode | Speaker | Span


def fields(target: Target) -> dict[str, Any]:
    """The target as columns of a Withdrawal."""
    if isinstance(target, Span):
        kind = Withdrawal.Kind.SPAN
        return {"kind": kind, "episode": target.episode, "start": target.start, "end": target.end}
    if isinstance(target, Podcast):
        return {"kind": Withdrawal.Kind.PODCAST, "podcast": target}
    if isinstance(target, Episode):
        return {"kind": Withdrawal.Kind.EPISODE, "episode": target}
    return {"kind": Withdrawal.Kind.SPEAKER, "speaker": target}


def target_of(withdrawal: Withdrawal) -> Target:
    """What was taken back; a speaker as numbered then."""
    match withdrawal.kind, withdrawal:
        case Withdrawal.Kind.SPAN, Withdrawal(episode=Episode() as of, start=int(a), end=int(b)):
            return Span(of, a, b)
        case _:
            return withdrawal.podcast or withdrawal.episode or withdrawal.speaker  # type: ignore[return-value]


def clips(target: Target | Withdrawal) -> ClipQuerySet:
    """Every clip that it takes out, of all cuts."""
    if isinstance(target, Withdrawal) and target.kind != Withdrawal.Kind.SPEAKER:
        return clips(target_of(target))
    if isinstance(target, Podcast):
        return Clip.objects.filter(episode__podcast=target)
    if isinstance(target, Episode):
        return Clip.objects.filter(episode=target)
    if isinstance(target, Span):
        return Clip.objects.filter(
            episode=target.episode, start__lt=target.end, end__gt=target.start
        )
    return Clip.objects.heard_as(voices(target))


def episodes(target: Target | Withdrawal) -> QuerySet[Episode]:
    """The episodes that it touches."""
    if isinstance(target, Withdrawal) and target.kind != Withdrawal.Kind.SPEAKER:
        return episodes(target_of(target))
    if isinstance(target, Podcast):
        return Episode.objects.filter(podcast=target)
    if isinstance(target, (Episode, Span)):
        row = target if isinstance(target, Episode) else target.episode
        return Episode.objects.filter(pk=row.pk)
    return Episode.objects.filter(pk__in=voices(target).values("episode"))


def voices(target: Speaker | Withdrawal) -> QuerySet[Voice]:
    """The voices of then, and those that belong to the same speakers today."""
    if isinstance(target, Speaker):
        return Voice.objects.filter(speaker=target)
    of_then = Voice.objects.filter(withdrawals__withdrawal=target)
    today = of_then.exclude(speaker=None).values("speaker")
    return Voice.objects.filter(Q(pk__in=of_then.values("pk")) | Q(speaker__in=today))
