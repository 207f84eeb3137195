"""The queue: which clip this rater hears next, on a lease that the database keeps."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Q

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
    Rater.objects.select_for_update().get(pk=rater.pk)  # two tabs of one rater take turns
    if campaign.state != Campaign.State.OPEN:
        return None
    held = {row.slot: row for row in rater.assignments.live().filter(campaign=campaign)}
    row = held.get("open") or held.get("prefetched") or _claim(rater, campaign, "open", at)
    if row is None:
        return None
    row.slot = Assignment.Slot.OPEN
    row.shown_at = row.shown_at or at
    row.expires_at = at + LEASE
    row.save(update_fields=["slot", "shown_at", "expires_at"])
    return row


@transaction.atomic
def prefetch(*, rater: Rater, campaign: Campaign, at: datetime) -> Assignment | None:
    """The clip after the one on screen; none near the end, or the tail would hide in browsers."""
    Rater.objects.select_for_update().get(pk=rater.pk)
    if campaign.state != Campaign.State.OPEN:
        return None
    held = rater.assignments.live().filter(campaign=campaign, slot="prefetched").first()
    if held is not None:
        Assignment.objects.filter(pk=held.pk).update(expires_at=at + LEASE)
        return held
    if _open_places(campaign) < 2 * _active_raters(campaign, at):
        return None
    return _claim(rater, campaign, "prefetched", at)


@transaction.atomic
def renew(*, rater: Rater, token: uuid.UUID, at: datetime) -> bool:
    """A heartbeat of the page: its leases last a while longer. False if the clip was given away."""
    open_one = rater.assignments.live().filter(token=token)
    return bool(open_one.update(expires_at=at + LEASE))


@transaction.atomic
def skip(*, rater: Rater, token: uuid.UUID, reason: str, at: datetime) -> bool:
    """Give the clip back with a reason; it never returns to this rater. Again is the same."""
    if reason not in SKIP_REASONS:
        raise ValueError(f"{reason} is no reason to skip: {', '.join(SKIP_REASONS)}")
    row = rater.assignments.live().select_for_update().filter(token=token).first()
    if row is None:
        return False
    _close([row], outcome=Assignment.Outcome.SKIPPED, at=at, reason=reason)
    return True


@transaction.atomic
def expire(*, at: datetime) -> int:
    """End the leases whose time is over, and give their places back."""
    over = Assignment.objects.live().filter(expires_at__lt=at)
    rows = list(over.select_for_update(skip_locked=True))
    _close(rows, outcome=Assignment.Outcome.EXPIRED, at=at)
    return len(rows)


def why_nothing(*, rater: Rater, campaign: Campaign, at: datetime) -> str:
    """Why there is no clip for this rater now, in a sentence for them."""
    if campaign.state != Campaign.State.OPEN:
        return f"This campaign is {campaign.get_state_display()} at the moment."
    if not campaign.clips.exists():
        return "This campaign has no clips yet."
    wanting = campaign.clips.filter(need__gt=F("n_done"))
    if not wanting.exists():
        return "Every clip has all the ratings it needs. Thank you!"
    mine = _not_again(rater, campaign)
    if not wanting.exclude(clip__in=mine).exists():
        return "You have heard every clip that still needs ratings. Thank you!"
    next_end = (
        Assignment.objects.live()
        .filter(campaign=campaign)
        .order_by("expires_at")
        .values_list("expires_at", flat=True)
        .first()
    )
    when = f", at {next_end:%H:%M} UTC at the latest" if next_end else ""
    return (
        f"The clips left are with other raters just now. Look in again when one comes back{when}."
    )


def close_rated(row: Assignment, *, at: datetime) -> None:
    """After a rating: the place is filled; a lease that had ended already gives none back."""
    if row.closed_at is None:
        _close([row], outcome=Assignment.Outcome.RATED, at=at)
    else:
        Assignment.objects.filter(pk=row.pk).update(outcome=Assignment.Outcome.RATED, closed_at=at)
    CampaignClip.objects.filter(pk=row.campaign_clip_id).update(n_done=F("n_done") + 1)


def _close(rows: Iterable[Assignment], *, outcome: str, at: datetime, reason: str = "") -> None:
    for row in rows:
        Assignment.objects.filter(pk=row.pk).update(closed_at=at, outcome=outcome, reason=reason)
        CampaignClip.objects.filter(pk=row.campaign_clip_id).update(n_live=F("n_live") - 1)


def _claim(rater: Rater, campaign: Campaign, slot: str, at: datetime) -> Assignment | None:
    free = (
        campaign.clips.wanting()
        .filter(
            clip__episode__licence__verdict__in=LicenceDecision.MAY_BE_CUT,
            clip__superseded_at=None,
        )
        .exclude(clip__in=_not_again(rater, campaign))
    )
    waves = list(free.order_by("wave").values_list("wave", flat=True).distinct())
    recent = _recent(rater, campaign)
    for wave in waves:
        for place in _ranked(free.filter(wave=wave), recent, rater):
            if row := _lock(place):
                return _lease(row, rater, slot, at)
    return None


def _ranked(places: "object", recent: list[Candidate], rater: Rater) -> list[int]:
    rows = places.values_list(  # type: ignore[attr-defined]
        "pk", "clip_id", "clip__voice__speaker_id", "clip__episode__podcast_id"
    )
    place_of = {clip: pk for pk, clip, _, _ in rows}
    candidates = [Candidate(clip, speaker, podcast) for _, clip, speaker, podcast in rows]
    ranked = queue.rank(candidates, recent, rater_id=rater.pk)
    return [place_of[one.candidate.clip_id] for one in ranked]


def _recent(rater: Rater, campaign: Campaign) -> list[Candidate]:
    rows = (
        rater.assignments.filter(campaign=campaign)
        .exclude(outcome="expired")
        .order_by("-claimed_at")
        .values_list("clip_id", "clip__voice__speaker_id", "clip__episode__podcast_id")
    )
    return [Candidate(*row) for row in rows[: queue.WINDOW]][::-1]


def _lock(place: int) -> CampaignClip | None:
    """The queue row, if it still wants a rater and nobody else has it in hand."""
    return (
        CampaignClip.objects.wanting()
        .select_for_update(skip_locked=True, of=("self",))
        .filter(pk=place)
        .first()
    )


def _lease(row: CampaignClip, rater: Rater, slot: str, at: datetime) -> Assignment:
    CampaignClip.objects.filter(pk=row.pk).update(n_live=F("n_live") + 1)
    heard = rater.assignments.filter(campaign_id=row.campaign_id).count()
    fields = {
        "slot": slot,
        "token": uuid.uuid4(),
        "position": heard + 1,
        "claimed_at": at,
        "shown_at": None,
        "expires_at": at + LEASE,
        "closed_at": None,
        "outcome": "",
        "reason": "",
        "campaign_clip": row,
    }
    again, _ = Assignment.objects.update_or_create(
        campaign_id=row.campaign_id, clip_id=row.clip_id, rater=rater, defaults=fields
    )
    return again


def _not_again(rater: Rater, campaign: Campaign) -> "object":
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
