"""The smaller things that a channel or an item says: people, files, dates, durations, plain text."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from lxml import etree
from lxml import html as lxml_html

from corpus.core.enclosures import resolved
from corpus.core.markup import children, either, local_name, plain, words

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]*>|&#?\w{1,40};")


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
    return tuple(
        Person(
            name=words(person),
            role=(person.get("role") or "host").strip().casefold(),
            group=(person.get("group") or "cast").strip().casefold(),
            href=person.get("href") or None,
        )
        for person in either(node, "podcast", "person")
        if words(person)
    )


def transcripts(item: etree._Element, base: str | None) -> tuple[TranscriptFile, ...]:
    """Every `podcast:transcript` with a usable address."""
    found = (
        (node, resolved(node.get("url"), node.base or base))
        for node in either(item, "podcast", "transcript")
    )
    return tuple(
        TranscriptFile(url, node.get("type") or "", node.get("language") or None)
        for node, url in found
        if url
    )


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
    return any(
        (note.get("purpose") or "").strip().casefold() == "ai-content"
        and words(note).casefold() in ("true", "yes")
        for note in either(node, "podcast", "txt")
    )


def next_page(channel: etree._Element) -> str | None:
    """Where older episodes are, of a feed that is split into pages (RFC 5005)."""
    links = children(channel, "atom", "link")
    found = (link.get("href") for link in links if (link.get("rel") or "").casefold() == "next")
    return next(filter(None, found), None)


def medium(channel: etree._Element) -> str:
    """What `podcast:medium` calls the show, in lower case; a podcast where it says nothing."""
    said = (words(node).casefold() for node in either(channel, "podcast", "medium"))
    return next(filter(None, said), "podcast")


def is_locked(channel: etree._Element) -> bool:
    """Whether `podcast:locked` forbids other hosts to take the feed over; its owner is nobody's business."""
    said = (words(node).casefold() for node in either(channel, "podcast", "locked"))
    return next(said, "no") in ("yes", "true")


def moved_to(channel: etree._Element) -> str | None:
    """The address that the feed says it has moved to for good: of the web, never of a file of ours."""
    nodes = [
        *children(channel, "itunes", "new-feed-url"),
        *channel.iterfind("redirect/newLocation"),
    ]
    found = (resolved(words(node), None) or "" for node in nodes)
    return next((url for url in found if "://" in url), None)


def _permalink(item: etree._Element) -> str | None:
    written = guid(item) if any(_is_permalink(node) for node in plain(item, "guid")) else None
    return resolved(written, None) if written and "://" in written else None


def _is_permalink(node: etree._Element) -> bool:
    return local_name(node) == "guid" and node.get("isPermaLink", "true").casefold() == "true"


def _joined(base: str, text: str) -> str:
    try:
        return urljoin(base, text)
    except ValueError:
        return text


def _stripped(text: str) -> str:
    try:
        tree = lxml_html.fromstring(f"<div>{text}</div>")
    except (etree.ParserError, ValueError):
        return re.sub(r"<[^<>]*>", " ", text)
    etree.strip_elements(tree, "script", "style", with_tail=False)
    return str(tree.text_content())
