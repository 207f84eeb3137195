"""One connection per host, across processes and machines, and never before a host wants to be asked again.

The turn is a session lock of PostgreSQL, on a connection of its own: it outlives no process, is not
touched by the transactions around it, and ends with the database, after which the next one takes it.
"""

import hashlib
import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from django.db import Error, InterfaceError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, QuerySet, TextField, Value, Window
from django.db.models.functions import Cast, Coalesce, Lower, RowNumber

from corpus.engines.failures import (
    FetchFailed,
    HostBusy,
    HostWaits,
    HttpError,
    Refused,
    Unreachable,
)
from corpus.engines.hosts import Hosts
from corpus.models import Host, StageRun

log = logging.getLogger(__name__)
Fetcher = TypeVar("Fetcher", bound="MayBePolite")
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
MOST_WAIT = timedelta(days=1)  # that a host may ask for
PATIENCE = 2.0  # seconds: feeds and redirects are short, and their turn comes soon
POLL = 0.1  # seconds
MOST_FAILURES = 1000  # that are counted
BELIEVED = 3  # failures in a row; then a short wait that a host asks for is no longer believed
AT_ONCE = 2  # runs of one host in a queue: one at work, one to follow
A_LOT = 2**20  # bytes after which a host works, although it broke off
LIVELY = (  # a worker whose machine lost its power loses the turn within two minutes
    "SET tcp_keepalives_idle = 60; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 6; "
    "SET idle_session_timeout = 0"
)


class MayBePolite(Protocol):
    """A fetcher that can be told to wait for its turn."""

    def among(self: Fetcher, hosts: Hosts) -> Fetcher:
        """The same one, asking each host only when it is its turn."""
        ...


def polite(fetcher: Fetcher, *, now: Callable[[], datetime], patience: float = PATIENCE) -> Fetcher:
    """The fetcher, asking each host one thing at a time, and only when it wants to be asked.

    Its failures are then HostBusy, where somebody else is asking, and HostWaits, where the host asked
    us to wait or failed again and again; both before any connection.
    """
    return fetcher.among(Turns(now=now, patience=patience))


class Turns:
    """The turns of all hosts, as the database knows them."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        patience: float = PATIENCE,
        rng: random.Random | None = None,
    ) -> None:
        self._now = now
        self._patience = patience
        self._rng = rng or random.Random()  # noqa: S311 - spreads waits, guards nothing

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Held while the host is asked; what comes of it says when it may be asked again."""
        with self._alone(host):
            row = self._begin(host)
            try:
                yield
            except Refused:  # by us: the host was not asked
                raise
            except FetchFailed as error:
                self._end(row, error)
                raise
            self._end(row, None)

    @contextmanager
    def _alone(self, host: str) -> Iterator[None]:
        own = connection.copy()
        try:
            with own.cursor() as cursor:
                cursor.execute(LIVELY)
            self._take(own, host)
            try:
                yield
            finally:
                _let_go(own, host)
        finally:
            with suppress(Error):
                own.close()

    def _take(self, own: BaseDatabaseWrapper, host: str) -> None:
        """Raises HostBusy at once where the turn was taken a while ago: it will last."""
        given_up_at = time.monotonic() + self._patience
        while not _ask(own, "SELECT pg_try_advisory_lock(%s)", host):
            asked_at = Host.objects.filter(name=host).values_list("asked_at", flat=True).first()
            is_long = asked_at and self._now() - asked_at > timedelta(seconds=self._patience)
            if is_long or time.monotonic() >= given_up_at:
                raise HostBusy(
                    f"Another worker is asking {host}. This follows: one thing at a time."
                )
            time.sleep(POLL)

    def _begin(self, host: str) -> Host:
        """Note that the host is asked, or raise HostWaits."""
        now = self._now()
        row, _ = Host.objects.get_or_create(name=host)
        if row.not_before and row.not_before > now:
            raise HostWaits(
                f"{host} is not asked before {row.not_before:%Y-%m-%d %H:%M} UTC. {row.error}".strip(),
                retry_after=(row.not_before - now).total_seconds(),
            )
        Host.objects.filter(pk=row.pk).update(asked_at=now)
        return row

    def _end(self, row: Host, error: FetchFailed | None) -> None:
        """Note how the host did; a lost connection to the database is made anew, for the caller too.

        After hours of streaming the server may have been started again. What was fetched is not lost
        for want of a note.
        """
        try:
            self._note(row, error)
        except (OperationalError, InterfaceError) as lost:
            log.warning("%s: the database was away meanwhile: %s", row, lost)
            if connection.in_atomic_block:
                raise
            connection.close_if_unusable_or_obsolete()
            with suppress(OperationalError, InterfaceError):  # the caller will find out
                self._note(row, error)

    def _note(self, row: Host, error: FetchFailed | None) -> None:
        """Under the lock, nobody else has changed the row since it was read."""
        failures = 0 if _works(error) else min(row.failures + 1, MOST_FAILURES)
        wait = self._wait(error, failures) if failures else timedelta(0)
        Host.objects.filter(pk=row.pk).update(
            failures=failures,
            error=str(error) if failures else "",
            not_before=self._now() + wait if wait else None,
        )
        if error is not None and wait and _asks_to_wait(error):
            error.retry_after = wait.total_seconds()

    def _wait(self, error: FetchFailed | None, failures: int) -> timedelta:
        """As long as the host asks, or twice as long as after its last failure, more or less."""
        steps = failures - 1 if _asks_to_wait(error) else failures - 2  # one failure is an accident
        own = min(FIRST_WAIT * 2 ** min(steps, 16), LONGEST_WAIT) * self._rng.uniform(0.5, 1.5)
        own = own if steps >= 0 else timedelta(0)
        if error is None or error.retry_after is None:
            return own
        asked = timedelta(seconds=max(error.retry_after, 1.0))
        return min(max(asked, own) if failures > BELIEVED else asked, MOST_WAIT)


def spread(waiting: "QuerySet[StageRun]") -> "QuerySet[StageRun]":
    """Of runs that fetch, a few of each host: first those never tried, then the longest untried."""
    longest_untried = (F("enqueued_at").asc(nulls_first=True), "created_at", "pk")
    host = Func(F("episode__audio_url"), Value("^https?://([^/?#]+)"), function="substring")
    queue = Window(
        RowNumber(),
        partition_by=Coalesce(Lower(host), Cast("pk", TextField())),  # files of our own: any number
        order_by=longest_untried,
    )
    return waiting.annotate(place=queue).filter(place__lte=AT_ONCE).order_by(*longest_untried)


def _works(error: FetchFailed | None) -> bool:
    """Whether the host did as hosts do, even where we did not get what we wanted."""
    if isinstance(error, HttpError):
        return error.status < 500 and not _asks_to_wait(error)
    return not isinstance(error, Unreachable) or error.arrived >= A_LOT


def _asks_to_wait(error: FetchFailed | None) -> bool:
    if not isinstance(error, HttpError):
        return False
    return error.status in (429, 503) or (error.status >= 500 and error.retry_after is not None)


def _ask(own: BaseDatabaseWrapper, question: str, host: str) -> bool:
    """A yes or no about the lock of a host, which goes by a number of 64 bits."""
    digest = hashlib.sha256(f"emocast host {host}".encode()).digest()
    with own.cursor() as cursor:
        cursor.execute(question, [int.from_bytes(digest[:8], "big", signed=True)])
        return bool(cursor.fetchone()[0])


def _let_go(own: BaseDatabaseWrapper, host: str) -> None:
    try:
        _ask(own, "SELECT pg_advisory_unlock(%s)", host)
    except Error as lost:  # the lock went with it; somebody else may have asked meanwhile
        log.warning("The turn at %s was lost on the way: %s", host, lost)
