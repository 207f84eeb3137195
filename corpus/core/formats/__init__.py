"""Rows in, (path, bytes) out; the datasheet last, because it tells what the others left out."""

from corpus.core.formats import (
    attribution,
    changelog,
    datasheet,
    distributions,
    manifest,
    msp,
    tombstones,
    transcripts,
)
from corpus.core.formats.base import Format

FORMATS: tuple[Format, ...] = (
    msp,
    distributions,
    transcripts,
    attribution,
    manifest,
    tombstones,
    changelog,
    datasheet,
)
