"""The queue: which clip this rater hears next, on a lease that the database keeps.

Locks are taken in one order everywhere: the rater, the rater's assignments, then places in the queue
by their id. So nobody waits in a circle, and nobody ever waits for a place that another rater has.
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Q

from annotation.actions import claims
from annotation.core import queue
from annotation.models import Assignment, Campaign, CampaignClip, Rater

ACTIVE = timedelta(minutes=20)  # a rater who held a lease this lately is active
WITHDRAWN = "withdrawn"  # the reason of a release
SKIP_REASONS = (
    "broken_audio",
    "several_speakers",
    "other_language",
    "offensive",
    "private_data",
    "upsets_me",
)


@transaction.atomic
def take_next(*, rater: Rater, campaign: Campaign, at: datetime) -> Assignment | None:
    """The clip on this rater's screen: the one held, else the one fetched ahead, else a new one."""
    lock_rater(rater)
    if campaign.state != Campaign.State.OPEN:
        return None
    return _shown(rater, campaign, _lately(rater, campaign), at)


@transaction.atomic
def take_two(
    *, rater: Rater, campaign: Campaign, at: datetime
) -> tuple[Assignment | None, Assignment | None]:
    """The clip on screen as `take_next` gives it, and the one after it, for the browser to load.

    None is fetched ahead near the end, or the tail would hide in browsers.
    """
    lock_rater(rater)
    if campaign.state != Campaign.State.OPEN:
        return None, None
    lately = _lately(rater, campaign)
    row = _shown(rater, campaign, lately, at)
    if row is None:
        return None, None
    return row, _ahead(rater, campaign, [one for one in lately if one.pk != row.pk], row, at)


@transaction.atomic
def renew(*, rater: Rater, token: uuid.UUID, at: datetime) -> bool:
    """A heartbeat of the page: its lease lasts a while longer.

    False if the clip was given away, or withdrawn.
    """
    kept = Q(clip__withdrawal=None, clip__episode__withdrawal=None)
    open_one = rater.assignments.live().filter(kept, token=token)
    return bool(open_one.update(expires_at=at + claims.LEASE))


@transaction.atomic
def skip(*, rater: Rater, token: uuid.UUID, reason: str, at: datetime) -> bool:
    """Give the clip back with a reason; it never returns to this rater. Again is the same.

    A lease that ended meanwhile gives no place back a second time, but the clip stays away all the
    same: the reason may be that it upsets this rater.
    """
    if reason not in SKIP_REASONS:
        raise ValueError(f"{reason} is no reason to skip: {', '.join(SKIP_REASONS)}")
    lock_rater(rater)
    row = rater.assignments.select_for_update().exclude(outcome__in=claims.GONE).filter(token=token)
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
    free: int = claims.free(rater, campaign)[:most].count()
    return min(most, held + free)


def why_nothing(*, rater: Rater, campaign: Campaign, at: datetime) -> str:
    """Why there is no clip for this rater now, in a sentence for them."""
    if campaign.state != Campaign.State.OPEN:
        return f"This campaign is {campaign.get_state_display()} at the moment."
    if not campaign.clips.exists():
        return "This campaign has no clips yet."
    wanting = claims.playable(campaign).filter(need__gt=F("n_done"))
    if not wanting.exists():
        return "Every clip has all the ratings it needs. Thank you!"
    if not wanting.exclude(clip__in=claims.not_again(rater, campaign)).exists():
        return "You have heard every clip that still needs ratings. Thank you!"
    leases = Assignment.objects.live().filter(campaign=campaign, expires_at__gt=at)
    next_end = leases.order_by("expires_at").values_list("expires_at", flat=True).first()
    when = f" when one comes back, at {next_end:%H:%M} UTC at the latest" if next_end else " later"
    return f"The clips left are with other raters just now. Look in again{when}."


def lock_rater(rater: Rater) -> None:
    """Two tabs of one rater take turns; rows that only point to the rater do not wait."""
    Rater.objects.select_for_update(no_key=True).only("pk").get(pk=rater.pk)


def is_withdrawn(row: Assignment) -> bool:
    """Whether its clip was taken back, as the marks of clip and episode say."""
    return row.clip.withdrawal_id is not None or row.clip.episode.withdrawal_id is not None


def close_rated(row: Assignment, *, at: datetime) -> None:
    """After a rating: the place is filled; a lease that had ended already gives none back."""
    Assignment.objects.filter(pk=row.pk).update(outcome=Assignment.Outcome.RATED, closed_at=at)
    given_back = 1 if row.closed_at is None else 0
    place = CampaignClip.objects.filter(pk=row.campaign_clip_id)
    place.update(n_done=F("n_done") + 1, n_live=F("n_live") - given_back)


def _shown(
    rater: Rater, campaign: Campaign, lately: list[Assignment], at: datetime
) -> Assignment | None:
    _release_withdrawn(lately, at)
    held = {row.slot: row for row in lately if row.closed_at is None}
    row = held.get("open") or held.get("prefetched")
    if row is None:
        return claims.claim(rater, campaign, lately, slot="open", at=at)
    row.slot = Assignment.Slot.OPEN
    row.shown_at = row.shown_at or at
    row.expires_at = at + claims.LEASE
    row.save(update_fields=["slot", "shown_at", "expires_at"])
    return row


def _release_withdrawn(rows: Iterable[Assignment], at: datetime) -> None:
    """Take off this rater's hands what was withdrawn meanwhile; an answer under way is still kept."""
    gone = [row for row in rows if row.closed_at is None and is_withdrawn(row)]
    for row in gone:
        row.closed_at, row.outcome, row.reason = at, Assignment.Outcome.RELEASED, WITHDRAWN
        row.save(update_fields=["closed_at", "outcome", "reason"])
    _give_back(gone)


def _ahead(
    rater: Rater, campaign: Campaign, others: list[Assignment], shown: Assignment, at: datetime
) -> Assignment | None:
    """The clip fetched ahead: the one held, else a new one while there are places for everybody."""
    held = next((row for row in others if row.closed_at is None), None)
    if held is not None:
        Assignment.objects.filter(pk=held.pk).update(expires_at=at + claims.LEASE)
        return held
    if _open_places(campaign) < 2 * _active_raters(campaign, at):
        return None
    lately = sorted([*others, shown], key=lambda row: row.position)
    return claims.claim(rater, campaign, lately, slot="prefetched", at=at)


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


def _open_places(campaign: Campaign) -> int:
    """Free places, counted no further than the question needs."""
    rows = campaign.clips.wanting().values_list("need", "n_done", "n_live")[:500]
    return sum(need - done - live for need, done, live in rows)


def _active_raters(campaign: Campaign, at: datetime) -> int:
    lately = Assignment.objects.filter(campaign=campaign, claimed_at__gt=at - ACTIVE)
    return lately.aggregate(n=Count("rater", distinct=True))["n"] or 1
