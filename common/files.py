"""Files that are written once and named by the hash of what is in them; a folder and S3 alike."""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages

CHUNK = 1 << 20


class StorageFull(Exception):
    """No room for another file; nothing was changed."""


class Missing(Exception):
    """A file that the database names is not in the store."""


def sha256(path: Path) -> str:
    """Hex digest of a file, read in chunks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def key_of(digest: str, suffix: str) -> str:
    return f"{digest[:2]}/{digest}{suffix}"


def digest_of(key: str) -> str:
    """The sha256 that a key carries in its name."""
    return Path(key).name.split(".")[0]


class FolderStore:
    """A local folder; a file appears under its name only when it is whole and on the disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, source: Path, *, suffix: str) -> str:
        key = key_of(sha256(source), suffix)
        target = self.root / key
        if target.exists():
            return key
        with telling_when_full(self.root):
            target.parent.mkdir(parents=True, exist_ok=True)
            _sync(self.root)  # or the folder of the file is gone after a power cut
            with tempfile.NamedTemporaryFile(dir=self.root, prefix=".new-", delete=False) as new:
                try:
                    with source.open("rb") as old:
                        shutil.copyfileobj(old, new, CHUNK)
                    new.flush()
                    os.fsync(new.fileno())
                    Path(new.name).chmod(0o644)
                    Path(new.name).rename(target)
                    _sync(target.parent)
                except BaseException:
                    Path(new.name).unlink(missing_ok=True)
                    raise
        return key

    def open(self, key: str) -> IO[bytes]:
        try:
            return (self.root / key).open("rb")
        except FileNotFoundError:
            raise Missing(key) from None

    def size(self, key: str) -> int:
        try:
            return (self.root / key).stat().st_size
        except FileNotFoundError:
            raise Missing(key) from None

    def exists(self, key: str) -> bool:
        return (self.root / key).exists()

    def delete(self, key: str) -> bool:
        """Remove the file for good; False where it was gone already."""
        try:
            (self.root / key).unlink()
        except FileNotFoundError:
            return False
        _sync((self.root / key).parent)  # or a power cut brings the name back
        return True

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        if not self.exists(key):
            raise Missing(key)
        yield self.root / key


class BucketStore:
    """S3 through django-storages, same keys."""

    def __init__(self) -> None:
        self.storage = storages["media"]

    def put(self, source: Path, *, suffix: str) -> str:
        key = key_of(sha256(source), suffix)
        if not self.storage.exists(key):
            with source.open("rb") as file:
                self.storage.save(key, File(file))
        return key

    def open(self, key: str) -> IO[bytes]:
        if not self.storage.exists(key):
            raise Missing(key)
        return self.storage.open(key, "rb")

    def size(self, key: str) -> int:
        if not self.storage.exists(key):
            raise Missing(key)
        return self.storage.size(key)

    def exists(self, key: str) -> bool:
        return self.storage.exists(key)

    def delete(self, key: str) -> bool:
        """Remove the file for good; False where it was gone already.

        A bucket with versions keeps what is deleted: let it expire old versions.
        """
        was_there = self.storage.exists(key)
        self.storage.delete(key)
        return bool(was_there)

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        with (
            self.open(key) as remote,
            tempfile.NamedTemporaryFile(suffix=Path(key).suffix) as near,
        ):
            shutil.copyfileobj(remote, near, CHUNK)
            near.flush()
            yield Path(near.name)


def _sync(folder: Path) -> None:
    """Bring the names in a folder to the disk: fsync of a file does not."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@cache
def store() -> FolderStore | BucketStore:
    """The store that MEDIA_URL names."""
    return BucketStore() if settings.MEDIA_BUCKET else FolderStore(Path(settings.MEDIA_ROOT))


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for half-made files on the media disk, gone after the block."""
    root = Path(settings.SCRATCH_ROOT)
    with telling_when_full(root):
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root) as path:
            yield Path(path)


def downloads() -> Path:
    """Where downloads go on after a break."""
    return Path(settings.SCRATCH_ROOT) / "downloads"


def sweep(*, before: datetime) -> int:
    """Remove what killed processes left half-made, untouched since then; how many there were.

    Downloads stay: they go on where they stopped.
    """
    made = [path for path in Path(settings.SCRATCH_ROOT).glob("tmp*") if path.is_dir()]
    if not settings.MEDIA_BUCKET:
        made += Path(settings.MEDIA_ROOT).glob(".new-*")
    left = [path for path in made if _touched(path) < before.timestamp()]
    for path in left:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(left)


def _touched(path: Path) -> float:
    """When something in it was last written; never, in effect, where it is gone meanwhile."""
    try:
        return max(entry.stat().st_mtime for entry in (path, *path.rglob("*")))
    except FileNotFoundError:
        return float("inf")


@contextmanager
def telling_when_full(root: Path) -> Iterator[None]:
    """Turns the system's error for a full disk or a used-up quota into StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StorageFull(
            f"No room left on {root}. Nothing was lost: free some space there, and the work goes on."
        ) from error
