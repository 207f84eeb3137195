"""Lists of feeds (OPML): each goes on its way by itself, all of them as one batch."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from corpus.actions import intakes
from corpus.core.opml import Listing, Outline
from corpus.models import FeedWatch, Intake, Podcast

MOST_FEEDS = 2000  # of one list


@dataclass(slots=True)
class Asked:
    """What became of a list of feeds; `left_out` are sentences."""

    batch: uuid.UUID
    intakes: list[Intake] = field(default_factory=list)
    in_corpus: list[Podcast] = field(default_factory=list)
    under_way: list[Outline] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


@transaction.atomic
def ask(*, listing: Listing, licence: str, attribution: str, by: Any, at: datetime) -> Asked:
    """Put every feed of a list on its way as one batch, but those that are on their way or here.

    Raises ValueError for a licence as intakes.ask does, and for too many feeds.
    """
    if len(listing.outlines) > MOST_FEEDS:
        raise ValueError(
            f"The list names {len(listing.outlines):,} feeds, and {MOST_FEEDS:,} are the most for one: "
            "split it."
        )
    intakes.given(licence, attribution)
    intakes.one_at_a_time()
    asked = Asked(batch=uuid.uuid4(), left_out=list(listing.left_out))
    wanted = {where: one for one in listing.outlines if (where := _address(one, asked))}
    known, under_way = _in_corpus(wanted), _under_way(wanted)
    for where, one in wanted.items():
        if podcast := known.get(where):
            asked.in_corpus.append(podcast)
        elif where in under_way:
            asked.under_way.append(one)
        else:
            asked.intakes.append(
                Intake(
                    source=where,
                    title=one.title[:500],
                    batch=asked.batch,
                    licence=licence,
                    attribution=attribution,
                    asked_at=at,
                    asked_by=by,
                )
            )
    Intake.objects.bulk_create(asked.intakes)
    return asked


def read_since(outlines: Sequence[Outline], *, moment: datetime) -> dict[str, Podcast]:
    """Address → the podcast whose feed was read from there since."""
    rows = FeedWatch.objects.filter(
        url__in=[one.url.strip() for one in outlines], checked_at__gte=moment, error=""
    )
    return {watch.url: watch.podcast for watch in rows.select_related("podcast")}


def _address(outline: Outline, asked: Asked) -> str:
    try:
        return intakes.address(outline.url)
    except intakes.BadAddress as error:
        asked.left_out.append(f"{outline.title or outline.url}: {error}")
        return ""


def _in_corpus(addresses: Iterable[str]) -> dict[str, Podcast]:
    """Address → the podcast that is read from there."""
    watches = FeedWatch.objects.filter(url__in=list(addresses)).select_related("podcast")
    found = {watch.url: watch.podcast for watch in watches}
    return {row.source: row for row in Podcast.objects.filter(source__in=list(addresses))} | found


def _under_way(addresses: Iterable[str]) -> set[str]:
    rows = Intake.objects.filter(source__in=list(addresses))
    on_its_way = Q(decided_at=None) | Q(state=Intake.State.AGREED)
    return set(rows.filter(on_its_way).values_list("source", flat=True))
