"""One look at a feed: asked for with what we know of it, read, and told from the feed of anybody else."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from common import files
from corpus.actions import copies, documents
from corpus.core import guids, watches
from corpus.core.feeds import EmptyFeed, Feed, NotAFeed
from corpus.core.watches import Wishes
from corpus.engines import sources
from corpus.engines.failures import FetchFailed
from corpus.engines.http import Fetched
from corpus.engines.sources import LONGEST, BadSource, Source, digest
from corpus.models import FeedWatch, Podcast

UNUSABLE = (NotAFeed, EmptyFeed, BadSource)
LONGEST_ETAG, LONGEST_DATE = 1000, 200


class Same(Exception):
    """The feed is what it was: the host says so, or its bytes do."""


class OtherPodcast(Exception):
    """What is at the address now is the feed of something else; the message says of what."""


class CutOff(Exception):
    """The feed breaks off before its end, and was whole when it was last read."""


class Look:
    """A fetcher for one reading: the feed with validators of last time, everything else as ever."""

    def __init__(self, fetcher: Any, watch: FeedWatch) -> None:
        self._fetcher = fetcher
        self._watch = watch
        self.answer: Fetched | None = None  # to the first question, which is for the feed

    @property
    def asked(self) -> dict[str, str | None]:
        """The validators that are shown to the host, byte for byte."""
        watch = self._watch
        etag = "" if watch.validators == "date" and watch.last_modified else watch.etag
        date = "" if watch.validators == "etag" and watch.etag else watch.last_modified
        return {"etag": etag or None, "last_modified": date or None}

    def fetch(self, url: str, **wishes: Any) -> Fetched:
        """Raises Same where there is nothing to read, or a FetchFailed."""
        if self.answer is not None:
            again: Fetched = self._fetcher.fetch(url, **wishes)
            return again
        got: Fetched = self._fetcher.fetch(url, **self.asked, **wishes)
        self.answer = got
        known = self._watch.document
        if got.status == 304 or (known and digest(got.body) == known.sha256):
            raise Same
        return got


@dataclass(frozen=True, slots=True)
class Reading:
    """What a look found: the podcast's feed, where it is now, and sentences about the way there."""

    source: Source
    notes: tuple[str, ...] = ()
    is_elsewhere: bool = False  # where the feed itself says that it has moved to


def read(watch: FeedWatch, look: Look) -> Reading:
    """The feed as it is today. Raises Same, OtherPodcast, CutOff, a FetchFailed or one of UNUSABLE."""
    try:
        source = sources.read(watch.url, fetcher=look)
    except EmptyFeed as error:
        moved, _ = _elsewhere(watch, error.feed, look)
        if moved is None:
            raise
        return moved
    if not is_same(watch.podcast, source.feed, url=_final(look, watch)):
        raise OtherPodcast(
            f"This is the feed of another podcast now, “{source.feed.title}”: its guid is another one, "
            "and no episode of ours is in it. Nothing of it was taken. If it is right, add it by its "
            "address as a podcast of its own, and retire this feed."
        )
    if source.feed.is_cut_off and _was_whole(watch):
        raise CutOff(
            "The feed breaks off before its end, and was whole before: what is missing may forbid what is there, "
            "so nothing of it was taken. It is read again later."
        )
    moved, problem = _elsewhere(watch, source.feed, look)
    return moved or Reading(_as_ours(source, watch.podcast), (problem,) if problem else ())


def is_same(podcast: Podcast, feed: Feed, *, url: str) -> bool:
    """Whether a feed is this podcast's: an episode in common, or the guid that it states.

    A guid that only comes from the address says nothing about who lives there today: then the title has to.
    """
    if _shares_an_episode(podcast, feed):
        return True
    is_named = feed.guid != guids.of_address(url) or feed.title[:500] == podcast.title
    return feed.guid == podcast.guid and (is_named or not podcast.episodes.exists())


def validators(got: Fetched | Source) -> dict[str, str]:
    """What to show the host next time, where we can give it back byte for byte."""
    return {
        "etag": _exact(got.etag, LONGEST_ETAG),
        "last_modified": _exact(got.last_modified, LONGEST_DATE),
    }


def wishes(watch: FeedWatch, got: Fetched) -> Wishes:
    """How the feed wanted to be treated when it was last read, and its host today."""
    control, age = got.headers.get("cache-control", ""), got.headers.get("age", "")
    return Wishes(
        ttl=timedelta(minutes=watch.ttl_minutes),
        max_age=watches.max_age(control, age),
        skip_hours=frozenset(watch.skip_hours),
        skip_days=frozenset(watch.skip_days),
    )


def _elsewhere(watch: FeedWatch, feed: Feed, look: Look) -> tuple[Reading | None, str]:
    """The feed at the address that it names as its new one, if it is the same there; else why not."""
    url = feed.new_feed_url or ""
    if not url or url.rstrip("/") == watch.url.rstrip("/"):
        return None, ""
    start = f"The feed says that it has moved to {url}"
    try:
        source = sources.read(url, fetcher=look)
    except (FetchFailed, *UNUSABLE) as error:
        return None, f"{start}, but it cannot be read there and is read here as before. {error}"
    if (source.feed.new_feed_url or url).rstrip("/") != url.rstrip("/"):
        return None, f"{start}, which sends us on once more; it is read here as before."
    if not is_same(watch.podcast, source.feed, url=url):
        return None, f"{start}, where there is another podcast; it is read here as before."
    sentence = f"{start}. It is the same there, and is read from there from now on."
    return Reading(_as_ours(source, watch.podcast), (sentence,), is_elsewhere=True), ""


def _was_whole(watch: FeedWatch) -> bool:
    """Whether it ended as feeds do when it was last read; some makers never write the end."""
    if watch.document is None:
        return False
    try:
        body = documents.read(watch.document)
        return not sources.of_document(body, location=watch.url, base=watch.url).feed.is_cut_off
    except (files.Missing, *UNUSABLE):
        return False


def _as_ours(source: Source, podcast: Podcast) -> Source:
    """A podcast keeps the guid under which we know it, whatever its address is today."""
    return replace(source, feed=replace(source.feed, guid=podcast.guid))


def _shares_an_episode(podcast: Podcast, feed: Feed) -> bool:
    guids_there = [episode.guid for episode in feed.episodes]
    if podcast.episodes.filter(guid__in=guids_there).exists():
        return True
    keys = [copies.address_key(episode.enclosure_url) for episode in feed.episodes]
    return podcast.episodes.filter(address_key__in=keys).exists()


def _final(look: Look, watch: FeedWatch) -> str:
    return look.answer.url_chain[-1] if look.answer else watch.url


def _exact(text: str | None, most: int) -> str:
    text = text or ""
    return text if len(text) <= most and text.isascii() and text.isprintable() else ""


def fits(address: str) -> bool:
    return len(address) <= LONGEST
