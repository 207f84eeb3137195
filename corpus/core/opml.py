"""OPML, the format in which podcast apps hand over their lists of feeds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from corpus.core import enclosures, markup
from corpus.core.markup import NotAFeed

LARGEST = 5 * 2**20  # bytes; ten thousand feeds need about two million
MOST = 10_000
_PAGES = ("link", "include")  # kinds of outline that name pages and other lists
_COMMENT = re.compile(r"<!--(?:.*?-->|.*)", re.S)  # unclosed, it runs to the end
_OUTLINE = re.compile(r"<outline\b", re.I)
_SCHEMES = re.compile(r"^(?:feed|itpc|pcast|podcast|rss):(?://)?", re.I)


class BadList(Exception):
    """No list of feeds; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list."""

    title: str
    url: str  # http or https


@dataclass(frozen=True, slots=True)
class Unread:
    """A line of a list that gives no feed to read, as it is written, and why."""

    title: str
    written: str  # its address; empty where it has none
    reason: str  # a sentence

    def __str__(self) -> str:
        return f"{self.title or self.written or 'An outline without a title'}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Listing:
    """The feeds of a list, each once; what was not read, line by line, and notes about the whole."""

    outlines: tuple[Outline, ...]
    notes: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()

    @property
    def left_out(self) -> tuple[str, ...]:
        """Sentences about all that was not read."""
        return (*self.notes, *map(str, self.unread))


def parse(body: bytes) -> Listing:
    """Every feed that a list names, however deep. Raises BadList where there is none."""
    if len(body) > LARGEST:
        raise BadList(
            f"This list has {len(body):,} bytes, more than the {LARGEST:,} that we read. Split it into smaller ones."
        )
    root, mended = markup.tree(body)
    if root is None or markup.local_name(root).casefold() != "opml":
        raise BadList(_not_opml(body))
    listing = _listing(root, mended)
    if not listing.outlines:
        raise BadList(_no_feeds(listing.left_out))
    return listing


def _listing(root: etree._Element, mended: str | None) -> Listing:
    """Every feed once, by its address."""
    found: dict[str, Outline] = {}
    unread: list[Unread] = []
    nodes = [node for node in root.iter() if markup.local_name(node).casefold() == "outline"]
    for node in nodes:
        title, written, why = _said(node)
        url = None if why else address(written)
        if url is None:
            if why or written:
                why = why or f"{written!r} is not an http or https address."
                unread.append(Unread(title, written, why))
        elif first := found.get(_key(url)):
            why = f"The list names this feed more than once; it is read as “{first.title}”."
            unread.append(Unread(title, written, why))
        else:
            found[_key(url)] = Outline(title or enclosures.name(url), url)
    notes = [*_defects(root, mended, len(nodes)), *_beyond(len(found), "feeds")]
    notes += _beyond(len(unread), "lines that could not be read")
    return Listing(tuple(found.values())[:MOST], tuple(notes), tuple(unread[:MOST]))


def _said(node: etree._Element) -> tuple[str, str, str]:
    """(title, address, why it is no feed) of an outline; nothing but a title for one that holds others."""
    said = {str(name).casefold(): str(value).strip() for name, value in node.attrib.items()}
    title = " ".join((said.get("title") or said.get("text") or "").split())
    if url := said.get("xmlurl"):
        return title, url, ""
    other = said.get("url", "")
    if said.get("type", "").casefold() in _PAGES:
        return title, other, "It names a page or another list, not a feed."
    if not other and not _holds_more(node):
        return title, "", "It has no address (xmlUrl)."
    return title, other, ""


def _holds_more(node: etree._Element) -> bool:
    return any(markup.local_name(child).casefold() == "outline" for child in node)


def _defects(root: etree._Element, mended: str | None, n_found: int) -> list[str]:
    """What is wrong with the file as a whole."""
    said = []
    if mended is not None:
        n_lost = len(_OUTLINE.findall(_COMMENT.sub("", mended))) - n_found
        lost = (
            f"of its outlines {n_lost} could not be read"
            if n_lost > 0
            else "all its outlines were found"
        )
        said.append(
            f"The file is not well-formed XML and was mended: {lost}. Compare what is listed with your "
            "own list, or export it again."
        )
    if markup.declares_entities(root):
        said.append("The list declares entities of its own; they were left out.")
    return said


def _beyond(n: int, what: str) -> list[str]:
    return [f"{n - MOST} {what} beyond the first {MOST:,} were left out."] if n > MOST else []


def address(written: str) -> str | None:
    """The web address that an outline means; apps write feed:// and itpc:// for http."""
    rest = _SCHEMES.sub("", written.strip())
    if rest != written.strip() and not re.match(r"https?://", rest, re.I):
        rest = f"http://{rest}"
    resolved = enclosures.resolved(rest, None)
    return resolved if resolved and "://" in resolved else None


def _key(url: str) -> str:
    """http and https, with and without a closing slash, are one feed."""
    return re.sub(r"^https?://", "", enclosures.normalised(url)).rstrip("/")


def _not_opml(body: bytes) -> str:
    try:
        markup.read(body, url=None)
    except NotAFeed as error:
        return f"This is no OPML list of feeds. {error}"
    return "This is a feed, not a list of feeds. Add it as a single feed."


def _no_feeds(left_out: Sequence[str]) -> str:
    return " ".join(
        [
            "The list names no feed that can be read: none of its lines has an xmlUrl with a web address.",
            *left_out[:3],
        ]
    )
