"""What lies in the folder of a release, and what leaves it again."""

import mimetypes
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.core.formats import checksums, tombstones
from corpus.core.tombstones import Tombstone
from corpus.models import Release

CROWD = 12  # files of one folder that are told one by one
DATASHEET = "README.md"
_TYPES = {
    ".jsonl": "application/jsonl",
    ".parquet": "application/vnd.apache.parquet",
    ".flac": "audio/flac",
}


@dataclass(frozen=True, slots=True)
class File:
    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Folder:
    """Many files of one kind, told together."""

    path: str
    n: int
    size: int


@dataclass(frozen=True, slots=True)
class Contents:
    """Files one by one, those of crowded folders together.

    `withdrawn` were taken out with their clips, `missing` are listed but not there.
    """

    files: tuple[File, ...]
    folders: tuple[Folder, ...]
    datasheet: str
    missing: tuple[str, ...]
    withdrawn: tuple[str, ...]
    is_there: bool


def of(release: Release) -> Contents:
    """The files of a release as its SHA256SUMS lists them."""
    folder = Path(release.folder)
    listed = digests(release)
    gone = withdrawn(folder)
    sizes = {path: _size(folder / path) for path in listed}
    there = {path: size for path, size in sizes.items() if size is not None}
    crowded = {top for top, n in Counter(map(_top, there)).items() if top and n > CROWD}
    alone = sorted(path for path in there if _top(path) not in crowded)
    sheet = folder / DATASHEET
    return Contents(
        files=tuple(File(path, there[path], listed[path]) for path in alone),
        folders=tuple(_folder(top, there) for top in sorted(crowded)),
        datasheet=sheet.read_text("utf-8") if DATASHEET in there else "",
        missing=tuple(sorted(set(sizes) - set(there) - set(gone))),
        withdrawn=tuple(sorted(set(sizes) & set(gone) - set(there))),
        is_there=bool(listed),
    )


def _top(path: str) -> str:
    """The folder right below the release, empty for its own files."""
    return path.partition("/")[0] if "/" in path else ""


def _folder(top: str, sizes: Mapping[str, int]) -> Folder:
    own = [size for path, size in sizes.items() if _top(path) == top]
    return Folder(f"{top}/", len(own), sum(own))


def digests(release: Release) -> dict[str, str]:
    """sha256 by path, SHA256SUMS included; empty where the folder is gone."""
    if not release.folder:
        return {}
    sums = Path(release.folder) / checksums.PATH
    try:
        content = sums.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return checksums.read(content) | {checksums.PATH: checksums.digest(content)}


def withdrawn(folder: Path) -> dict[str, str]:
    """sha256 by path of the files that left a release's folder with their clips; {} where none did.

    Raises ValueError where the list of them is damaged.
    """
    try:
        return tombstones.removed_files((folder / tombstones.WITHDRAWN).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return {}


def is_ours(release: Release) -> bool:
    """Whether the folder is still the one that was built: nothing else is ever touched."""
    return digests(release).get(checksums.PATH) == release.digest


def of_clips(release: Release, names: Iterable[str]) -> list[str]:
    """Paths of the files that hold one of these clips each: its sound, its words."""
    stems = set(names)
    return sorted(path for path in digests(release) if _top(path) and Path(path).stem in stems)


def take_out(release: Release, stones: Iterable[Tombstone]) -> None:
    """Write beside the release what goes, then remove it; done again, it changes nothing."""
    folder, listed = Path(release.folder), digests(release)
    by_clip = {stone.clip: stone for stone in stones}
    files = {path: (listed[path], by_clip[Path(path).stem]) for path in of_clips(release, by_clip)}
    note = folder / tombstones.WITHDRAWN
    before = note.read_bytes() if note.exists() else b""
    new = note.with_name(f".{note.name}.new")
    new.write_bytes(tombstones.removed(files, before))
    new.rename(note)  # first, so that a break in the middle is no damage
    for path in files:
        (folder / path).unlink(missing_ok=True)


def content_type(path: str) -> str:
    """What browsers are told; text is UTF-8, as every file of a release is."""
    known = _TYPES.get(Path(path).suffix) or mimetypes.guess_type(path)[0] or "text/plain"
    return f"{known}; charset=utf-8" if known.startswith("text/") else known


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
