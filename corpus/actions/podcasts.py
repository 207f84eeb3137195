"""Podcasts enter: with their licence, its evidence and a verdict on each episode."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import connection, transaction

from corpus.actions import documents, entries, looks
from corpus.actions import licences as decisions
from corpus.actions.entries import Report
from corpus.actions.licences import Kept
from corpus.actions.statements import ARCHIVE, FLAGGED, NOTHING, Change, Judged, Ledger, day, short
from corpus.core import archive, licences
from corpus.core.feeds import FeedEpisode
from corpus.core.licences import Observation
from corpus.engines.sources import Source, digest
from corpus.models import (
    Episode,
    FeedCheck,
    FeedDocument,
    FeedWatch,
    LicenceEvidence,
    Podcast,
)

__all__ = [
    "Judged",
    "NoReason",
    "NotFlagged",
    "Report",
    "add",
    "given",
    "is_overtaken",
    "judge",
    "lift_flag",
    "one_at_a_time",
]


SECOND_LOOK = timedelta(hours=1)  # after a feed came in
MOST_NOTES = 50  # sentences of one look


class NotFlagged(Exception):
    """No flag stands on this podcast, or not any more."""


class NoReason(Exception):
    """Who lifts a flag says why, for those who ask later."""


def judge(source: Source, *, given: Iterable[Observation] = ()) -> list[Judged]:
    """The verdict on every episode, from the feed and what a curator states or once stated.

    A new statement takes the place of an older one of its kind. Writes nothing.
    """
    feed, new = source.feed, tuple(given)
    stated = {seen.element for seen in new}
    before = _before(feed.guid)
    verdicts: dict[Any, licences.Decision] = {}  # most episodes say the same
    judged = []
    for episode in feed.episodes:
        known = before.get(episode.guid, NOTHING)
        old = [decisions.observation(row) for row in known.given if row.element not in stated]
        unasked = _unasked(episode, known, source)
        seen = (*episode.observations, *unasked, *feed.observations, *old, *new)
        if (key := (seen, episode.block)) not in verdicts:
            verdicts[key] = licences.decide(seen, block=episode.block)
        judged.append(Judged(episode, seen, verdicts[key]))
    return judged


def _before(podcast: str) -> dict[str, Kept]:
    """Guid of an episode → what counts of the evidence about it; of feeds only where an archive spoke."""
    rows = LicenceEvidence.objects.filter(episode__podcast__guid=podcast).select_related("episode")
    if not rows.filter(element__startswith=ARCHIVE).exists():
        rows = rows.filter(level=LicenceEvidence.Level.GIVEN)
    by_guid: dict[str, list[LicenceEvidence]] = {}
    for row in rows.defer("source"):
        by_guid.setdefault(row.episode.guid, []).append(row)
    return {guid: decisions.kept(found) for guid, found in by_guid.items()}


def _unasked(episode: FeedEpisode, known: Kept, source: Source) -> list[Observation]:
    """What the archive said about an episode before, where it could not be asked this time.

    A host that is down takes nothing back. What it said of another item says nothing of this one.
    """
    file = archive.file_of(episode.enclosure_url) if known.feed else None
    own = archive.metadata_url("")
    asked = {url for url, _ in source.documents}
    if file is None or source.location.startswith(own) or archive.metadata_url(file[0]) in asked:
        return []
    before = archive.file_of(known.feed[0].episode.audio_url)
    if before is None or before[0] != file[0]:
        return []
    if any(seen.element.startswith(ARCHIVE) for seen in episode.observations):
        return []
    return [decisions.observation(row) for row in known.feed if row.element.startswith(ARCHIVE)]


def given(licence: str, *, attribution: str) -> tuple[Observation, ...]:
    """A curator's statement as evidence, or ValueError where it names no licence we know."""
    spdx = decisions.known_id(licence)
    if decisions.asks_for_credit(spdx) and not attribution.strip():
        raise ValueError(f"{spdx} asks for credit: give it with --attribution.")
    return (Observation(decisions.STATEMENT, "given", spdx, licences.licence_url(spdx)),)


@transaction.atomic
def add(
    *,
    source: Source,
    judged: Iterable[Judged],
    attribution: str,
    by: Any,
    at: datetime,
) -> Report:
    """Take the podcast and its episodes in, or bring what is known of them up to date.

    The number of queries grows with thousands of episodes, not with each of them.
    """
    one_at_a_time()
    podcast = _podcast(source, by=by, at=at)
    report = Report(podcast, left_out=list(source.left_out))
    beside = {url: digest(body) for url, body in source.documents}
    ledger = Ledger(
        podcast, at, location=source.location, sha256=digest(source.body), beside=beside
    )
    entries.take_in(report, ledger, list(judged), attribution=attribution)
    _flag(podcast, ledger.changes, at=at)
    if report.added or report.changed or ledger.evidence:
        report.document = _keep(source, at=at)
    _watch(report, source, at=at)
    return report


def one_at_a_time() -> None:
    """Until the transaction ends no other source enters: episodes are numbered through."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('ingest'))")


def is_overtaken(source: Source, *, read_at: datetime) -> bool:
    """Whether other bytes brought news of the podcast after this was read; told for sure under one_at_a_time().

    Old bytes must not take back what newer ones state.
    """
    newer = FeedWatch.objects.filter(podcast__guid=source.feed.guid, changed_at__gt=read_at)
    return newer.exclude(document__sha256=digest(source.body)).exists()


@transaction.atomic
def lift_flag(
    *, podcast: Podcast, by: Any, at: datetime, reason: str, said_by: str = ""
) -> list[Episode]:
    """What waited under the flag is judged by its own evidence; gives those episodes.

    Raises NoReason, and NotFlagged where somebody was faster.
    """
    if not reason.strip():
        raise NoReason
    row = Podcast.objects.select_for_update().get(pk=podcast.pk)
    if row.flagged_at is None:
        raise NotFlagged
    held = row.episodes.filter(licence__verdict="review", licence__rule=FLAGGED)
    waiting = list(held.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    row.flagged_at, row.flag = None, ""
    row.save(update_fields=["flagged_at", "flag"])
    ledger = Ledger(row, at, by=by, said_by=said_by)
    ledger.read(waiting)
    for episode in waiting:
        kept = ledger.kept(episode)
        ledger.decide(episode, licences.decide(kept.observations, block=kept.block))
    ledger.write()
    FeedCheck.objects.create(
        podcast=row,
        at=at,
        asked_by=by,
        said_by=said_by,
        outcome=FeedCheck.Outcome.LIFTED,
        notes=[reason.strip()],
    )
    return waiting


def _podcast(source: Source, *, by: Any, at: datetime) -> Podcast:
    """The podcast, locked: who withdraws it or lifts its flag meanwhile has done so, or waits."""
    feed = source.feed
    podcast, _ = Podcast.objects.select_for_update(no_key=True).get_or_create(
        guid=feed.guid,
        defaults={
            "title": feed.title[:500],
            "source": source.location,
            "link": short(feed.link),
            "author": (feed.author or "")[:500],
            "language": (feed.language or "")[:35],
            "description": feed.description or "",
            "added_at": at,
            "added_by": by,
        },
    )
    return podcast


def _flag(podcast: Podcast, changes: Sequence[Change], *, at: datetime) -> None:
    """Say on the podcast that its statement is no longer that under which episodes were taken."""
    if not changes:
        return
    told = Counter((change.before.spdx, change.now.spdx or "") for change in changes)
    sentences = [
        f"On {day(at)} the feed began to state {after or 'no licence that we may use'} instead of "
        f"{before}, about {n} {'episode' if n == 1 else 'episodes'} that we had taken."
        for (before, after), n in told.most_common()
    ]
    podcast.flagged_at, podcast.flag = at, " ".join(filter(None, [podcast.flag, *sentences]))
    podcast.save(update_fields=["flagged_at", "flag"])


def _keep(source: Source, *, at: datetime) -> FeedDocument | None:
    """The bytes that this was read from, and every other document that was needed."""
    extra = {digest(body): (url, body) for url, body in source.documents if body}
    known = FeedDocument.objects.filter(sha256__in=extra).values_list("sha256", flat=True)
    for sha256 in extra.keys() - set(known):
        url, body = extra[sha256]
        documents.keep(body, source=url, at=at)
    return documents.keep(source.body, source=source.location, at=at) if source.body else None


def _watch(report: Report, source: Source, *, at: datetime) -> None:
    """A feed on the web is read again; read by hand from another address, it is so from there."""
    if urlsplit(source.location).scheme not in ("http", "https"):
        return
    news = {"document": report.document, "changed_at": at} if report.document else {}
    watch, is_new = FeedWatch.objects.get_or_create(
        podcast=report.podcast,
        defaults={
            "url": source.location,
            "checked_at": at,
            "changed_at": at,
            "retry_at": at + SECOND_LOOK,
            **looks.validators(source),
            **news,
        },
    )
    if is_new:
        FeedCheck.objects.create(
            podcast=report.podcast,
            at=at,
            asked_by=report.podcast.added_by,
            outcome=FeedCheck.Outcome.CHANGED,
            urls=list(source.urls),
            document=report.document,
            n_added=len(report.added),
            notes=list(source.left_out)[:MOST_NOTES],
        )
        return
    if watch.url != source.location:
        news |= {"url": source.location, "moved_to": "", "moved_on": [], "etag": ""}
        news |= {"last_modified": "", "validators": "both"}
        Podcast.objects.filter(pk=report.podcast.pk).update(source=source.location)
    FeedWatch.objects.filter(pk=watch.pk).update(
        **news, checked_at=at, done_at=None, failures=0, error=""
    )
