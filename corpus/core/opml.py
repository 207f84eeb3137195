"""OPML, the format in which podcast apps hand over their lists of feeds."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from corpus.core import enclosures, markup
from corpus.core.markup import NotAFeed

LARGEST = 5 * 2**20  # bytes; ten thousand feeds need about two million
MOST = 10_000
_PAGES = ("link", "include")  # kinds of outline that name pages and other lists
_SCHEMES = re.compile(r"^(?:feed|itpc|pcast|podcast|rss):(?://)?", re.I)


class BadList(Exception):
    """No list of feeds; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list."""

    title: str
    url: str  # http or https


@dataclass(frozen=True, slots=True)
class Listing:
    """The feeds of a list, each once, and sentences about what was left out."""

    outlines: tuple[Outline, ...]
    left_out: tuple[str, ...] = ()


def parse(body: bytes) -> Listing:
    """Every feed that a list names, however deep. Raises BadList where there is none."""
    if len(body) > LARGEST:
        raise BadList(
            f"This list has {len(body):,} bytes, more than the {LARGEST:,} that we read. Split it into smaller ones."
        )
    root = markup.tree(body)
    if root is None or markup.local_name(root).casefold() != "opml":
        raise BadList(_not_opml(body))
    listing = _listing(root)
    if not listing.outlines:
        raise BadList(_no_feeds(listing.left_out))
    return listing


def _listing(root: etree._Element) -> Listing:
    """Every feed once, by its address."""
    found: dict[str, Outline] = {}
    left_out: list[str] = []
    n_repeated = 0
    for title, written in _written(root):
        url = address(written)
        if url is None:
            left_out.append(f"{title or written}: {written!r} is not an http or https address.")
        elif _key(url) in found:
            n_repeated += 1
        else:
            found[_key(url)] = Outline(title or enclosures.name(url), url)
    if n_repeated:
        left_out.append(f"{n_repeated} more line(s) name a feed that the list has already.")
    if len(found) > MOST:
        left_out.append(f"{len(found) - MOST} feeds beyond the first {MOST:,} were left out.")
    return Listing(tuple(found.values())[:MOST], tuple(left_out))


def address(written: str) -> str | None:
    """The web address that an outline means; apps write feed:// and itpc:// for http."""
    rest = _SCHEMES.sub("", written.strip())
    if rest != written.strip() and not re.match(r"https?://", rest, re.I):
        rest = f"http://{rest}"
    resolved = enclosures.resolved(rest, None)
    return resolved if resolved and "://" in resolved else None


def _written(root: etree._Element) -> Iterator[tuple[str, str]]:
    """(title, address) of every outline that has an address of a feed, in order."""
    for node in root.iter():
        if markup.local_name(node).casefold() != "outline":
            continue
        said = {str(name).casefold(): str(value).strip() for name, value in node.attrib.items()}
        url = said.get("xmlurl") or (
            "" if said.get("type", "").casefold() in _PAGES else said.get("url")
        )
        if url:
            yield " ".join((said.get("title") or said.get("text") or "").split()), url


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
