"""tombstones.csv and tombstones.json: clips of earlier versions that were withdrawn since."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from corpus.core.formats import base
from corpus.core.formats.base import File
from corpus.core.releases import ReleaseClip, ReleaseFacts
from corpus.core.tombstones import Tombstone

PATH = "tombstones.csv"
COLUMNS = ("clip", "sha256", "releases", "withdrawn_on", "reason_class")
WITHDRAWN = "WITHDRAWN.csv"  # beside a release that was built before
_REMOVED = ("file", "file_sha256", *COLUMNS)


def files(facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> Iterator[File]:
    """Both files, one row per clip; none in a first version, which has nothing to take back."""
    if facts.previous:
        stones = sorted(facts.tombstones)
        yield PATH, base.table(COLUMNS, map(_row, stones))
        rows = [plain(stone) for stone in stones]
        yield "tombstones.json", f"{json.dumps(rows, indent=1, ensure_ascii=False)}\n".encode()


def left_out(facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> tuple[str, ...]:
    """Nothing: a tombstone has no more to say."""
    return ()


def plain(stone: Tombstone) -> dict[str, object]:
    """A tombstone as JSON has it."""
    return {
        "clip": stone.clip,
        "sha256": stone.sha256,
        "releases": list(stone.releases),
        "withdrawn_on": stone.withdrawn_on.isoformat(),
        "reason_class": stone.reason_class,
    }


def removed(files: Mapping[str, tuple[str, Tombstone]], before: bytes = b"") -> bytes:
    """WITHDRAWN.csv for (sha256, tombstone) by path; rows of an earlier one stay as they are."""
    rows = {row[0]: row for row in _table(before)}
    for path, (digest, stone) in files.items():
        rows.setdefault(path, (path, digest, *_row(stone)))
    return base.table(_REMOVED, (rows[path] for path in sorted(rows)))


def removed_files(content: bytes) -> dict[str, str]:
    """sha256 by path of what WITHDRAWN.csv says was taken out; raises ValueError.

    Files of its clips alone: no other one is excused for being missing.
    """
    rows = _table(content)
    for path, _, clip, *_ in rows:
        folder, _, name = path.rpartition("/")
        if not folder or ".." in folder or name.partition(".")[0] != clip:
            raise ValueError(f"{WITHDRAWN} lists {path}, which is no file of {clip}")
    return {row[0]: row[1] for row in rows}


def _table(content: bytes) -> Iterable[tuple[str, ...]]:
    header, *rows = csv.reader(io.StringIO(content.decode())) if content else (_REMOVED,)
    if tuple(header) != _REMOVED or any(len(row) != len(_REMOVED) for row in rows):
        raise ValueError(f"{WITHDRAWN} does not have the columns {', '.join(_REMOVED)}")
    return [tuple(row) for row in rows]


def _row(stone: Tombstone) -> tuple[str, ...]:
    fields = plain(stone) | {"releases": "; ".join(stone.releases)}
    return tuple(str(fields[column]) for column in COLUMNS)
