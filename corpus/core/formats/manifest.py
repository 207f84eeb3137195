"""manifest.jsonl: everything known about each clip, from the released file back to the feed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime

from corpus.core.formats import base, tombstones
from corpus.core.formats.base import File
from corpus.core.releases import ReleaseClip, ReleaseFacts, Row
from corpus.core.tombstones import Tombstone

PATH = "manifest.jsonl"


def files(facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> Iterator[File]:
    """One JSON object per clip and line, keys sorted; tombstones last, which have no `file`."""
    lines = [_line(facts, clip) for clip in base.by_name(clips)]
    lines += [_stone(stone) for stone in sorted(facts.tombstones)]
    yield PATH, "".join(lines).encode()


def left_out(facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> tuple[str, ...]:
    """Nothing: the manifest holds every field."""
    return ()


def rows(content: bytes) -> tuple[Row, ...]:
    """What a later release is compared with."""
    lines = (json.loads(line) for line in content.decode().split("\n") if line)
    return tuple(
        Row(
            name=line["name"],
            partition=line["partition"],
            code=(line["labels"] or {}).get("code", ""),
            file_sha256=line["file_sha256"],
        )
        for line in lines
        if "tombstone" not in line
    )


def _stone(stone: Tombstone) -> str:
    facts = {"name": stone.clip, "file": None, "tombstone": tombstones.plain(stone)}
    return json.dumps(facts, sort_keys=True, ensure_ascii=False) + "\n"


def _line(facts: ReleaseFacts, clip: ReleaseClip) -> str:
    facts_of_clip = {
        **_fields(clip),
        "file": f"Audios/{facts.file(clip)}",
        "release": f"{facts.name} {facts.version}",
        "sampling_rate": facts.sampling_rate,
    }
    return json.dumps(facts_of_clip, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _fields(row: object) -> dict[str, object]:
    assert is_dataclass(row)  # noqa: S101 - tells mypy what the callers know
    return {field.name: _plain(getattr(row, field.name)) for field in fields(row)}


def _plain(value: object) -> object:
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value
