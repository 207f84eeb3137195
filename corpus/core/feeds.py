"""RSS and Atom bytes → facts of a podcast and its episodes, with everything they say about licences.

feedparser reads dates, authors and languages in all their spellings; our own walk over the same tree reads
what it loses or mixes up: files, every `podcast:*` element, all licence elements, at channel and item level. Items are numbered in the tree
before both readers see it, so no licence ever reaches the wrong episode.
"""

import hashlib
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import feedparser
from lxml import etree

from corpus.core import elements, enclosures, guids, markup
from corpus.core.elements import Person, TranscriptFile
from corpus.core.evidence import Block, Observation, blocking
from corpus.core.markup import NotAFeed, children, local_name, plain, words
from corpus.core.statements import blocks_of, observations_of

__all__ = [
    "EmptyFeed",
    "Feed",
    "FeedEpisode",
    "NotAFeed",
    "Person",
    "TranscriptFile",
    "empty",
    "episode",
    "parse",
]


class EmptyFeed(Exception):
    """A feed without one playable episode; `feed` holds what else it says, `dropped` why."""

    def __init__(self, message: str, feed: "Feed") -> None:
        super().__init__(message)
        self.feed = feed
        self.dropped = feed.dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEpisode:
    """One item with something to play; `enclosure_url` is relative only if the feed has no address."""

    guid: str
    title: str
    enclosure_url: str
    enclosure_type: str | None = None  # as claimed, and so are size and duration
    enclosure_bytes: int | None = None
    duration_s: float | None = None
    link: str | None = None
    author: str | None = None
    published: datetime | None = None  # aware, UTC
    description: str = ""  # plain text
    observations: tuple[Observation, ...] = ()  # of the item only
    persons: tuple[Person, ...] = ()
    transcripts: tuple[TranscriptFile, ...] = ()
    ai_content: bool = False
    block: Block | None = None  # the item's own, else the feed's


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A podcast as its feed tells it."""

    guid: str  # a UUID, lower case
    title: str
    author: str | None = None
    link: str | None = None
    language: str | None = None  # BCP 47, as written
    description: str = ""  # plain text
    persons: tuple[Person, ...] = ()  # an episode without its own has these
    medium: str = "podcast"  # or music, video, audiobook, …
    ai_content: bool = False
    block: Block | None = None
    observations: tuple[Observation, ...] = ()  # of the channel only
    episodes: tuple[FeedEpisode, ...] = ()
    dropped: tuple[str, ...] = ()  # sentences
    new_feed_url: str | None = None


def empty(*, guid: str, title: str) -> Feed:
    """A podcast that has no feed, so nothing is known of it yet."""
    return Feed(guid=guid, title=title)


def episode(*, guid: str, title: str, enclosure_url: str) -> FeedEpisode:
    """An episode that no feed lists: a file somebody has."""
    return FeedEpisode(guid=guid, title=title, enclosure_url=enclosure_url)


def parse(body: bytes, *, url: str | None) -> Feed:
    """The feed in `body`, fetched from `url` (None: from a file).

    Raises NotAFeed for anything but RSS and Atom, and EmptyFeed where nothing can be played.
    """
    root, is_cut_off = markup.read(body, url=url)
    channel, items = _structure(root)
    read, entries = _read_first(root, items)
    feed = _channel(channel, read, body=body, url=url)
    told = [
        _episode(item, entries.get(str(n), {}), feed, url) for n, item in enumerate(items, start=1)
    ]
    if is_cut_off and told:  # what is missing may be the very element that forbids its use
        told[-1] = "the feed breaks off inside it. Fetch the feed again."
    dropped = [
        f"Item {n}{_called(item)} was left out: {reason}"
        for n, (item, reason) in enumerate(zip(items, told, strict=True), start=1)
        if isinstance(reason, str)
    ]
    unique, repeated = _unique([one for one in told if not isinstance(one, str)])
    feed = replace(feed, episodes=unique, dropped=(*dropped, *repeated))
    if not unique:
        raise EmptyFeed(_nothing_to_play(feed, len(items)), feed)
    return feed


def _structure(root: etree._Element) -> tuple[etree._Element, list[etree._Element]]:
    """The element that speaks for the podcast, and its items, wherever old and broken RSS puts them."""
    if local_name(root).casefold() == "feed":
        return root, [child for child in root if local_name(child) == "entry"]
    channel = next(iter(plain(root, "channel")), root)
    homes = [root] if channel is root else [channel, root]
    return channel, [item for home in homes for item in plain(home, "item")]


def _read_first(
    root: etree._Element, items: list[etree._Element]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """feedparser's channel, and its entries by position, from the same tree.

    Never give feedparser a str or bytes: it would open a path and fetch an address.
    """
    mark = f"n{hashlib.sha256(etree.tostring(root)).hexdigest()[:16]}"  # no feed can contain its own hash
    for position, item in enumerate(items, start=1):
        etree.SubElement(item, f"{{urn:{mark}}}n", nsmap={mark: f"urn:{mark}"}).text = str(position)
    mended = io.BytesIO(etree.tostring(root, encoding="utf-8", xml_declaration=True))
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:  # we take no HTML from it, so it need not clean any
        read = feedparser.parse(
            mended, response_headers=headers, resolve_relative_uris=False, sanitize_html=False
        )
    except Exception:  # odd feeds trip it in many ways: then dates and some names are missing
        return {}, {}
    return read.feed, {str(entry.get(f"{mark}_n")): entry for entry in read.entries}


def _channel(
    channel: etree._Element, read: dict[str, Any], *, body: bytes, url: str | None
) -> Feed:
    own = (guids.stated(words(node)) for node in children(channel, "podcast", "guid"))
    title, link = elements.title(channel), elements.link(channel, url)
    return Feed(
        guid=next(filter(None, own), None)
        or (guids.of_address(url) if url else guids.of_file(title, link, body)),
        title=title or (enclosures.name(url) if url else "untitled"),
        author=elements.author(channel, read),
        link=link,
        language=read.get("language") or None,
        description=elements.description(channel),
        persons=elements.persons(channel),
        medium=next(
            (words(c).casefold() for c in children(channel, "podcast", "medium")), "podcast"
        ),
        ai_content=elements.is_ai(channel),
        block=blocking(blocks_of(channel)),
        observations=observations_of(channel, "channel"),
        new_feed_url=elements.moved_to(channel),
    )


def _episode(
    item: etree._Element, read: dict[str, Any], feed: Feed, url: str | None
) -> FeedEpisode | str:
    """The episode, or the reason why there is none."""
    offered, unusable = elements.offered(item, url)
    chosen = enclosures.best(offered)
    if chosen is None:
        return _why_unplayable(offered, unusable)
    return FeedEpisode(
        guid=elements.guid(item) or enclosures.normalised(chosen.url),
        title=elements.title(item) or enclosures.name(chosen.url),
        link=elements.link(item, url),
        author=elements.author(item, read) or feed.author,
        published=elements.published(read),
        description=elements.description(item),
        duration_s=elements.duration(item),
        enclosure_url=chosen.url,
        enclosure_type=chosen.type,
        enclosure_bytes=chosen.n_bytes,
        observations=observations_of(item, "item"),
        persons=elements.persons(item) or feed.persons,
        transcripts=elements.transcripts(item, url),
        ai_content=elements.is_ai(item) or feed.ai_content,
        block=blocking(blocks_of(item)) or feed.block,
    )


def _unique(episodes: Sequence[FeedEpisode]) -> tuple[tuple[FeedEpisode, ...], list[str]]:
    """The first episode of every guid, and a sentence for each repetition."""
    kept: dict[str, FeedEpisode] = {}
    for episode in episodes:
        kept.setdefault(episode.guid, episode)
    extra = Counter(episode.guid for episode in episodes)
    said = [
        f"{extra[guid] - 1} more item(s) were left out: they repeat the guid {guid!r} of “{first.title}”."
        for guid, first in kept.items()
        if extra[guid] > 1
    ]
    return tuple(kept.values()), said


def _why_unplayable(offered: Sequence[enclosures.Enclosure], unusable: Sequence[str]) -> str:
    if offered:
        kinds = ", ".join(sorted({file.type or enclosures.name(file.url) for file in offered}))
        return f"it offers no audio or video, only {kinds}."
    if unusable:
        return f"its audio is at {unusable[0]!r}, which is not an http or https address."
    return "it has no enclosure, so there is nothing to play."


def _nothing_to_play(feed: Feed, n_items: int) -> str:
    if feed.new_feed_url:
        return f"This feed has moved and lists nothing to play. Add {feed.new_feed_url} instead."
    if not n_items:
        return (
            f"The feed “{feed.title}” lists no episodes yet. Try again when the first one is out."
        )
    return (
        f"No item of “{feed.title}” can be played ({n_items} in all). {feed.dropped[0]} "
        "Is this the podcast's feed, or that of a blog?"
    )


def _called(item: etree._Element) -> str:
    titles = [words(child) for child in item if local_name(child) == "title"]
    return f" (“{titles[0]}”)" if titles and titles[0] else ""
