"""What of an episode may not be sampled because it is heard elsewhere, and which clips sound alike."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from corpus.core import repeats as core
from corpus.core import segments, units
from corpus.core.segments import RATE, Segment
from corpus.models import Clip, Episode, LicenceDecision, Repeat, Withdrawal

MOST = RATE  # samples of a clip that may have been heard before
COUNTS = Q(licence__verdict__in=LicenceDecision.MAY_BE_CUT) | Q(withdrawal__isnull=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """A span of an episode, and the place that it repeats."""

    span: Segment
    number: int  # of the other episode
    start: int

    def __str__(self) -> str:
        return f"repeats episode {self.number} at {units.clock(self.start / RATE)}"


def heard_before(episode: Episode) -> list[Heard]:
    """Spans that stay out, in order: what repeats an earlier episode, and what was withdrawn anywhere.

    An episode whose licence keeps its sound to itself takes none from others, nor does a copy of
    this very episode.
    """
    found = []
    for row in Repeat.objects.filter(episode=episode).select_related("of"):
        own = Segment(row.start, row.end)
        if _counts(row.of, of=episode):
            found.append(Heard(own, row.of.number, row.of_start))
        else:
            found += _withdrawn(row.of, row.of_start, own)
    for row in Repeat.objects.filter(of=episode).select_related("episode"):
        own = Segment(row.of_start, row.of_start + row.end - row.start)
        found += _withdrawn(row.episode, row.start, own)
    return sorted(found, key=lambda one: (one.span, one.number, one.start))


def reason(clip: Clip, heard: Iterable[Heard]) -> str:
    """Why the gate filters a clip that was heard before; empty where it was not."""
    own = Segment(clip.start, clip.end)
    for one in heard:
        if segments.overlap(own, one.span) >= MOST:
            start = one.start + max(0, own.start - one.span.start)
            return str(Heard(own, one.number, start))
    return ""


def elsewhere(episode: Episode, span: Segment) -> list[tuple[int, Segment]]:
    """(episode, span) of every other place where the span is heard, to its own length."""
    places = []
    for row in Repeat.objects.filter(Q(episode=episode) | Q(of=episode)):
        ours, theirs = (row.episode_id, row.start), (row.of_id, row.of_start)
        for (one, start), (other, other_start) in ((ours, theirs), (theirs, ours)):
            there = Segment(start, start + row.end - row.start)
            for part in segments.intersect([there], [span]) if one == episode.pk else ():
                moved = other_start - start
                places.append((other, Segment(part.start + moved, part.end + moved)))
    return sorted(set(places))


def sharing(episodes: Iterable[int]) -> QuerySet[Episode]:
    """The episodes that have a sound in common with any of these."""
    rows, these = Repeat.objects, list(episodes)
    ours = rows.filter(of__in=these).values("episode")
    theirs = rows.filter(episode__in=these).values("of")
    return Episode.objects.filter(Q(pk__in=ours) | Q(pk__in=theirs)).order_by("pk")


def sounds(clips: Iterable[Clip]) -> dict[int, tuple[int, ...]]:
    """Clip → numbers of the repeated sounds in it: clips with one in common belong together."""
    rows = Repeat.objects.order_by("pk").values_list("episode", "start", "end", "of", "of_start")
    known = core.sounds(rows)
    return {
        clip.pk: tuple(
            number
            for span, number in known.get(clip.episode_id, ())
            if segments.overlap(span, Segment(clip.start, clip.end))
        )
        for clip in clips
    }


def _counts(other: Episode, *, of: Episode) -> bool:
    """Whether what the other episode holds need not come from this one as well."""
    is_copy = other.duplicate_of_id == of.pk
    return not is_copy and Episode.objects.filter(COUNTS, pk=other.pk).exists()


def _withdrawn(other: Episode, start: int, own: Segment) -> Iterator[Heard]:
    """The parts of a span that were taken back where the other episode has them, from `start` on."""
    there = Segment(start, start + own.duration)
    moved = own.start - start
    for part in segments.intersect(_taken_back(other, there), [there]):
        span = Segment(part.start + moved, part.end + moved)
        yield Heard(span, other.number, part.start)


def _taken_back(episode: Episode, near: Segment) -> list[Segment]:
    if episode.withdrawal_id is not None:
        return [near]
    spans = Withdrawal.objects.standing().filter(kind=Withdrawal.Kind.SPAN, episode=episode)
    clips = Clip.objects.withdrawn().filter(episode=episode)
    places = [rows.values_list("start", "end") for rows in (spans, clips)]
    return [
        Segment(start, end)
        for rows in places
        for start, end in rows.filter(start__lt=near.end, end__gt=near.start)
        if start is not None and end is not None  # as its kind demands
    ]
