"""What a curator points at — feed, archive item, feed file, folder, audio file — as one kind of thing."""

import hashlib
import uuid
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from corpus.core import archive, feeds
from corpus.core import opml as lists
from corpus.core.archive import NoItem
from corpus.core.feeds import Feed, FeedEpisode
from corpus.core.opml import BadList, Listing, Outline
from corpus.engines import archives, containers
from corpus.engines.base import NotAudio

AUDIO = {".mp3", ".m4a", ".mp4", ".aac", ".ogg", ".oga", ".opus", ".flac", ".wav", ".webm", ".m4b"}
FEEDS = {".xml", ".rss", ".atom"}
LONGEST = 2000  # characters of an address that we keep
LONGEST_GUID = 600  # what a database index has room for, in any script
FILES = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")  # namespace of podcast guids


class BadSource(Exception):
    """There is nothing to ingest; the message says what was found and what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """A feed with every enclosure resolved to http(s):// or file://, and what was left out."""

    feed: Feed
    location: str
    body: bytes  # the feed as it was read, kept as evidence; empty for plain files
    left_out: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()  # as asked, then every redirect; empty for what is no web address
    documents: tuple[
        tuple[str, bytes], ...
    ] = ()  # (address, bytes) of what else was read as evidence
    etag: str = ""  # validators of the document, byte for byte
    last_modified: str = ""


def read(source: str, *, fetcher: Any, is_look: bool = False) -> Source:
    """Read a source, or raise BadSource, NotAFeed, EmptyFeed, NotAudio, FetchFailed or OSError.

    `is_look`: episodes of a feed file whose audio cannot be had from here stay in, to be judged and shown.
    """
    if not source.strip():
        raise BadSource("The source is empty. Give a feed URL, a feed file, a folder or audio.")
    if len(source) > LONGEST:
        raise BadSource(f"An address of {len(source)} characters is longer than any that we keep.")
    if is_address(source):
        return _from_address(source, fetcher)
    path = Path(source).expanduser().resolve()
    if not path.exists() and "://" in source:
        raise BadSource(
            f"{source}: only http:// and https:// addresses are read; of a file, give the path."
        )
    if not path.exists():
        raise BadSource(
            f"{source} does not exist. Give a feed URL, a feed file, a folder or audio."
        )
    if path.is_dir():
        return _from_folder(path, fetcher, is_look=is_look)
    if path.suffix.lower() in FEEDS or _looks_like_a_feed(path):
        return completed(_from_feed_file(path, is_look=is_look), fetcher=fetcher)
    return _from_files(path.parent, [path], title=path.stem)


def of_document(body: bytes, *, location: str, base: str | None, is_look: bool = False) -> Source:
    """A feed, or the metadata of an archive item, that was read before; nothing is fetched.

    `base` is where relative addresses start, None for a file. Raises NotAFeed, EmptyFeed and BadSource.
    """
    folder = None if is_address(location) else Path(location).parent
    try:
        feed = _feed(body, name=archive.item_of(location) or "", base=base)
    except NoItem as error:
        raise BadSource(str(error)) from error
    return _kept(feed, location=location, body=body, folder=folder, is_look=is_look)


def completed(source: Source, *, fetcher: Any) -> Source:
    """The source with what archive.org says of its files, where neither item nor channel states a licence.

    For what `of_document` gave; `read` has done it. Nothing is raised: what cannot be learned is said.
    """
    if source.location.startswith(archive.metadata_url("")):
        return source
    feed, documents, notes = archives.completed(source.feed, fetcher=fetcher)
    return replace(
        source,
        feed=feed,
        left_out=(*source.left_out, *notes),
        documents=(*source.documents, *documents),
    )


def opml(body: bytes) -> list[Outline]:
    """The feeds of a list, each once. Raises BadSource."""
    return list(listing(body).outlines)


def listing(body: bytes) -> Listing:
    """The feeds of a list, and sentences about the lines that were left out. Raises BadSource."""
    try:
        return lists.parse(body)
    except BadList as error:
        raise BadSource(str(error)) from error


def is_address(source: str) -> bool:
    """Whether it names something on the web."""
    return urlsplit(source).scheme.lower() in ("http", "https")


def _feed(body: bytes, *, name: str, base: str | None) -> Feed:
    if archive.is_metadata(body):
        return archive.parse(body, name=name)
    return feeds.parse(body, url=base)


def _from_address(url: str, fetcher: Any) -> Source:
    """A feed, or an archive item by any of its addresses; its metadata is what is read again later."""
    item = None if _names_a_feed(url) else archive.item_of(url)
    address = archive.metadata_url(item) if item else url
    got = fetcher.fetch(address)
    source = of_document(got.body, location=address, base=got.url_chain[-1])
    notes = _whole_item(url, source) if item else ()
    source = replace(
        source,
        urls=tuple(got.url_chain),
        left_out=(*notes, *source.left_out),
        etag=got.etag or "",
        last_modified=got.last_modified or "",
    )
    return completed(source, fetcher=fetcher)


def _names_a_feed(url: str) -> bool:
    """Some shows keep their feed as a file in the archive."""
    return PurePosixPath(urlsplit(url).path).suffix.lower() in FEEDS


def _whole_item(url: str, source: Source) -> tuple[str, ...]:
    """A word on the other recordings where somebody named one file."""
    if not archive.file_of(url) or len(source.feed.episodes) < 2:
        return ()
    n = len(source.feed.episodes)
    return (
        f"The address names one file of an archive item, and all {n} recordings of the item are here.",
    )


def _from_folder(folder: Path, fetcher: Any, *, is_look: bool) -> Source:
    found = sorted(p for p in folder.iterdir() if p.suffix.lower() in FEEDS)
    if len(found) > 1:
        names = ", ".join(p.name for p in found)
        raise BadSource(f"{folder} holds several feeds ({names}): name the one that you mean.")
    if found:
        return completed(_from_feed_file(found[0], is_look=is_look), fetcher=fetcher)
    audio = sorted(p for p in folder.rglob("*") if _is_audio(p, folder))
    if not audio:
        raise BadSource(f"{folder} holds neither a feed (.xml, .rss) nor audio files.")
    return _from_files(folder, audio, title=folder.name)


def _is_audio(path: Path, folder: Path) -> bool:
    """By name, and not below a hidden folder such as .venv."""
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix.lower() in AUDIO and not hidden and path.is_file()


def _from_feed_file(path: Path, *, is_look: bool) -> Source:
    return of_document(path.read_bytes(), location=str(path), base=None, is_look=is_look)


def _from_files(folder: Path, paths: list[Path], *, title: str) -> Source:
    """Files without a feed: their licence has to be given."""
    problems, episodes = [], []
    for path in paths:
        try:
            _check_audio(path)
        except NotAudio as error:
            problems.append(f"{path.name}: {error}")
            continue
        episodes.append(_episode(path, guid=path.relative_to(folder).as_posix()))
    if not episodes:
        raise NotAudio("\n".join(problems))
    guid = str(uuid.uuid5(FILES, f"folder {folder}"))
    feed = feeds.empty(guid=guid, title=title)
    return Source(replace(feed, episodes=tuple(episodes)), str(folder), b"", tuple(problems))


def _episode(path: Path, *, guid: str) -> FeedEpisode:
    return feeds.episode(guid=guid, title=path.stem, enclosure_url=path.as_uri())


def _kept(feed: Feed, *, location: str, body: bytes, folder: Path | None, is_look: bool) -> Source:
    """The feed with the addresses of what can be had, and why the rest cannot."""
    problems, episodes, n_reached = [*_moved(feed, location), *feed.dropped], [], 0
    for episode in feed.episodes:
        address, problem = _resolve(episode.enclosure_url, folder)
        problem = problem or _too_long(episode.guid, address)
        if problem:
            problems.append(f"{episode.title}: {problem}")
        n_reached += not problem
        if is_look or not problem:
            episodes.append(episode if problem else replace(episode, enclosure_url=address))
    if not n_reached and not is_look:
        raise BadSource("\n".join(["No episode of this feed can be had.", *problems]))
    return Source(replace(feed, episodes=tuple(episodes)), location, body, tuple(problems))


def _moved(feed: Feed, location: str) -> list[str]:
    """Where the feed says it has gone, unless it is there already."""
    if not feed.new_feed_url or feed.new_feed_url == location:
        return []
    return [f"The feed says that it has moved to {feed.new_feed_url}; it was read where it is."]


def _resolve(url: str, folder: Path | None) -> tuple[str, str]:
    """The address to fetch from, or why there is none. Beside a feed file, its own files come first."""
    if folder is not None and (path := _beside(url, folder)):
        try:
            _check_audio(path)
        except NotAudio as error:
            return "", str(error)
        return path.as_uri(), ""
    if urlsplit(url).scheme in ("http", "https"):
        return url, ""
    return "", f"its audio {url} is neither beside the feed nor an http address."


def _too_long(guid: str, address: str) -> str:
    for what, text, most in (("guid", guid, LONGEST_GUID), ("address", address, LONGEST)):
        if len(text) > most:
            return f"its {what} has {len(text)} characters, more than the {most} that we keep."
    return ""


def _check_audio(path: Path) -> None:
    """Raise NotAudio where the file holds no sound, judged by its content."""
    with containers.opened(path) as container:
        containers.audio_stream(container)


def _beside(url: str, folder: Path) -> Path | None:
    """The file that the last parts of the address name below the folder; never outside of it."""
    parts = [p for p in PurePosixPath(unquote(urlsplit(url).path)).parts if p not in ("/", "..")]
    for start in range(len(parts)):
        path = folder.joinpath(*parts[start:]).resolve()
        if path.is_relative_to(folder) and path.is_file():
            return path
    return None


def _looks_like_a_feed(path: Path) -> bool:
    """XML, whatever its name, or the metadata of an archive item."""
    with path.open("rb") as file:
        start = file.read(256).lstrip(b"\xef\xbb\xbf \r\n\t")
    return start.startswith((b"<?xml", b"<rss", b"<feed", b"<rdf:RDF", b"{"))


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest() if body else ""
