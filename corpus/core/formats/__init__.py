"""Rows in, (path, bytes) out; the datasheet last, because it tells what the others left out."""

from corpus.core.formats import (
    attribution,
    datasheet,
    distributions,
    manifest,
    msp,
    transcripts,
)
from corpus.core.formats.base import Format

FORMATS: tuple[Format, ...] = (msp, distributions, transcripts, attribution, manifest, datasheet)
