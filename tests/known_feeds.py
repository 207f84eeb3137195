"""Feeds whose right reading is known: their fields beside ours. Tests and benchmarks ask the same questions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.core import feeds, licences
from corpus.core.feeds import EmptyFeed, Feed, FeedEpisode

BASE = "https://example.org/data/"
# What each of the licence feeds must come to, by its name.
VERDICTS = {
    "all_rights_reserved": ["refused"],
    "blocked": ["blocked"],
    "by_cc_module": ["accepted"],
    "by_sa_tag_upper": ["accepted"],
    "by_tag": ["accepted"],
    "by_url_tag": ["accepted"],
    "conflict_needs_review": ["review"],
    "free_text_needs_review": ["review"],
    "item_overrides_channel": ["accepted", "index_only", "non_commercial"],
    "nc_kept_apart": ["non_commercial"],
    "nd_refused": ["index_only"],
    "old_namespace": ["accepted"],
    "public_domain": ["accepted"],
    "silent": ["review"],
}
# Where we differ on purpose from what podcastparser expects: (feed, field) → why.
DELIBERATE = {
    (
        "html_in_description_rss_both_different",
        "description",
    ): "the short description says what it is about; the long text is often all of the show notes",
    ("image_and_audio", "link"): "a permalink that is no web address is nothing to click on",
    ("no_guid", "guid"): "many episodes share one link; the enclosure's address tells them apart",
    ("max_episodes", "episodes"): "we keep every episode; podcastparser's test asks for one",
    (
        "no_title_multi_enclosure",
        "episodes",
    ): "an item without a title is named after its first file",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One fact of a feed, as it should be read and as we read it."""

    feed: str
    name: str
    theirs: Any
    ours: Any

    @property
    def is_equal(self) -> bool:
        return bool(self.theirs == self.ours)

    @property
    def key(self) -> tuple[str, str]:
        return self.feed, self.name


def read(path: Path, *, url: str = BASE) -> Feed:
    """A feed of a file, whether it can be played or not."""
    try:
        return feeds.parse(path.read_bytes(), url=f"{url}{path.name}")
    except EmptyFeed as empty:
        return empty.feed


def verdicts(path: Path) -> list[str]:
    """What the licence of each episode comes to."""
    feed = read(path)
    return [
        licences.decide((*one.observations, *feed.observations), block=one.block).verdict
        for one in feed.episodes
    ]


def podcastparser_fields(path: Path) -> Iterator[Field]:
    """Every field of podcastparser's expectation that we have too."""
    text = path.with_suffix(".json").read_text().replace("file://tests/data/", BASE)
    ours, theirs = read(path), json.loads(text)
    name = path.stem
    for key, mine in _of_feed(ours).items():
        if key in theirs:
            yield Field(name, key, theirs[key], mine)
    playable = {e["enclosures"][0]["url"]: e for e in theirs["episodes"] if e["enclosures"]}
    found = {_first_file(one, theirs): one for one in ours.episodes}
    yield Field(name, "episodes", sorted(playable), sorted(found))
    for url in found.keys() & playable.keys():
        for key, mine in _of_episode(found[url], playable[url]).items():
            yield Field(name, key, *mine)


def _of_feed(feed: Feed) -> dict[str, Any]:
    return {
        "title": feed.title,
        "link": feed.link,
        "language": feed.language,
        "description": feed.description,
        "new_url": feed.new_feed_url,
        "itunes_author": feed.author,
        "import_prohibited": feed.locked,
    }


def _of_episode(ours: FeedEpisode, theirs: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Field → theirs, ours; those that only some of their episodes have are compared there."""
    file = next(f for f in theirs["enclosures"] if f["url"] == ours.enclosure_url)
    size = file["file_size"] if file["file_size"] > 0 else None  # theirs: -1 where none is told
    told = file["mime_type"] if ours.enclosure_type else None
    fields = {
        "title": (theirs["title"], ours.title),
        "guid": (theirs["guid"], ours.guid),
        "link": (theirs["link"], ours.link or ""),
        "published": (
            theirs["published"],
            (ours.published and int(ours.published.timestamp())) or 0,
        ),
        "total_time": (theirs["total_time"], ours.duration_s or 0),
        "description": (" ".join(theirs["description"].split()), ours.description),
        "file_size": (size, ours.enclosure_bytes),
        "mime_type": (told, ours.enclosure_type),
    }
    if "itunes_author" in theirs:
        fields["itunes_author"] = (theirs["itunes_author"], ours.author)
    if "transcript_url" in theirs:
        fields["transcript_url"] = (theirs["transcript_url"], ours.transcripts[0].url)
    if "persons" in theirs:
        people = [(p["name"], p["role"], p["group"], p["href"]) for p in theirs["persons"]]
        fields["persons"] = (people, [(p.name, p.role, p.group, p.href) for p in ours.persons])
    return fields


def _first_file(ours: FeedEpisode, theirs: dict[str, Any]) -> str:
    """The first file of the item of theirs that offers our choice among its files."""
    offers = [[file["url"] for file in e["enclosures"]] for e in theirs["episodes"]]
    return next((urls[0] for urls in offers if ours.enclosure_url in urls), ours.enclosure_url)
