"""What becomes of a run that failed: tried again later, for how long, or left to a person."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, connection

from common.files import StorageFull
from corpus.engines.base import EngineMissing
from corpus.engines.failures import Busy, FetchFailed, HostBusy, Unreachable
from corpus.engines.failures import StorageFull as NoRoomToFetch
from corpus.models import StageRun

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
LONGEST_WAIT = timedelta(minutes=15)
LONGEST_PATIENCE = timedelta(days=3)  # with a host that only asks to wait
A_STEP = 2**20  # bytes that make a download that broke off worth going on with
FULL = (StorageFull, NoRoomToFetch)


def fail(run: StageRun, error: Exception, *, at: datetime) -> None:
    """Try again later, or leave it to a person: who reads `error` sees what to do."""
    if not connection.in_atomic_block:  # the database may have been started again
        connection.close_if_unusable_or_obsolete()
    sentence = str(error) if _is_known(error) else f"{type(error).__name__}: {error}"
    if not _is_known(error):
        log.exception("%s failed", run, exc_info=error)
    if isinstance(error, FetchFailed) and not error.retry:
        close(run, StageRun.Outcome.FAILED, reason=sentence, at=at)
    elif (again := _uncounted(run, error, at=at)) is not None:
        back = {"error": sentence, "attempts": run.attempts - 1, **again}
        StageRun.objects.give_back(pk=run.pk, claim=run.claim, **back)
    elif isinstance(error, FetchFailed) and error.retry_after is not None:
        waited = f"Its host has asked us to wait for {LONGEST_PATIENCE.days} days. {sentence}"
        close(run, StageRun.Outcome.FAILED, reason=waited, at=at)
    elif run.attempts >= MOST_ATTEMPTS:
        close(run, StageRun.Outcome.FAILED, reason=sentence, at=at)
    else:
        wait = min(timedelta(seconds=5 * 2**run.attempts), LONGEST_WAIT)
        again = {"retry_at": at + wait, "waiting_since": None, "error": sentence}
        StageRun.objects.give_back(pk=run.pk, claim=run.claim, **again)


def _uncounted(run: StageRun, error: Exception, *, at: datetime) -> dict[str, Any] | None:
    """When to try again what is not the fault of this run, and so no attempt; None where it is."""
    if isinstance(error, HostBusy):  # sent again as soon as its turn may have come
        return {"retry_at": at + timedelta(seconds=error.retry_after), "enqueued_at": None}
    if isinstance(error, (*FULL, Busy)):
        return {"retry_at": at + timedelta(seconds=30)}
    if isinstance(error, FetchFailed) and error.retry_after is not None:
        since = run.waiting_since or at
        if at - since >= LONGEST_PATIENCE:
            return None
        return {"retry_at": at + timedelta(seconds=error.retry_after), "waiting_since": since}
    if isinstance(error, Unreachable) and error.gained >= A_STEP:
        return {"retry_at": at + timedelta(seconds=10), "waiting_since": None}
    return None


def _is_known(error: Exception) -> bool:
    known = (FetchFailed, *FULL, EngineMissing, OperationalError, IntegrityError)
    return isinstance(error, known)


def close(run: StageRun, outcome: str, *, reason: str, at: datetime) -> None:
    StageRun.objects.finish(pk=run.pk, claim=run.claim, at=at, outcome=outcome, reason=reason)
