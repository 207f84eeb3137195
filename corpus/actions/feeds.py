"""Feeds are looked at again: politely, by one worker at a time, and never to the loss of what was there."""

import logging
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from common import claims
from corpus.actions import documents, looks, podcasts
from corpus.actions.looks import UNUSABLE, CutOff, Look, OtherPodcast, Reading, Same
from corpus.core import watches
from corpus.core.watches import Move
from corpus.engines.failures import Busy, FetchFailed, Gone, HostWaits
from corpus.models import Episode, FeedCheck, FeedDocument, FeedWatch, Podcast

log = logging.getLogger(__name__)

ENQUEUED_AGAIN_AFTER = timedelta(seconds=60)
KEPT = 30  # looks without news that are remembered, of each outcome

Outcome = FeedCheck.Outcome


class LeaseLost(Exception):
    """Another worker or a person was faster; what was found here is thrown away."""


class Already(Exception):
    """The feed is in that state: somebody was faster."""


class Resting(Exception):
    """The feed is paused or retired, so nobody looks at it."""


@dataclass(slots=True, kw_only=True)
class _Ending:
    """How a look ended: what is written down about it, and on the watch."""

    outcome: str
    watch: dict[str, Any]
    notes: Sequence[str] = ()
    status: int | None = None
    document: FeedDocument | None = None
    n_added: int = 0
    n_changed: int = 0


@dataclass(frozen=True, slots=True)
class _Visit:
    """A look under way: whose, by which fetcher, when, at whose wish."""

    watch: FeedWatch
    look: Look
    at: datetime
    by: Any
    began: float = field(default_factory=time.monotonic)

    @property
    def chance(self) -> float:
        """0 … 1, another one for every feed and every look."""
        return zlib.crc32(f"{self.watch.pk} {self.at}".encode()) / 2**32


def refresh(*, watch: FeedWatch, fetcher: Any, at: datetime, by: Any = None) -> FeedCheck:
    """Look at a feed once, take in what is new, and write down what came of it.

    Raises LeaseLost; and HostWaits or Busy where the host is not to be asked now: then nothing happened.
    """
    visit = _Visit(watch, Look(fetcher, watch), at, by)
    try:
        reading = looks.read(watch, visit.look)
        return _take_in(visit, reading)
    except (HostWaits, Busy) as wait:
        later = at + timedelta(seconds=wait.retry_after or 60)
        _own(watch).update(claim=None, claimed_at=None, enqueued_at=None, retry_at=later)
        raise
    except LeaseLost:
        raise
    except Exception as error:
        return _close(visit, _ending(visit, error))


def carry_out(
    *, watch: FeedWatch, fetcher: Any, now: Callable[[], datetime], by: Any = None
) -> FeedCheck | None:
    """Claim a feed that is due and look at it under a heartbeat; None where somebody else does.

    Raises what refresh() raises.
    """
    due = FeedWatch.objects.due(now=now()).select_related("podcast", "document")
    mine = due.claim(pk=watch.pk, now=now())
    if mine is None:
        return None
    with claims.held(FeedWatch.objects.all(), pk=mine.pk, claim=mine.claim):
        return refresh(watch=mine, fetcher=fetcher, at=now(), by=by)


def to_enqueue(*, now: datetime, most: int) -> list[FeedWatch]:
    """Feeds that are due and wait in no queue already; marks them as waiting."""
    FeedWatch.objects.free_the_dead()
    fresh = Q(enqueued_at=None) | Q(enqueued_at__lt=now - ENQUEUED_AGAIN_AFTER)
    due = FeedWatch.objects.due(now=now).claimable(now=now).filter(fresh)
    rows = list(due.order_by("retry_at")[:most])
    FeedWatch.objects.filter(pk__in=[row.pk for row in rows]).update(enqueued_at=now)
    return rows


def touched(check: FeedCheck) -> "QuerySet[Episode]":
    """Episodes that came in with a look, or were decided upon."""
    news = Q(added_at=check.at) | Q(licence__decided_at=check.at)
    return Episode.objects.filter(news, podcast=check.podcast_id).order_by("number")


def is_resting(watch: FeedWatch) -> bool:
    return watch.is_paused or watch.done_at is not None


def state(watch: FeedWatch) -> str:
    """One word for lists: retired, paused, failing or active."""
    if watch.done_at:
        return "retired"
    if watch.is_paused:
        return "paused"
    return "failing" if watch.failures else "active"


@transaction.atomic
def pause(*, watch: FeedWatch, by: Any, at: datetime, reason: str = "", said_by: str = "") -> None:
    """Leave the feed alone until it is resumed. Raises Already, and Resting where it is retired."""
    open_ = FeedWatch.objects.filter(pk=watch.pk, done_at=None)
    if not open_.filter(is_paused=False).update(is_paused=True):
        raise Already if open_.exists() else Resting
    _note(watch, Outcome.PAUSED, by=by, said_by=said_by, at=at, reason=reason)


@transaction.atomic
def resume(*, watch: FeedWatch, by: Any, at: datetime, reason: str = "", said_by: str = "") -> None:
    """Look at the feed again from now on, though it was paused or retired. Raises Already."""
    resting = FeedWatch.objects.filter(Q(is_paused=True) | Q(done_at__isnull=False), pk=watch.pk)
    again = {"failures": 0, "error": "", "retry_at": at, "enqueued_at": None}
    if not resting.update(is_paused=False, done_at=None, **again):
        raise Already
    _note(watch, Outcome.RESUMED, by=by, said_by=said_by, at=at, reason=reason)


@transaction.atomic
def retire(*, watch: FeedWatch, by: Any, at: datetime, reason: str = "", said_by: str = "") -> None:
    """Never look at the feed again, for this reason; its evidence and episodes stay. Raises Already."""
    rows = FeedWatch.objects.filter(pk=watch.pk, done_at=None)
    if not rows.update(done_at=at, claim=None, claimed_at=None, error=reason.strip()):
        raise Already
    _note(watch, Outcome.RETIRED, by=by, said_by=said_by, at=at, reason=reason)


def check_now(*, watch: FeedWatch, at: datetime) -> None:
    """Make the feed due. Raises Resting."""
    rows = FeedWatch.objects.filter(pk=watch.pk, is_paused=False, done_at=None)
    if not rows.update(retry_at=at):
        raise Resting


@transaction.atomic
def _take_in(visit: _Visit, reading: Reading) -> FeedCheck:
    """What was read, judged and written; the podcast, the watch and the note of it together."""
    watch, source = visit.watch, reading.source
    feed = source.feed
    podcasts.one_at_a_time()
    if podcasts.is_overtaken(source, read_at=visit.at):
        raise LeaseLost  # the claim runs out by itself, and the feed is read again
    report = podcasts.add(
        source=source, judged=podcasts.judge(source), attribution="", by=visit.by, at=visit.at
    )
    watch.refresh_from_db(fields=["url", "changed_at", "document"])
    watch.ttl_minutes = min(feed.ttl_minutes or 0, 10**6)
    watch.skip_hours, watch.skip_days = sorted(feed.skip_hours), sorted(feed.skip_days)
    is_news = bool(report.added or report.changed)
    wishes = ("ttl_minutes", "skip_hours", "skip_days")
    ending = _Ending(
        outcome=Outcome.CHANGED if is_news else Outcome.UNCHANGED,
        watch={name: getattr(watch, name) for name in wishes},
        notes=(*reading.notes, *report.left_out),
        document=report.document,
        n_added=len(report.added),
        n_changed=len(report.changed),
    )
    return _close(visit, _good(visit, ending, is_elsewhere=reading.is_elsewhere))


def _good(visit: _Visit, ending: _Ending, *, is_elsewhere: bool = False) -> _Ending:
    """What every good look leaves behind: validators, the next look, and how far a move is believed."""
    watch, got = visit.watch, visit.look.answer
    if got is None:
        raise ValueError("a look without an answer is none")
    quiet = visit.at - (watch.changed_at or watch.podcast.added_at)
    next_look = watches.next_look(
        visit.at, quiet=quiet, wishes=looks.wishes(watch, got), chance=visit.chance
    )
    ending.status = got.status
    ending.watch |= {"failures": 0, "error": "", "retry_at": next_look}
    if not is_elsewhere:
        ending.watch |= {k: v for k, v in looks.validators(got).items() if v or got.status == 200}
        _follow(visit, ending)
    return ending


def _follow(visit: _Visit, ending: _Ending) -> None:
    """Count the sightings of a permanent redirect; after enough of them its target is the address."""
    watch, got = visit.watch, visit.look.answer
    target = watches.permanent(got.url_chain, got.statuses) if got else ""
    target = target if looks.fits(target) else ""
    before = Move(watch.moved_to, tuple(watch.moved_on))
    move = watches.sighted(before, target, on=visit.at.date())
    if move.is_believed:
        Podcast.objects.filter(pk=watch.podcast_id).update(source=target)
        ending.watch |= {"url": target, "moved_to": "", "moved_on": []}
        ending.notes = (
            *ending.notes,
            f"The host has sent us to {target} for good on {len(move.on)} days: that is the address now.",
        )
    else:
        ending.watch |= {"moved_to": move.to, "moved_on": list(move.on)}


def _ending(visit: _Visit, error: Exception) -> _Ending:
    """How a look ends that brought no feed to take in."""
    match error:
        case Same():
            return _unchanged(visit)
        case Gone() if visit.look.answer is None:
            sentence = f"{error} The feed is retired; its evidence and its episodes stay."
            gone = {"done_at": visit.at, "error": sentence}
            return _Ending(
                outcome=Outcome.RETIRED, watch=gone, notes=[sentence], status=error.status
            )
        case FetchFailed():
            ending = _failed(visit, Outcome.FAILED, str(error), retry_after=error.retry_after)
            ending.status = getattr(error, "status", None)
            return ending
        case OtherPodcast() | CutOff():
            return _refused(visit, str(error))
        case _ if isinstance(error, UNUSABLE):
            return _refused(visit, str(error))
        case _:
            log.exception("%s could not be refreshed", visit.watch, exc_info=error)
            return _failed(visit, Outcome.FAILED, f"{type(error).__name__}: {error}")


def _unchanged(visit: _Visit) -> _Ending:
    """Nothing to read. A host that sent it all the same is asked in another way next time."""
    ending = _good(visit, _Ending(outcome=Outcome.UNCHANGED, watch={}))
    watch = visit.watch
    if ending.status == 200 and any(visit.look.asked.values()):
        ending.watch["validators"] = watches.next_validators(
            watch.validators, etag=watch.etag, last_modified=watch.last_modified
        )
    return ending


def _refused(visit: _Visit, sentence: str) -> _Ending:
    """What cannot be a feed of this podcast is kept to be looked at, and changes nothing."""
    ending = _failed(visit, Outcome.REFUSED, sentence)
    got = visit.look.answer
    if got is not None and got.body:
        ending.document = documents.keep(got.body, source=visit.watch.url, at=visit.at)
    return ending


def _failed(
    visit: _Visit, outcome: str, sentence: str, *, retry_after: float | None = None
) -> _Ending:
    failures = visit.watch.failures + 1
    later = watches.back_off(
        visit.at, failures=failures, retry_after=retry_after, chance=visit.chance
    )
    fields = {"failures": min(failures, 32_000), "error": sentence, "retry_at": later}
    return _Ending(outcome=outcome, watch=fields, notes=[sentence])


@transaction.atomic
def _close(visit: _Visit, ending: _Ending) -> FeedCheck:
    """Let go of the watch and write the look down, or raise LeaseLost and so undo it all."""
    let_go = {"claim": None, "claimed_at": None, "enqueued_at": None, "checked_at": visit.at}
    if not _own(visit.watch).update(**let_go, **ending.watch):
        raise LeaseLost
    got = visit.look.answer
    notes = list(ending.notes[: podcasts.MOST_NOTES])
    if more := len(ending.notes) - len(notes):
        notes.append(f"{more} more sentences like these are left out here.")
    check = FeedCheck.objects.create(
        podcast=visit.watch.podcast,
        at=visit.at,
        asked_by=visit.by,
        outcome=ending.outcome,
        status=ending.status or (got.status if got else None),
        urls=list(got.url_chain) if got else [visit.watch.url],
        document=ending.document,
        n_added=ending.n_added,
        n_changed=ending.n_changed,
        notes=notes,
        seconds=time.monotonic() - visit.began,
    )
    _thin(check)
    return check


def _thin(check: FeedCheck) -> None:
    """Of looks that changed nothing, the latest are enough."""
    if check.outcome in (Outcome.UNCHANGED, Outcome.FAILED):
        alike = FeedCheck.objects.filter(podcast=check.podcast_id, outcome=check.outcome)
        late = alike.order_by("-at", "-pk").values("pk")[KEPT:]
        FeedCheck.objects.filter(pk__in=late).delete()


def _own(watch: FeedWatch) -> "QuerySet[FeedWatch]":
    """The watch as long as the claim under which it is looked at holds."""
    return FeedWatch.objects.filter(pk=watch.pk, claim=watch.claim, done_at=None)


def _note(
    watch: FeedWatch, outcome: str, *, by: Any, said_by: str, at: datetime, reason: str
) -> None:
    """Who did what to a feed, and why, beside the looks at it."""
    notes = [reason.strip()] if reason.strip() else []
    FeedCheck.objects.create(
        podcast=watch.podcast,
        at=at,
        asked_by=by,
        said_by=said_by,
        outcome=outcome,
        notes=notes,
    )
