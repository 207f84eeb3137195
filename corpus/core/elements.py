"""The smaller things that a channel or an item says: people, files, dates, durations, plain text."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from lxml import etree
from lxml import html as lxml_html

from corpus.core.enclosures import Enclosure, resolved
from corpus.core.markup import children, local_name, plain, unbound, words

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>|&#?\w+;")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody named in `podcast:person`."""

    name: str
    role: str = "host"
    group: str = "cast"
    href: str | None = None


@dataclass(frozen=True, slots=True)
class TranscriptFile:
    """A transcript that the makers offer; a cross-check, never the truth."""

    url: str
    type: str
    language: str | None = None


def plain_text(value: Any) -> str:
    """Text without markup and entities, spaces collapsed."""
    text = str(value or "")
    if _MARKUP.search(text):
        text = _stripped(text)
    return " ".join(text.split())


def description(node: etree._Element) -> str:
    """What a channel or an item says about itself, the plainest field first."""
    found = [*plain(node, "description"), *children(node, "itunes", "summary")]
    found += [c for name in ("subtitle", "summary") for c in children(node, "atom", name)]
    found += [*children(node, "content", "encoded"), *children(node, "atom", "content")]
    return next(filter(None, (plain_text(words(child)) for child in found)), "")


def title(node: etree._Element) -> str:
    """The title of a channel or an item; empty where it has none."""
    found = [
        *plain(node, "title"),
        *children(node, "atom", "title"),
        *children(node, "itunes", "title"),
    ]
    return next(filter(None, (plain_text(words(child)) for child in found)), "")


def link(node: etree._Element, base: str | None) -> str | None:
    """The web page about it: its link, else Atom's alternate, else a permalink that is an address."""
    pages = [(child, words(child)) for child in plain(node, "link")]
    alternates = [
        c for c in children(node, "atom", "link") if c.get("rel", "alternate") == "alternate"
    ]
    pages += [(child, child.get("href") or "") for child in alternates]
    found = [resolved(address, child.base or base) for child, address in pages]
    return next(filter(None, [*found, _permalink(node)]), None)


def author(node: etree._Element, read: dict[str, Any]) -> str | None:
    """Everybody that `itunes:author` credits, else the author that feedparser found."""
    credited = dict.fromkeys(filter(None, map(words, children(node, "itunes", "author"))))
    if credited:
        return "; ".join(credited)
    detail = read.get("author_detail") or {}
    return plain_text(detail.get("name") or read.get("author")) or None


def guid(item: etree._Element) -> str | None:
    """The item's own id, as written: it stays when the feed moves. A permalink is joined to `xml:base`."""
    for node in (*plain(item, "guid"), *children(item, "atom", "id")):
        text = words(node)
        if text:
            return _joined(node.base, text) if _is_permalink(node) and node.base else text
    return None


def persons(node: etree._Element) -> tuple[Person, ...]:
    """`podcast:person` of one level, in order; roles and groups in lower case."""
    people = [*children(node, "podcast", "person"), *unbound(node, "podcast", "person")]
    return tuple(
        Person(
            name=words(person),
            role=(person.get("role") or "host").strip().casefold(),
            group=(person.get("group") or "cast").strip().casefold(),
            href=person.get("href") or None,
        )
        for person in people
        if words(person)
    )


def transcripts(item: etree._Element, base: str | None) -> tuple[TranscriptFile, ...]:
    """Every `podcast:transcript` with a usable address."""
    nodes = [*children(item, "podcast", "transcript"), *unbound(item, "podcast", "transcript")]
    found = ((node, resolved(node.get("url"), node.base or base)) for node in nodes)
    return tuple(
        TranscriptFile(url, node.get("type") or "", node.get("language") or None)
        for node, url in found
        if url
    )


def offered(
    item: etree._Element, base: str | None
) -> tuple[tuple[Enclosure, ...], tuple[str, ...]]:
    """The files that an item offers, and the addresses that nobody may fetch."""
    files: list[Enclosure] = []
    unusable: list[str] = []
    for node, address, size in _files(item):
        url = resolved(address, node.base or base)
        if url:
            files.append(Enclosure(url, node.get("type") or None, _size(size)))
        elif address and address.strip():
            unusable.append(address.strip())
    return tuple(files), tuple(unusable)


def published(read: dict[str, Any]) -> datetime | None:
    """The date of publication, else of the last change, in UTC; None where it makes no sense."""
    # dict.get: feedparser's own get answers for the one key with the other
    moments = (dict.get(read, key) for key in ("published_parsed", "updated_parsed"))
    moment = next(filter(None, moments), None)
    try:
        return moment and _EPOCH + timedelta(seconds=calendar.timegm(moment))
    except (OverflowError, ValueError):
        return None


def duration(item: etree._Element) -> float | None:
    """`itunes:duration` in seconds, from 5400, 90:00 or 1:30:00; None where it is none of these."""
    for node in children(item, "itunes", "duration"):
        parts = words(node).split(":")
        if len(parts) <= 3 and all(re.fullmatch(r"\d{1,9}(?:\.\d+)?", part) for part in parts):
            seconds = sum(float(part) * 60**power for power, part in enumerate(reversed(parts)))
            return seconds or None
    return None


def is_ai(node: etree._Element) -> bool:
    """Whether `podcast:txt` declares the content machine-made."""
    notes = children(node, "podcast", "txt")
    return any(
        (note.get("purpose") or "").casefold() == "ai-content"
        and words(note).casefold() in ("true", "yes")
        for note in notes
    )


def moved_to(channel: etree._Element) -> str | None:
    """The address that the feed says it has moved to for good."""
    nodes = [
        *children(channel, "itunes", "new-feed-url"),
        *channel.iterfind("redirect/newLocation"),
    ]
    return next(filter(None, (resolved(words(node), None) for node in nodes)), None)


def _permalink(item: etree._Element) -> str | None:
    written = guid(item) if any(_is_permalink(node) for node in plain(item, "guid")) else None
    return resolved(written, None) if written and "://" in written else None


def _is_permalink(node: etree._Element) -> bool:
    return local_name(node) == "guid" and node.get("isPermaLink", "true").casefold() == "true"


def _files(item: etree._Element) -> list[tuple[etree._Element, str | None, str | None]]:
    """(element, address, size) of enclosures, Atom's enclosure links, and Media RSS."""
    found = [(node, node.get("url"), node.get("length")) for node in plain(item, "enclosure")]
    links = children(item, "atom", "link")
    found += [(n, n.get("href"), n.get("length")) for n in links if n.get("rel") == "enclosure"]
    holders = [item, *children(item, "media", "group")]
    media = [node for holder in holders for node in children(holder, "media", "content")]
    return [*found, *((node, node.get("url"), node.get("fileSize")) for node in media)]


def _size(text: str | None) -> int | None:
    digits = (text or "").strip()
    return int(digits) or None if re.fullmatch(r"\d{1,15}", digits) else None


def _joined(base: str, text: str) -> str:
    try:
        return urljoin(base, text)
    except ValueError:
        return text


def _stripped(text: str) -> str:
    try:
        tree = lxml_html.fromstring(f"<div>{text}</div>")
    except (etree.ParserError, ValueError):
        return re.sub(r"<[^>]*>", " ", text)
    etree.strip_elements(tree, "script", "style", with_tail=False)
    return str(tree.text_content())
