"""A place in the queue for a rater: ranked, locked, leased."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery

from annotation.core import queue
from annotation.core.queue import Candidate
from annotation.models import Assignment, Campaign, CampaignClip, Rater
from corpus.models import Clip

LEASE = timedelta(minutes=20)
GONE = ("rated", "skipped", "released")


def claim(
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


def _ranked(
    rater: Rater, campaign: Campaign, heard: list[Candidate]
) -> Iterator[tuple[int, int | None]]:
    """Places to try, with the rater's expired lease on each: the first open wave, then all once more.

    The first wave is found in the index alone; whether its clips may be played is asked after.
    """
    lease = rater.assignments.filter(campaign=campaign, clip=OuterRef("clip"))
    mine = not_again(rater, campaign)
    open_ones = campaign.clips.wanting().exclude(clip__in=mine).order_by("wave")
    places = free(rater, campaign).annotate(returned=Subquery(lease.values("pk")[:1]))
    yield from _by_fit(places.filter(wave=Subquery(open_ones.values("wave")[:1])), rater, heard)
    for wave in open_ones.values_list("wave", flat=True).distinct():
        yield from _by_fit(places.filter(wave=wave), rater, heard)


def _by_fit(places: Any, rater: Rater, heard: list[Candidate]) -> Iterator[tuple[int, int | None]]:
    rows = places.values_list(
        "pk", "returned", "clip", "clip__voice__speaker", "clip__episode__podcast"
    )
    place_of = {row[2]: row[:2] for row in rows}
    candidates = [Candidate(*row[2:]) for row in rows]
    for ranked in queue.rank(candidates, heard, rater_id=rater.pk):
        yield place_of[ranked.candidate.clip_id]


def free(rater: Rater, campaign: Campaign) -> Any:
    """Playable clips that want a rater and are new to this one."""
    wanting = playable(campaign).filter(need__gt=F("n_done") + F("n_live"))
    return wanting.exclude(clip__in=not_again(rater, campaign))


def playable(campaign: Campaign) -> Any:
    """Places whose clips are as the newest cut has them, and may still be shared."""
    return campaign.clips.filter(clip__in=Clip.objects.current().playable())


def not_again(rater: Rater, campaign: Campaign) -> Any:
    """Clips that this rater has, had, or rated outside the queue."""
    mine = rater.assignments.filter(campaign=campaign)
    had = mine.filter(Q(closed_at=None) | Q(outcome__in=GONE)).values("clip")
    return had.union(rater.ratings.filter(campaign=campaign).values("clip"))


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
