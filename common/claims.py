"""Exactly one worker takes a row, without holding a lock while it works."""

import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

import psutil
from django.db import InterfaceError, OperationalError, connection, models
from django.db.models import F, Q
from django.utils import timezone

Row = TypeVar("Row", bound=models.Model)
BEAT = timedelta(seconds=10)
LEASE = timedelta(seconds=120)  # twelve beats: a busy machine may miss some


def worker_name() -> str:
    """Host, process and its start: enough to see later whether the holder still lives."""
    process = psutil.Process()
    return f"{socket.gethostname()}:{process.pid}:{process.create_time():.2f}"


def is_dead(name: str) -> bool:
    """Whether a holder on this very host is gone; holders elsewhere are left to their lease."""
    host, pid, born = name.rsplit(":", 2) if name.count(":") > 1 else ("", "", "")
    if host != socket.gethostname():
        return False
    try:
        process = psutil.Process(int(pid))
        is_other = abs(process.create_time() - float(born)) > 0.5
        return bool(is_other or process.status() == psutil.STATUS_ZOMBIE)
    except (psutil.NoSuchProcess, ValueError):
        return True


class ClaimQuerySet(models.QuerySet[Row]):
    """Rows with `claim`, `claimed_at`, `claimed_by`, `attempts`, `retry_at`, `done_at`."""

    def claimable(self, *, now: datetime, lease: timedelta = LEASE) -> Self:
        """Rows that nobody holds, or whose holder has been silent too long."""
        free = Q(claimed_at=None) | Q(claimed_at__lt=now - lease)
        waited = Q(retry_at=None) | Q(retry_at__lte=now)
        return self.filter(free, waited, done_at=None)

    def claim(self, *, pk: int, now: datetime, lease: timedelta = LEASE) -> Row | None:
        """Take the row if it is still free; None means another worker has it."""
        token = uuid.uuid4()
        taken = (
            self.claimable(now=now, lease=lease)
            .filter(pk=pk)
            .update(
                claim=token,
                claimed_at=now,
                claimed_by=worker_name(),
                attempts=F("attempts") + 1,
            )
        )
        return self.get(pk=pk) if taken else None

    def finish(self, *, pk: int, claim: uuid.UUID | None, at: datetime, **fields: Any) -> bool:
        """Close the row under the same claim; False means the lease was lost on the way."""
        held = self.filter(pk=pk, claim=claim, done_at=None)
        return bool(held.update(done_at=at, claim=None, claimed_at=None, retry_at=None, **fields))

    def give_back(
        self, *, pk: int, claim: uuid.UUID | None, retry_at: datetime, **fields: Any
    ) -> bool:
        """Let go of the row, to be tried again from `retry_at` on."""
        held = self.filter(pk=pk, claim=claim, done_at=None)
        return bool(held.update(claim=None, claimed_at=None, retry_at=retry_at, **fields))

    def free_the_dead(self) -> int:
        """Take back what killed processes of this host still hold, without waiting for the lease."""
        held = self.filter(done_at=None).exclude(claimed_at=None)
        names = held.order_by().values_list("claimed_by", flat=True).distinct()
        gone = [name for name in names if is_dead(name)]
        return held.filter(claimed_by__in=gone).update(claim=None, claimed_at=None)


@contextmanager
def held(queryset: ClaimQuerySet[Any], *, pk: int, claim: uuid.UUID | None) -> Iterator[None]:
    """Keep a claim alive from a thread of its own while the block works."""
    stop = threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(BEAT.total_seconds()):
                try:
                    mine = queryset.filter(pk=pk, claim=claim, done_at=None)
                    mine.update(claimed_at=timezone.now())
                except (InterfaceError, OperationalError):
                    connection.close()  # the server was started again: the next beat reconnects
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat-{pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
