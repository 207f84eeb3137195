"""What every format offers, and how a release's files are written from its rows."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from corpus.core import releases
from corpus.core.releases import ReleaseClip, ReleaseFacts

File = tuple[str, bytes]  # a POSIX path relative to the release, and its content


class Inconsistent(ValueError):
    """The rows contradict each other; a release of them would be wrong."""


class Format(Protocol):
    """A module with these two functions; equal rows give equal bytes, in any order of `clips`."""

    def files(self, facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> Iterator[File]:
        """Every file of this format."""
        ...

    def left_out(self, facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> tuple[str, ...]:
        """Sentences about what the rows hold and this format cannot say."""
        ...


def write(
    formats: Sequence[Format], facts: ReleaseFacts, clips: Sequence[ReleaseClip]
) -> Iterator[File]:
    """All files of these formats, what they leave out told to each; raises Inconsistent."""
    if problems := releases.problems(clips):
        raise Inconsistent(" ".join(problems))
    said = tuple(s for form in formats for s in form.left_out(facts, clips))
    facts = replace(facts, left_out=facts.left_out + said)
    paths: set[str] = set()
    for form in formats:
        for path, content in form.files(facts, clips):
            if path in paths:
                raise Inconsistent(f"Two formats write {path}.")
            paths.add(path)
            yield path, content


def by_name(clips: Iterable[ReleaseClip]) -> tuple[ReleaseClip, ...]:
    """The one order of clips in every file."""
    return tuple(sorted(clips, key=lambda clip: clip.name))


def one_line(text: str) -> str:
    """Free text on a single line: no breaks, control characters or doubled spaces."""
    # format characters (Cf) stay: scripts and emoji are joined with them
    visible = (" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text)
    return " ".join("".join(visible).split())


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file as bytes: UTF-8, `\\n`, quotes only where a field needs them."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return page.getvalue().encode()


def number(value: float) -> str:
    """At most six decimals, and always a decimal point: 4.0, 2.6, 4.222222."""
    whole, _, decimals = f"{value:.6f}".partition(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}"


def count(n: int, noun: str) -> str:
    """`1 clip`, `2 clips`."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def names(clips: Sequence[str], *, most: int = 10) -> str:
    """A list for a sentence, cut after `most`."""
    rest = len(clips) - most
    return ", ".join(clips[:most]) + (f" and {rest} more" if rest > 0 else "")
