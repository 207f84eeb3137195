"""Sources on their way in: asked for, read, shown, and taken in once a person confirms."""

import logging
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import OperationalError, connection, transaction
from django.db.models import Count, Q
from django.db.models.fields.json import KeyTransform

from common import claims, files
from corpus.actions import documents, podcasts, previews
from corpus.actions.podcasts import Report
from corpus.core.feeds import EmptyFeed, NotAFeed
from corpus.engines import sources
from corpus.engines.base import NotAudio
from corpus.engines.failures import Busy, FetchFailed, HostWaits, StorageFull
from corpus.engines.replay import Recorder, Replay
from corpus.engines.sources import BadSource, Source
from corpus.models import FeedDocument, Intake

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 4
MOST_STORED = 6000  # episodes of one preview; its counts are of all
ENQUEUED_AGAIN_AFTER = timedelta(seconds=60)
LONGEST_WAIT = timedelta(minutes=15)
UNREADABLE = (BadSource, NotAFeed, EmptyFeed, NotAudio, ValueError)  # as it will be next time
NOBODYS_FAULT = (Busy, HostWaits, StorageFull, files.StorageFull)
AFRESH: Mapping[str, Any] = {
    "state": Intake.State.WAITING,
    "error": "",
    "attempts": 0,
    "claim": None,
    "claimed_at": None,
    "enqueued_at": None,
    "retry_at": None,
    "done_at": None,
}
AGREED: Mapping[str, Any] = {**AFRESH, "state": Intake.State.AGREED}


class BadAddress(Exception):
    """Nothing that can be added from a page; the message says what to do."""


class AlreadyDecided(Exception):
    """Somebody answered before, or it is being read again: there is nothing to decide as shown."""


class Stale(Exception):
    """The verdicts are others now than those that were shown; a fresh preview was made."""


class Unreadable(Exception):
    """What was shown cannot be read again from what was kept, or is too old, so that the source is asked anew."""


def address(text: str) -> str:
    """The address as it is kept, or BadAddress with a sentence."""
    source = text.strip()
    if len(source) > sources.LONGEST:
        raise BadAddress(f"An address of {len(source)} characters is longer than any that we keep.")
    try:
        parts = urlsplit(source)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, is_whole = urlsplit(""), False
    if parts.scheme not in ("http", "https"):
        raise BadAddress(
            "Give an address that starts with https:// or http://. A file or a folder of this machine "
            "enters by command: python manage.py ingest PATH"
        )
    if not is_whole or any(sign.isspace() for sign in source):
        raise BadAddress(f"{source} is no complete address. Copy it from the podcast's website.")
    if parts.username is not None or parts.password is not None:
        raise BadAddress(
            "An address with a name or password in it is never asked: use a public one."
        )
    return source


@transaction.atomic
def ask(
    *,
    source: str,
    licence: str,
    attribution: str,
    by: Any,
    at: datetime,
    title: str = "",
    batch: uuid.UUID | None = None,
) -> Intake:
    """Put a source on its way; one that nobody has decided on yet is given back instead.

    It is read again where it failed, or where the statement about its licence is another one. Raises
    BadAddress, and ValueError for a licence that we do not know or that lacks its credit.
    """
    where = address(source)
    given(licence, attribution)
    one_at_a_time()
    row = Intake.objects.open().filter(source=where).order_by("-pk").first()
    if row is None:
        return Intake.objects.create(
            source=where,
            title=title[:500],
            batch=batch,
            licence=licence,
            attribution=attribution,
            asked_at=at,
            asked_by=by,
        )
    is_other = bool(licence or attribution) and (licence, attribution) != (
        row.licence,
        row.attribution,
    )
    if is_other or row.state == Intake.State.FAILED:
        said = {"licence": licence, "attribution": attribution} if is_other else {}
        Intake.objects.filter(pk=row.pk).update(**AFRESH, **said, asked_at=at, asked_by=by)
        row.refresh_from_db()
    return row


def make_preview(*, intake: Intake, fetcher: Any, at: datetime) -> None:
    """Read the source, keep every document of it, and store what would enter, or why nothing can.

    The intake is claimed. What may succeed later by itself is tried again then, up to MOST_ATTEMPTS.
    """
    kept: dict[str, FeedDocument] = {}

    def keep(body: bytes, url: str) -> str:
        row = documents.keep(body, source=url, at=at)
        kept[row.sha256] = row
        return row.sha256

    recorder = Recorder(fetcher, keep=keep)
    try:
        source = sources.read(intake.source, fetcher=recorder)
        preview = _preview(source, intake, recorder.notes)
    except Exception as error:
        _fail(intake, error, at=at)
        return
    shown = _shown({**preview, "read_at": at.isoformat()}, source, intake)
    shown["document"] = kept.get(preview["podcast"]["sha256"])
    Intake.objects.finish(pk=intake.pk, claim=intake.claim, at=at, **shown)


def confirm(*, intake: Intake, by: Any, at: datetime, shown: str = "") -> Report:
    """Take in what was shown, from the bytes that were kept: no host is asked.

    `shown`: the verdicts_sha256 of the preview that the person saw, where that is known. Raises
    AlreadyDecided, Stale or Unreadable.
    """
    _check_shown(intake, shown)
    return _enter(intake, Intake.State.READY, by=by, at=at)


def agree(*, intake: Intake, by: Any, at: datetime, shown: str = "") -> None:
    """As `confirm`, for what takes long: a worker takes it in. Raises AlreadyDecided or Stale."""
    _check_shown(intake, shown)
    ready = Intake.objects.to_decide().filter(pk=intake.pk)
    if not ready.update(**AGREED, decided_at=at, decided_by=by):
        raise AlreadyDecided


@transaction.atomic
def confirm_batch(*, batch: uuid.UUID, shown: Iterable[int], by: Any, at: datetime) -> int:
    """Agree to those of a batch that are ready and were shown; how many. Workers take them in."""
    ready = Intake.objects.to_decide().filter(batch=batch, pk__in=list(shown))
    return ready.update(**AGREED, decided_at=at, decided_by=by)


def take_in(*, intake: Intake, at: datetime) -> None:
    """What was agreed to enters, by whom it was agreed; the intake is claimed.

    Where the verdicts are others now, or the bytes are gone, a person has to look again.
    """
    try:
        _enter(intake, Intake.State.AGREED, by=intake.decided_by, at=at)
    except (AlreadyDecided, Stale, Unreadable):
        log.info("%s is open again, or another worker has it", intake)
    except Exception as error:
        _fail(intake, error, at=at)


def dismiss(*, intake: Intake, by: Any, at: datetime) -> None:
    """Leave a source out; what was read stays as evidence. Raises AlreadyDecided."""
    rows = Intake.objects.open().filter(pk=intake.pk)
    over = {"claim": None, "claimed_at": None, "retry_at": None, "done_at": at}
    if not rows.update(state=Intake.State.DISMISSED, decided_at=at, decided_by=by, **over):
        raise AlreadyDecided


def retry(*, intake: Intake, at: datetime) -> None:
    """Read a source that failed once more, now. Raises AlreadyDecided."""
    if not retry_failed(at=at, pk=intake.pk):
        raise AlreadyDecided


def retry_failed(*, at: datetime, **which: Any) -> int:
    """Read every source that failed once more, or those of a batch; how many."""
    failed = Intake.objects.filter(state=Intake.State.FAILED, **which)
    return failed.update(**{**AFRESH, "retry_at": at})


@transaction.atomic
def to_enqueue(*, now: datetime, most: int) -> list[Intake]:
    """What waits for a worker and not in a queue already; marks it as waiting there.

    What killed its workers too often is given up, with a reason.
    """
    Intake.objects.free_the_dead()
    due = Intake.objects.claimable(now=now).filter(
        state__in=(Intake.State.WAITING, Intake.State.AGREED)
    )
    due.filter(attempts__gte=MOST_ATTEMPTS).update(
        **_failed(f"The worker died {MOST_ATTEMPTS} times on this. Try it again, or leave it out."),
        done_at=now,
    )
    fresh = Q(enqueued_at=None) | Q(enqueued_at__lt=now - ENQUEUED_AGAIN_AFTER)
    rows = list(due.filter(fresh).defer("preview").order_by("pk")[:most])
    Intake.objects.filter(pk__in=[row.pk for row in rows]).update(enqueued_at=now)
    return rows


def is_idle(*, now: datetime, patience: timedelta) -> bool:
    """Whether something has waited for a while and no worker has been seen at anything."""
    waiting = Intake.objects.claimable(now=now).filter(
        Q(retry_at=None) | Q(retry_at__lt=now - patience),
        Q(decided_at=None, asked_at__lt=now - patience) | Q(decided_at__lt=now - patience),
    )
    recent = Q(claimed_at__gt=now - claims.LEASE) | Q(done_at__gt=now - patience)
    return waiting.exists() and not Intake.objects.filter(recent, attempts__gt=0).exists()


def listed(**which: Any) -> Any:
    """Rows for lists: without their long previews, with the summary of each."""
    rows = Intake.objects.asked().filter(**which).defer("preview")
    return rows.select_related("asked_by", "decided_by", "podcast").annotate(
        summary=KeyTransform("summary", "preview")
    )


def counts(**which: Any) -> "Counter[str]":
    """State → how many."""
    rows = Intake.objects.asked().filter(**which).values_list("state").order_by()
    return Counter(dict(rows.annotate(n=Count("pk"))))


def _check_shown(intake: Intake, shown: str) -> None:
    if shown and shown != intake.preview.get("verdicts_sha256"):
        raise Stale


def _enter(intake: Intake, state: str, *, by: Any, at: datetime) -> Report:
    try:
        source = _again(intake)
    except (files.Missing, FetchFailed, *UNREADABLE) as error:
        _read_anew(intake, state)
        raise Unreadable(str(error)) from error
    with transaction.atomic():
        row = Intake.objects.select_for_update(of=("self",)).get(pk=intake.pk)
        if (row.state, row.claim) != (state, intake.claim):
            raise AlreadyDecided
        if row.preview["documents"] != intake.preview["documents"]:
            raise Stale  # it was read anew meanwhile
        podcasts.one_at_a_time()
        is_old = podcasts.is_overtaken(source, read_at=_read_at(row))
        judged = podcasts.judge(source, given=given(row.licence, row.attribution))
        if is_old:
            _read_anew(row, state)
        elif previews.verdicts_sha256(judged) == row.preview["verdicts_sha256"]:
            report = podcasts.add(
                source=source, judged=judged, attribution=row.attribution, by=by, at=at
            )
            over = {"claim": None, "claimed_at": None, "retry_at": None, "done_at": at}
            Intake.objects.filter(pk=row.pk).update(
                **over,
                state=Intake.State.CONFIRMED,
                decided_at=row.decided_at or at,
                decided_by=by,
                podcast=report.podcast,
                error="",
            )
            return report
        else:
            preview = _preview(source, row, row.preview["documents"])
            fresh = _shown({**preview, "read_at": _read_at(row).isoformat()}, source, row)
            Intake.objects.filter(pk=row.pk).update(
                **{**AFRESH, **fresh, "done_at": at}, decided_at=None, decided_by=None
            )
    if is_old:
        raise Unreadable("The feed was read again since, and says otherwise.")
    raise Stale


def _read_anew(intake: Intake, state: str) -> None:
    rows = Intake.objects.filter(pk=intake.pk, state=state)
    rows.update(**AFRESH, decided_at=None, decided_by=None)


def _read_at(intake: Intake) -> datetime:
    """When the bytes of its preview were read; of older previews, when it was asked for."""
    said = intake.preview.get("read_at")
    return datetime.fromisoformat(said) if said else intake.asked_at


def _again(intake: Intake) -> Source:
    """The source as it was when its preview was made, from the media store."""
    notes = intake.preview["documents"]
    rows = FeedDocument.objects.in_bulk(
        [note["sha256"] for note in notes.values() if "sha256" in note], field_name="sha256"
    )
    replay = Replay(notes, read=lambda sha256: documents.read(rows[sha256]))
    return sources.read(intake.source, fetcher=replay)


def _preview(source: Source, intake: Intake, notes: Mapping[str, Any]) -> previews.Document:
    judged = podcasts.judge(source, given=given(intake.licence, intake.attribution))
    return previews.of(source, judged, documents=notes)


def _shown(preview: previews.Document, source: Source, intake: Intake) -> dict[str, Any]:
    """The fields of an intake that is ready to be decided."""
    return {
        "state": Intake.State.READY,
        "title": previews.storable(source.feed.title)[:500] or intake.title,
        "preview": previews.storable(previews.shortened(preview, most=MOST_STORED)),
        "error": "",
    }


def _fail(intake: Intake, error: Exception, *, at: datetime) -> None:
    """Try again later, or leave it to a person, who reads `error`."""
    known = (*UNREADABLE, *NOBODYS_FAULT, FetchFailed, OSError, OperationalError)
    said = str(error) if isinstance(error, known) else f"{type(error).__name__}: {error}"
    sentence = previews.storable(said)
    if not isinstance(error, known):
        log.exception("%s failed", intake, exc_info=error)
    if not connection.in_atomic_block:  # the database may have been started again
        connection.close_if_unusable_or_obsolete()
    wait = _wait(intake, error)
    held: dict[str, Any] = {"pk": intake.pk, "claim": intake.claim}
    if wait is None:
        Intake.objects.finish(**held, at=at, **_failed(sentence))
        return
    attempts = intake.attempts - (1 if _is_nobodys_fault(error) else 0)
    back = {"retry_at": at + wait, "error": sentence, "attempts": attempts, "enqueued_at": None}
    Intake.objects.give_back(**held, **back)


def _wait(intake: Intake, error: Exception) -> timedelta | None:
    """How long until the next attempt; None where there is to be none."""
    if _is_nobodys_fault(error):
        return timedelta(seconds=getattr(error, "retry_after", None) or 10)
    is_final = isinstance(error, UNREADABLE) or getattr(error, "status", None) == 404
    if is_final or not getattr(error, "retry", True) or intake.attempts >= MOST_ATTEMPTS:
        return None
    asked = getattr(error, "retry_after", None)
    return timedelta(seconds=asked) if asked else timedelta(seconds=5 * 2**intake.attempts)


def _is_nobodys_fault(error: Exception) -> bool:
    return isinstance(error, NOBODYS_FAULT)


def _failed(sentence: str) -> dict[str, Any]:
    return {
        "state": Intake.State.FAILED,
        "error": sentence,
        "decided_at": None,
        "decided_by": None,
    }


def given(licence: str, attribution: str) -> Any:
    """A curator's statement as evidence, empty where there is none; ValueError as podcasts.given."""
    return podcasts.given(licence, attribution=attribution) if licence else ()


def one_at_a_time() -> None:
    """Two people who add the same source at the same moment get the same row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('intake'))")
