"""CHANGELOG.md: what this version has that the one before had not, and what it has no longer."""

from collections.abc import Iterator, Sequence

from corpus.core.formats import base
from corpus.core.formats.base import File
from corpus.core.releases import ReleaseClip, ReleaseFacts


def files(facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> Iterator[File]:
    """One section: that of this version."""
    changes = facts.changes or (f"First version: {base.count(len(clips), 'clip')}.",)
    since = f", since {facts.previous}" if facts.previous else ""
    listed = "\n".join(f"- {base.one_line(sentence)}" for sentence in changes)
    title = f"# Changelog of {facts.name}"
    yield "CHANGELOG.md", f"{title}\n\n## {facts.version}{since}\n\n{listed}\n".encode()


def left_out(facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> tuple[str, ...]:
    """Nothing: README.md tells the same."""
    return ()
