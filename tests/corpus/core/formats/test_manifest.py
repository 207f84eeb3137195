"""The manifest: every field of every clip."""

import json
from collections.abc import Callable
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from corpus.core import releases
from corpus.core.formats import manifest
from corpus.core.releases import ReleaseClip, ReleaseFacts

Make = Callable[..., Any]


class TestFiles:
    def test_hold_every_field(self, facts: ReleaseFacts, golden: ReleaseClip) -> None:
        ((path, content),) = manifest.files(facts, [golden])
        assert path == "manifest.jsonl"
        line = json.loads(content)
        assert {field.name for field in fields(golden)} <= set(line)
        assert list(line) == sorted(line)
        assert line["file"] == "Audios/EMOCAST_0001_0001.flac"
        assert line["labels"]["ratings"][0]["rated_at"] == "2025-03-01T00:00:00+00:00"
        assert line["labels"]["ratings"][0]["secondaries"] == ["Concerned", "Confused"]

    def test_take_frozen_mappings_and_line_separators(
        self, facts: ReleaseFacts, make_clip: Make
    ) -> None:
        pipeline = MappingProxyType({"diarise": "turns-1"})
        clips = [make_clip(n, pipeline=pipeline, text="a\u2028b\nc") for n in (1, 2)]
        ((_, content),) = manifest.files(facts, clips)
        lines = [json.loads(line) for line in content.decode().removesuffix("\n").split("\n")]
        assert [line["text"] for line in lines] == ["a\u2028b\nc"] * 2
        assert lines[0]["pipeline"] == {"diarise": "turns-1"}


class TestRows:
    def test_are_what_was_written(
        self, facts: ReleaseFacts, golden: ReleaseClip, make_clip: Make
    ) -> None:
        clips = [golden, make_clip(2)]
        ((_, content),) = manifest.files(facts, clips)
        assert manifest.rows(content) == tuple(map(releases.row, clips))
