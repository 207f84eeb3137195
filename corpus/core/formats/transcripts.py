"""Transcripts: one plain text file per clip, on one line."""

from collections.abc import Iterator, Sequence

from corpus.core.formats import base
from corpus.core.formats.base import File
from corpus.core.releases import ReleaseClip, ReleaseFacts


def files(facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> Iterator[File]:
    """`Transcripts/<clip>.txt` for every clip, empty where nothing was understood."""
    for clip in base.by_name(clips):
        text = base.one_line(clip.text)
        yield f"Transcripts/{clip.name}.txt", f"{text}\n".encode() if text else b""


def left_out(facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> tuple[str, ...]:
    """Clips without any words."""
    empty = [clip.name for clip in base.by_name(clips) if not base.one_line(clip.text)]
    if not empty:
        return ()
    return (f"{len(empty)} of {len(clips)} transcripts are empty: {base.names(empty)}.",)
