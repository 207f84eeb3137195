"""Exactly one worker takes a row, without holding a lock while it works."""

import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar

import psutil
from django.db import Error, connection, models
from django.db.models import F, Q
from django.utils import timezone

log = logging.getLogger(__name__)
Row = TypeVar("Row", bound=models.Model)
BEAT = timedelta(seconds=10)
LEASE = timedelta(seconds=120)  # twelve beats: a busy machine may miss some


def worker_name() -> str:
    """Boot, process namespace, process and its start: enough to see later whether it still lives."""
    return name_of(os.getpid())


def name_of(pid: int) -> str:
    """What a process of this namespace goes by; raises psutil.NoSuchProcess."""
    return ":".join([*_here(), str(pid), _start(pid)])


def is_dead(name: str) -> bool:
    """Whether a holder in this very process namespace is gone; others are left to their lease.

    Host names say nothing: containers may share one, and each counts its processes from 1.
    """
    *place, pid, start = name.split(":") if name.count(":") == 3 else ("", "", "")
    if tuple(place) != _here():
        return False
    try:
        is_zombie = psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE
        return is_zombie or _start(int(pid)) != start
    except (psutil.NoSuchProcess, ValueError):
        return True
    except psutil.AccessDenied:
        return False


def _here() -> tuple[str, str]:
    """The boot of this machine and the process namespace, outside of which a number means nothing."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return boot, str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:  # no Linux: one namespace per machine
        return f"{socket.gethostname()} {psutil.boot_time():.0f}".replace(":", " "), ""


def _start(pid: int) -> str:
    """Ticks from boot to the start of a process, which no setting of the clock changes."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return f"{psutil.Process(pid).create_time():.2f}"
    return stat.rpartition(")")[2].split()[19]  # field 22 of proc(5): the name may hold spaces


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
        """Take back what killed processes of this namespace still hold, without waiting for the lease."""
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
                except Error as error:  # the server was started again, or a lock took too long
                    log.warning("The claim of %s was not renewed, the next beat is: %s", pk, error)
                    connection.close()
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat-{pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
