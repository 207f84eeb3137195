"""RSS and Atom bytes → facts of a podcast and its episodes, with everything they say about licences.

feedparser reads dates, authors and languages in all their spellings; our own walk over the same tree reads
what it loses or mixes up: files, every `podcast:*` element, all licence elements, at channel and item level.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lxml import etree

from corpus.core import bylines, elements, enclosures, guids, markup, offers, schedules
from corpus.core.elements import Person, TranscriptFile
from corpus.core.enclosures import Enclosure
from corpus.core.evidence import Block, Observation, blocking
from corpus.core.markup import NotAFeed, either, local_name, plain, words
from corpus.core.offers import Offer
from corpus.core.statements import blocks_of, content_of, is_speech, observations_of

__all__ = [
    "EmptyFeed",
    "Feed",
    "FeedEpisode",
    "NotAFeed",
    "Person",
    "TranscriptFile",
    "about",
    "empty",
    "episode",
    "parse",
]

MOST_ITEMS = 50_000  # of one feed: ten times what the longest shows have


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
    integrity: str | None = (
        None  # of that file: SRI such as "sha384-…", or "sha1-…", "md5-…" of an archive
    )
    alternates: tuple[Enclosure, ...] = ()  # the other versions of it that can be had
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
    locked: bool = False  # closed to other hosts; we are none
    block: Block | None = None
    skip_hours: frozenset[int] = frozenset()  # UTC
    skip_days: frozenset[int] = frozenset()  # Monday is 0
    ttl_minutes: int | None = None
    observations: tuple[Observation, ...] = ()  # of the channel only
    episodes: tuple[FeedEpisode, ...] = ()
    dropped: tuple[str, ...] = ()  # sentences
    new_feed_url: str | None = None
    is_cut_off: bool = False  # what is missing may forbid what is there


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
    n_beyond, items = max(0, len(items) - MOST_ITEMS), items[:MOST_ITEMS]
    read, entries = bylines.read(root, channel, items)
    feed = _channel(channel, read, body=body, url=url)
    told = [_episode(item, of_it, feed, url) for item, of_it in zip(items, entries, strict=True)]
    if is_cut_off and told:  # what is missing may be the very element that forbids its use
        told[-1] = "the feed breaks off inside it. Fetch the feed again."
    dropped = [
        f"Item {n}{_called(item)} was left out: {reason}"
        for n, (item, reason) in enumerate(zip(items, told, strict=True), start=1)
        if isinstance(reason, str)
    ]
    unique, repeated = _unique([one for one in told if not isinstance(one, str)])
    feed = replace(
        feed,
        episodes=unique,
        is_cut_off=is_cut_off,
        dropped=(
            *about(feed),
            *_entities(root),
            *_more_pages(channel, n_beyond),
            *dropped,
            *repeated,
        ),
    )
    if not unique:
        raise EmptyFeed(_nothing_to_play(feed, n_beyond + len(items)), feed)
    return feed


def _structure(root: etree._Element) -> tuple[etree._Element, list[etree._Element]]:
    """The element that speaks for the podcast, and its items, wherever old and broken RSS puts them."""
    if local_name(root).casefold() == "feed":
        return root, [child for child in root if local_name(child) == "entry"]
    channel = next(iter(plain(root, "channel")), root)
    homes = [root] if channel is root else [channel, root]
    return channel, [item for home in homes for item in plain(home, "item")]


def _channel(
    channel: etree._Element, read: dict[str, Any], *, body: bytes, url: str | None
) -> Feed:
    own = (guids.stated(words(node)) for node in either(channel, "podcast", "guid"))
    schedule = schedules.of_channel(channel)
    title, link = elements.title(channel), elements.link(channel, url)
    medium, is_ai = elements.medium(channel), elements.is_ai(channel)
    return Feed(
        guid=next(filter(None, own), None)
        or (guids.of_address(url) if url else guids.of_file(title, link, body)),
        title=title or (enclosures.name(url) if url else "untitled"),
        author=elements.author(channel, read),
        link=link,
        language=read.get("language") or None,
        description=elements.description(channel),
        persons=elements.persons(channel),
        medium=medium,
        ai_content=is_ai,
        locked=elements.is_locked(channel),
        skip_hours=schedule.skip_hours,
        skip_days=schedule.skip_days,
        ttl_minutes=schedule.ttl_minutes,
        block=blocking(blocks_of(channel)),
        observations=(
            *observations_of(channel, "channel"),
            *content_of("channel", medium=medium, is_ai=is_ai),
        ),
        new_feed_url=elements.moved_to(channel),
    )


def _episode(
    item: etree._Element, read: dict[str, Any], feed: Feed, url: str | None
) -> FeedEpisode | str:
    """The episode, or the reason why there is none."""
    offer, seconds = offers.of_item(item, url), elements.duration(item)
    own = enclosures.best(offer.files)
    chosen = enclosures.better(own, offer.alternates, seconds=seconds)
    if chosen is None:
        return _why_unplayable(offer)
    is_ai = elements.is_ai(item)
    return FeedEpisode(
        # of its own file: a better version that comes later must not make it another episode
        guid=elements.guid(item) or enclosures.normalised((own or chosen).url),
        title=elements.title(item) or enclosures.name((own or chosen).url),
        link=elements.link(item, url),
        author=elements.author(item, read) or feed.author,
        published=elements.published(read),
        description=elements.description(item),
        duration_s=seconds,
        enclosure_url=chosen.url,
        enclosure_type=chosen.type,
        enclosure_bytes=chosen.n_bytes,
        integrity=chosen.integrity,
        alternates=_others(chosen, own, offer),
        observations=(*observations_of(item, "item"), *content_of("item", is_ai=is_ai)),
        persons=elements.persons(item) or feed.persons,
        transcripts=elements.transcripts(item, url),
        ai_content=is_ai or feed.ai_content,
        block=blocking(blocks_of(item)) or feed.block,
    )


def _others(chosen: Enclosure, own: Enclosure | None, offer: Offer) -> tuple[Enclosure, ...]:
    """Every other version that can be heard, the item's own file first."""
    offered = [*([own] if own else []), *offer.alternates]
    found = {file.url: file for file in reversed(offered) if file.url != chosen.url}
    return tuple(reversed(found.values()))


def about(feed: Feed) -> list[str]:
    """What a curator must know of the whole feed before anything of it is used."""
    said = []
    if not is_speech(feed.medium):
        said.append(
            f"The feed calls itself {feed.medium} (podcast:medium), not speech: nothing of it is used before a "
            "person agrees."
        )
    if feed.ai_content:
        said.append(
            "The feed says that machines make it (podcast:txt ai-content): nothing of it is used before a person "
            "agrees."
        )
    return said


def _entities(root: etree._Element) -> list[str]:
    is_some = markup.declares_entities(root)
    return ["The feed declares entities of its own; they were left out."] if is_some else []


def _more_pages(channel: etree._Element, n_beyond: int) -> list[str]:
    """What there is of the feed and was not read."""
    page = elements.next_page(channel)
    said = [f"The feed goes on at {page}; only this page of it was read."] if page else []
    if n_beyond:
        said.append(f"{n_beyond:,} items beyond the first {MOST_ITEMS:,} were left out.")
    return said


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


def _why_unplayable(offer: Offer) -> str:
    offered = (*offer.files, *offer.alternates)
    if offered:
        kinds = ", ".join(sorted({file.type or enclosures.name(file.url) for file in offered}))
        return f"it offers no audio, only {kinds}."
    if offer.unusable:
        return f"its audio is at {offer.unusable[0]!r}, which is not an http or https address."
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
