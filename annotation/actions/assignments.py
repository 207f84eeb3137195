"""The queue: which clip this rater hears next, on a lease that the database keeps.

Locks are taken in one order everywhere: the rater, the rater's assignments, then places in the queue
by their id. So nobody waits in a circle, and nobody ever waits for a place that another rater has.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, Subquery

from annotation.core import queue
from annotation.core.queue import Candidate
from annotation.models import Assignment, Campaign, CampaignClip, Rater
from corpus.models import LicenceDecision

LEASE = timedelta(minutes=20)
ACTIVE = timedelta(minutes=20)  # a rater who held a lease this lately is active
SKIP_REASONS = (
    "broken_audio",
    "several_speakers",
    "other_language",
    "offensive",
    "private_data",
    "upsets_me",
)
_GONE = ("rated", "skipped", "released")


@transaction.atomic
def take_next(*, rater: Rater, campaign: Campaign, at: datetime) -> Assignment | None:
    """The clip on this rater's screen: the one held, else the one fetched ahead, else a new one."""
    lock_rater(rater)
    if campaign.state != Campaign.State.OPEN:
        return None
    lately = _lately(rater, campaign)
    held = {row.slot: row for row in lately if row.closed_at is None}
    row = held.get("open") or held.get("prefetched")
    if row is None:
        return _claim(rater, campaign, lately, slot="open", at=at)
    row.slot = Assignment.Slot.OPEN
    row.shown_at = row.shown_at or at
    row.expires_at = at + LEASE
    row.save(update_fields=["slot", "shown_at", "expires_at"])
    return row


@transaction.atomic
def prefetch(*, rater: Rater, campaign: Campaign, at: datetime) -> Assignment | None:
    """The clip after the one on screen; none near the end, or the tail would hide in browsers."""
    lock_rater(rater)
    if campaign.state != Campaign.State.OPEN:
        return None
    lately = _lately(rater, campaign)
    held = next((row for row in lately if not row.closed_at and row.slot == "prefetched"), None)
    if held is not None:
        Assignment.objects.filter(pk=held.pk).update(expires_at=at + LEASE)
        return held
    if _open_places(campaign) < 2 * _active_raters(campaign, at):
        return None
    return _claim(rater, campaign, lately, slot="prefetched", at=at)


@transaction.atomic
def renew(*, rater: Rater, token: uuid.UUID, at: datetime) -> bool:
    """A heartbeat of the page: its lease lasts a while longer. False if the clip was given away."""
    open_one = rater.assignments.live().filter(token=token)
    return bool(open_one.update(expires_at=at + LEASE))


@transaction.atomic
def skip(*, rater: Rater, token: uuid.UUID, reason: str, at: datetime) -> bool:
    """Give the clip back with a reason; it never returns to this rater. Again is the same.

    A lease that ended meanwhile gives no place back a second time, but the clip stays away all the
    same: the reason may be that it upsets this rater.
    """
    if reason not in SKIP_REASONS:
        raise ValueError(f"{reason} is no reason to skip: {', '.join(SKIP_REASONS)}")
    row = rater.assignments.select_for_update().exclude(outcome__in=_GONE).filter(token=token)
    held = row.first()
    if held is None:
        return False
    Assignment.objects.filter(pk=held.pk).update(
        closed_at=at, outcome=Assignment.Outcome.SKIPPED, reason=reason
    )
    if held.closed_at is None:
        _give_back([held])
    return True


@transaction.atomic
def expire(*, at: datetime) -> int:
    """End the leases whose time is over, and give their places back."""
    over = Assignment.objects.live().filter(expires_at__lt=at)
    rows = list(over.select_for_update(skip_locked=True))
    Assignment.objects.filter(pk__in=[row.pk for row in rows]).update(
        closed_at=at, outcome=Assignment.Outcome.EXPIRED
    )
    _give_back(rows)
    return len(rows)


def left(*, rater: Rater, campaign: Campaign, most: int) -> int:
    """How many clips this rater could still rate, counted up to `most`; those held are among them."""
    held = rater.assignments.live().filter(campaign=campaign).count()
    free: int = _free(rater, campaign)[:most].count()
    return min(most, held + free)


def why_nothing(*, rater: Rater, campaign: Campaign, at: datetime) -> str:
    """Why there is no clip for this rater now, in a sentence for them."""
    if campaign.state != Campaign.State.OPEN:
        return f"This campaign is {campaign.get_state_display()} at the moment."
    if not campaign.clips.exists():
        return "This campaign has no clips yet."
    wanting = _playable(campaign).filter(need__gt=F("n_done"))
    if not wanting.exists():
        return "Every clip has all the ratings it needs. Thank you!"
    if not wanting.exclude(clip__in=_not_again(rater, campaign)).exists():
        return "You have heard every clip that still needs ratings. Thank you!"
    leases = Assignment.objects.live().filter(campaign=campaign, expires_at__gt=at)
    next_end = leases.order_by("expires_at").values_list("expires_at", flat=True).first()
    when = f" when one comes back, at {next_end:%H:%M} UTC at the latest" if next_end else " later"
    return f"The clips left are with other raters just now. Look in again{when}."


def lock_rater(rater: Rater) -> None:
    """Two tabs of one rater take turns; rows that only point to the rater do not wait."""
    Rater.objects.select_for_update(no_key=True).only("pk").get(pk=rater.pk)


def close_rated(row: Assignment, *, at: datetime) -> None:
    """After a rating: the place is filled; a lease that had ended already gives none back."""
    Assignment.objects.filter(pk=row.pk).update(outcome=Assignment.Outcome.RATED, closed_at=at)
    given_back = 1 if row.closed_at is None else 0
    place = CampaignClip.objects.filter(pk=row.campaign_clip_id)
    place.update(n_done=F("n_done") + 1, n_live=F("n_live") - given_back)


def _give_back(rows: Iterable[Assignment]) -> None:
    """The places of leases that end, in one order, so that two at once cannot block each other."""
    for place, n in sorted(Counter(row.campaign_clip_id for row in rows).items()):
        CampaignClip.objects.filter(pk=place).update(n_live=F("n_live") - n)


def _lately(rater: Rater, campaign: Campaign) -> list[Assignment]:
    """What this rater holds and was last at, by position, locked against the reaper."""
    rows = (
        rater.assignments.select_for_update(of=("self",))
        .filter(campaign=campaign)
        .select_related("clip__voice", "clip__episode")
        .order_by(F("closed_at").desc(nulls_first=True))
    )
    return sorted(rows[: 2 * queue.WINDOW], key=lambda row: row.position)


def _claim(
    rater: Rater, campaign: Campaign, lately: list[Assignment], *, slot: str, at: datetime
) -> Assignment | None:
    """A lease on the first free clip in this rater's own order, wave after wave."""
    heard = [
        Candidate(row.clip_id, row.clip.voice.speaker_id, row.clip.episode.podcast_id)
        for row in lately
        if row.outcome != "expired"
    ]
    lease = {
        "slot": slot,
        "position": lately[-1].position + 1 if lately else 1,
        "claimed_at": at,
        "shown_at": at if slot == "open" else None,
        "expires_at": at + LEASE,
    }
    for place, returned in _ranked(rater, campaign, heard[-queue.WINDOW :]):
        if row := _lock(place):
            return _lease(row, rater, returned, lease)
    return None


def _free(rater: Rater, campaign: Campaign) -> Any:
    """Playable clips that want a rater and are new to this one."""
    wanting = _playable(campaign).filter(need__gt=F("n_done") + F("n_live"))
    return wanting.exclude(clip__in=_not_again(rater, campaign))


def _ranked(
    rater: Rater, campaign: Campaign, heard: list[Candidate]
) -> Iterator[tuple[int, int | None]]:
    """Places to try, with the rater's expired lease on each: the first open wave, then all once more.

    The first wave is found in the index alone; whether its clips may be played is asked after.
    """
    mine = rater.assignments.filter(campaign=campaign, clip=OuterRef("clip"))
    not_again = _not_again(rater, campaign)
    open_ones = campaign.clips.wanting().exclude(clip__in=not_again).order_by("wave")
    free = (
        _playable(campaign)
        .filter(need__gt=F("n_done") + F("n_live"))
        .exclude(clip__in=not_again)
        .annotate(returned=Subquery(mine.values("pk")[:1]))
    )
    yield from _by_fit(free.filter(wave=Subquery(open_ones.values("wave")[:1])), rater, heard)
    for wave in open_ones.values_list("wave", flat=True).distinct():
        yield from _by_fit(free.filter(wave=wave), rater, heard)


def _by_fit(places: Any, rater: Rater, heard: list[Candidate]) -> Iterator[tuple[int, int | None]]:
    rows = places.values_list(
        "pk", "returned", "clip", "clip__voice__speaker", "clip__episode__podcast"
    )
    place_of = {row[2]: row[:2] for row in rows}
    candidates = [Candidate(*row[2:]) for row in rows]
    for ranked in queue.rank(candidates, heard, rater_id=rater.pk):
        yield place_of[ranked.candidate.clip_id]


def _playable(campaign: Campaign) -> Any:
    """Places whose clips are as the newest cut has them, and may still be shared."""
    return campaign.clips.filter(
        clip__episode__licence__verdict__in=LicenceDecision.MAY_BE_CUT, clip__superseded_at=None
    )


def _lock(place: int) -> CampaignClip | None:
    """The queue row, if it still wants a rater and nobody else has it in hand."""
    return (
        CampaignClip.objects.wanting()
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(pk=place)
        .first()
    )


def _lease(
    row: CampaignClip, rater: Rater, returned: int | None, lease: dict[str, Any]
) -> Assignment:
    """A new lease; or the expired one opened again, whose token stays good for a late answer."""
    CampaignClip.objects.filter(pk=row.pk).update(n_live=F("n_live") + 1)
    if returned is None:
        return Assignment.objects.create(
            campaign_id=row.campaign_id,
            campaign_clip=row,
            clip_id=row.clip_id,
            rater=rater,
            **lease,
        )
    again = Assignment.objects.filter(pk=returned)
    again.update(**lease, closed_at=None, outcome="", reason="")
    return again.get()


def _not_again(rater: Rater, campaign: Campaign) -> Any:
    """Clips that this rater has, had, or rated outside the queue."""
    mine = rater.assignments.filter(campaign=campaign)
    had = mine.filter(Q(closed_at=None) | Q(outcome__in=_GONE)).values("clip")
    return had.union(rater.ratings.filter(campaign=campaign).values("clip"))


def _open_places(campaign: Campaign) -> int:
    """Free places, counted no further than the question needs."""
    rows = campaign.clips.wanting().values_list("need", "n_done", "n_live")[:500]
    return sum(need - done - live for need, done, live in rows)


def _active_raters(campaign: Campaign, at: datetime) -> int:
    lately = Assignment.objects.filter(campaign=campaign, claimed_at__gt=at - ACTIVE)
    return lately.aggregate(n=Count("rater", distinct=True))["n"] or 1
