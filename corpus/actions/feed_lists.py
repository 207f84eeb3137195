"""Lists of feeds (OPML): each goes on its way by itself, all of them as one batch."""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from corpus.actions import intakes
from corpus.core.opml import Listing, Outline, Unread
from corpus.engines import sources
from corpus.models import FeedWatch, Intake, Podcast

MOST_FEEDS = 2000  # of one list
MOST_TITLE = 500  # characters
_LOGIN = re.compile(r"//[^/?#]*@")  # names and passwords are nobody's to keep
THE_LIST = "The list as a whole"


@dataclass(slots=True)
class Asked:
    """What became of a list of feeds: `intakes` are on their way now, `left_out` never will be.

    Both are kept under `batch`; `in_corpus` and `under_way` say why some of the latter are left out.
    """

    batch: uuid.UUID
    intakes: list[Intake] = field(default_factory=list)
    in_corpus: list[Podcast] = field(default_factory=list)
    under_way: list[Outline] = field(default_factory=list)
    left_out: list[Intake] = field(default_factory=list)


@transaction.atomic
def ask(*, listing: Listing, licence: str, attribution: str, by: Any, at: datetime) -> Asked:
    """Put every feed of a list on its way as one batch, but those that are on their way or here.

    Each line that is not read is kept with its reason. Raises ValueError for a licence as intakes.ask
    does, and for too many feeds.
    """
    if len(listing.outlines) > MOST_FEEDS:
        raise ValueError(
            f"The list names {len(listing.outlines):,} feeds, and {MOST_FEEDS:,} are the most for one: "
            "split it."
        )
    intakes.given(licence, attribution)
    intakes.one_at_a_time()
    asked = Asked(batch=uuid.uuid4())
    common = {"batch": asked.batch, "asked_at": at, "asked_by": by}
    lines = [Unread(THE_LIST, "", note) for note in listing.notes] + list(listing.unread)
    wanted = {where: one for one in listing.outlines if (where := _address(one, lines))}
    known, under_way = _in_corpus(wanted), _under_way(wanted)
    asked.left_out += [_left_out(line, common) for line in _shortened(lines)]
    for where, one in wanted.items():
        if podcast := known.get(where):
            asked.in_corpus.append(podcast)
            line = Unread(one.title, where, f"It is in the corpus already, as “{podcast.title}”.")
            asked.left_out.append(_left_out(line, common, podcast=podcast))
        elif where in under_way:
            asked.under_way.append(one)
            line = Unread(one.title, where, "It was on its way in already.")
            asked.left_out.append(_left_out(line, common))
        else:
            said = {"licence": licence, "attribution": attribution, "title": one.title[:MOST_TITLE]}
            asked.intakes.append(Intake(source=where, **said, **common))
    Intake.objects.bulk_create([*asked.intakes, *asked.left_out])
    return asked


def left_out(batch: uuid.UUID) -> QuerySet[Intake]:
    """The lines of a list that were not put on their way, each with its reason in `error`."""
    return Intake.objects.left_out_of(batch).select_related("podcast")


def _left_out(line: Unread, common: dict[str, Any], **fields: Any) -> Intake:
    """A row that nobody has to answer and nothing reads again: its reason, for good."""
    return Intake(
        source=_LOGIN.sub("//…@", line.written)[: sources.LONGEST],
        title=line.title[:MOST_TITLE],
        error=line.reason,
        state=Intake.State.DISMISSED,
        decided_at=common["asked_at"],
        done_at=common["asked_at"],
        **common,
        **fields,
    )


def _shortened(lines: list[Unread]) -> list[Unread]:
    n_more = len(lines) - MOST_FEEDS
    if n_more <= 0:
        return lines
    rest = Unread(THE_LIST, "", f"{n_more:,} more lines could not be read and are not listed.")
    return [rest, *lines[:MOST_FEEDS]]


def read_since(outlines: Sequence[Outline], *, moment: datetime) -> dict[str, Podcast]:
    """Address → the podcast whose feed was read from there since."""
    rows = FeedWatch.objects.filter(
        url__in=[one.url.strip() for one in outlines], checked_at__gte=moment, error=""
    )
    return {watch.url: watch.podcast for watch in rows.select_related("podcast")}


def _address(outline: Outline, lines: list[Unread]) -> str:
    try:
        return intakes.address(outline.url)
    except intakes.BadAddress as error:
        lines.append(Unread(outline.title, outline.url, str(error)))
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
