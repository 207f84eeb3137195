"""A download in progress: the `.part` file beside its goal, a note about what it is a part of, a lock."""

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Self

from corpus.engines.failures import Busy, StorageFull


@dataclass(frozen=True, slots=True)
class Memory:
    """What must still hold before bytes may be added to a part."""

    url: str  # as asked for, before redirects
    validator: str  # for If-Range
    etag: str | None
    last_modified: str | None
    total: int | None  # bytes of the whole file
    content_type: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """`<goal>.part`, `<goal>.part.json`, and `<goal>.part.lock` while somebody writes to it."""

    goal: Path
    path: Path
    note: Path

    @classmethod
    def beside(cls, goal: Path) -> Self:
        """The part of a goal; its folder is made."""
        goal.parent.mkdir(parents=True, exist_ok=True)
        return cls(
            goal, goal.with_name(f"{goal.name}.part"), goal.with_name(f"{goal.name}.part.json")
        )

    @contextmanager
    def held(self) -> Iterator[None]:
        """One writer at a time, in whichever process; raises Busy at once where there is another.

        The lock has a file of its own, since the part itself is thrown away and moved while held.
        """
        path = self.path.with_name(f"{self.path.name}.lock")
        lock = path.open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not _is_at(lock, path):  # its last holder has just taken the file away
                raise BlockingIOError
        except BlockingIOError as error:
            lock.close()
            raise Busy("Another worker is downloading this. It is tried again later.") from error
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            lock.close()

    def size(self) -> int:
        """Bytes that have arrived."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def recall(self, url: str) -> Memory | None:
        """What is known of the part, if it can be continued from `url`."""
        try:
            memory = Memory(**json.loads(self.note.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return memory if memory.url == url and self.size() > 0 else None

    def remember(self, memory: Memory | None) -> None:
        """Keep the note before bytes arrive; None: they cannot be continued."""
        if memory is None:
            self.note.unlink(missing_ok=True)
            return
        fresh = self.note.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(memory)))
        fresh.replace(self.note)

    def discard(self) -> None:
        """Forget what has arrived."""
        self.note.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def digest(self) -> "hashlib._Hash":
        """A running SHA-256 over what has arrived."""
        running = hashlib.sha256()
        if self.path.is_file():
            with self.path.open("rb") as arrived:
                while piece := arrived.read(1 << 20):
                    running.update(piece)
        return running

    def finish(self) -> None:
        """Put the part in the place of its goal, safely on disk, in one step."""
        with self.path.open("rb") as arrived:
            os.fsync(arrived.fileno())
        self.path.replace(self.goal)
        folder = os.open(self.goal.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self.note.unlink(missing_ok=True)


def _is_at(file: IO[bytes], path: Path) -> bool:
    """Whether an open file is the one that lies there now."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def telling_when_full(folder: Path) -> Iterator[None]:
    """Turns the system's error for a full disk or a used-up quota into StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StorageFull(
            f"The disk that holds {folder} is full. Make room; the download then continues where it stopped."
        ) from error
