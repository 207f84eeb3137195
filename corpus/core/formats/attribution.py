"""Attribution per clip: title, author, source, licence, and what we changed (CC 4.0, section 3(a)).

Stands in ATTRIBUTION.csv for machines and in ATTRIBUTION.html for people.
"""

from collections.abc import Iterator, Sequence
from html import escape

from corpus.core.formats import base
from corpus.core.formats.base import File
from corpus.core.releases import ReleaseClip, ReleaseFacts

COLUMNS = (
    "FileName",
    "title",
    "podcast",
    "author",
    "source_url",
    "spdx",
    "licence_url",
    "start_s",
    "end_s",
    "changes",
    "attribution",
)
_NEEDED = ("author", "source_url", "spdx", "licence_url", "changes", "attribution")
_STYLE = "body{font:1rem sans-serif;margin:2rem}td,th{padding:.3rem;text-align:left}"


class Unattributed(ValueError):
    """A clip lacks what its licence asks us to say; names the clip and the fact."""


def files(facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> Iterator[File]:
    """Both files, one row per clip; raises Unattributed."""
    rows = [_row(facts, clip) for clip in base.by_name(clips)]
    yield "ATTRIBUTION.csv", base.table(COLUMNS, rows)
    yield "ATTRIBUTION.html", _page(facts, rows).encode()


def left_out(facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> tuple[str, ...]:
    """Nothing: a clip without attribution stops the release."""
    return ()


def _row(facts: ReleaseFacts, clip: ReleaseClip) -> tuple[str, ...]:
    row = {
        "FileName": facts.file(clip),
        "title": clip.episode_title,
        "podcast": clip.podcast_title,
        "author": clip.author,
        "source_url": clip.episode_url or clip.source_url,
        "spdx": clip.spdx,
        "licence_url": clip.licence_url,
        "start_s": f"{clip.start_s:.3f}",
        "end_s": f"{clip.end_s:.3f}",
        "changes": clip.changes,
        "attribution": clip.attribution,
    }
    lines = {column: base.one_line(text) for column, text in row.items()}
    if missing := [column for column in _NEEDED if not lines[column]]:
        raise Unattributed(f"{clip.name} lacks {', '.join(missing)}.")
    return tuple(lines[column] for column in COLUMNS)


def _page(facts: ReleaseFacts, rows: Sequence[Sequence[str]]) -> str:
    title = escape(f"Attribution of {facts.name} {facts.version}")
    head = "".join(f"<th>{escape(column)}</th>" for column in COLUMNS)
    body = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{title}</h1>\n"
        f"<p>Every clip is an excerpt of the work named beside it.</p>\n"
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n"
        f"</body>\n</html>\n"
    )


def _cell(text: str) -> str:
    shown = escape(text)
    # feeds are written by strangers: nothing but the web becomes a link
    if text.startswith(("https://", "http://")):
        return f'<td><a href="{shown}">{shown}</a></td>'
    return f"<td>{shown}</td>"
