"""What archive.org says of files that a feed lists there: its feeds often leave the licence out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from corpus.core import archive, evidence
from corpus.core.archive import Item, NoItem
from corpus.core.feeds import Feed, FeedEpisode
from corpus.core.markup import NotAFeed
from corpus.engines.failures import FetchFailed

MOST = 50  # items asked about in one reading; each is a request
PATIENCE = 3  # failures in a row after which the archive is left alone


@dataclass(slots=True)
class _Asked:
    """What the archive answered so far."""

    items: dict[str, Item] = field(default_factory=dict)
    documents: list[tuple[str, bytes]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failures: int = 0  # in a row


def completed(
    feed: Feed, *, fetcher: Any
) -> tuple[Feed, tuple[tuple[str, bytes], ...], tuple[str, ...]]:
    """The feed with the archive's statements at its items, the documents they stand in, and notes."""
    wanted = _undecided(feed)
    asked = _Asked()
    names = list(dict.fromkeys(wanted.values()))
    for n, name in enumerate(names):
        if n == MOST or asked.failures == PATIENCE:
            asked.notes.append(_unasked(len(names) - n, is_limit=n == MOST))
            break
        _ask(name, asked, fetcher)
    episodes = tuple(_with(one, asked.items.get(wanted.get(one.guid, ""))) for one in feed.episodes)
    return replace(feed, episodes=episodes), tuple(asked.documents), tuple(asked.notes)


def _undecided(feed: Feed) -> Mapping[str, str]:
    """Guid → archive item of every episode without a licence that a machine can read."""
    found = {}
    for one in feed.episodes:
        file = archive.file_of(one.enclosure_url)
        if file and not _is_stated((*one.observations, *feed.observations)):
            found[one.guid] = file[0]
    return found


def _is_stated(observations: tuple[evidence.Observation, ...]) -> bool:
    plain = [seen for seen in observations if not evidence.is_hint(seen)]
    return any(evidence.read(seen).offer for seen in plain)


def _ask(name: str, asked: _Asked, fetcher: Any) -> None:
    address = archive.metadata_url(name)
    try:
        body = fetcher.fetch(address).body
        asked.failures = 0
        asked.items[name] = archive.facts(body, name=name)
        asked.documents.append((address, body))
    except FetchFailed as error:
        asked.failures += 1
        asked.notes.append(
            f"The Internet Archive could not be asked about “{name}”, whose episodes stay as the feed tells them. {error}"
        )
    except (NoItem, NotAFeed) as error:
        asked.notes.append(f"{error} Its episodes stay as the feed tells them.")


def _with(episode: FeedEpisode, item: Item | None) -> FeedEpisode:
    file = archive.file_of(episode.enclosure_url)
    if item is None or file is None:
        return episode
    return replace(
        episode,
        observations=(*episode.observations, *item.observations),
        integrity=episode.integrity or item.integrity.get(file[1]),
    )


def _unasked(n_left: int, *, is_limit: bool) -> str:
    why = (
        f"at most {MOST} are asked about in one reading"
        if is_limit
        else f"the last {PATIENCE} questions failed"
    )
    return (
        f"The licence of {n_left} more item(s) of the Internet Archive was not looked up, since {why}: their "
        "episodes wait for a person, or for the next reading."
    )
