"""Item metadata of the Internet Archive (https://archive.org/metadata/ID) → a feed, or what it says about a licence.

Uploaders write these fields by hand: any may be missing, a list, or of another kind than expected.
"""

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from corpus.core import enclosures, guids, languages
from corpus.core.elements import plain_text
from corpus.core.enclosures import Enclosure
from corpus.core.evidence import Observation
from corpus.core.feeds import EmptyFeed, Feed, FeedEpisode, about
from corpus.core.markup import NotAFeed
from corpus.core.statements import content_of

LICENCE = "archive:licenseurl"
_MUSIC = {"etree", "audio_music", "netlabels"}  # kinds and collections of concerts and records
RIGHTS = ("rights", "possible-copyright-status", "license", "usage")  # in words: hints for a person
_HOST = re.compile(r"(?:www\.|[\w-]+\.(?:us|ca|eu)\.)?archive\.org", re.I)
_ID = re.compile(r"[A-Za-z0-9@][\w.@-]{0,254}")
_DIGESTS = (("sha1", 20), ("md5", 16))


class NoItem(Exception):
    """The archive has no such item, or shows nothing of it; the message says which."""


@dataclass(frozen=True, slots=True)
class Item:
    """What the archive says of one item, beside its files."""

    observations: tuple[Observation, ...]
    integrity: Mapping[str, str]  # file name → hash, as "sha1-…" or "md5-…"


def item_of(address: str) -> str | None:
    """The ID in an archive.org address of a page, a file or metadata; None for any other address."""
    try:
        parts = urlsplit(address.strip())
        host = parts.hostname or ""
    except ValueError:
        return None
    path = [unquote(part) for part in parts.path.split("/") if part]
    is_known = len(path) > 1 and path[0] in ("details", "metadata", "download", "embed", "serve")
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or not is_known:
        return None
    return path[1] if _ID.fullmatch(path[1]) else None


def file_of(address: str) -> tuple[str, str] | None:
    """(ID, file name) of an address of a file in the archive, counting services left out."""
    try:
        address = enclosures.normalised(address)
        path = urlsplit(address).path.split("/", 3)
    except ValueError:
        return None
    item = item_of(address)
    if not item or len(path) < 4 or path[1] not in ("download", "serve"):
        return None
    return item, unquote(path[3])


def metadata_url(item: str) -> str:
    """Where the archive tells everything about an item."""
    return f"https://archive.org/metadata/{item}"


def is_metadata(body: bytes) -> bool:
    """Whether bytes are JSON, which no feed is: an item, or the empty answer for a missing one."""
    return body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def facts(body: bytes, *, name: str) -> Item:
    """The licence and hashes of an item. Raises NoItem and NotAFeed."""
    told = _read(body, name)
    files = {str(file["name"]): _integrity(file) for file in _files(told)}
    return Item(
        observations=_observations(_metadata(told)),
        integrity={name: hashed for name, hashed in files.items() if hashed},
    )


def parse(body: bytes, *, name: str = "") -> Feed:
    """An item as a podcast, each recording an episode. Raises NoItem, NotAFeed and EmptyFeed."""
    told = _read(body, name)
    metadata = _metadata(told)
    item = _text(metadata.get("identifier")) or name
    page = f"https://archive.org/details/{quote(item)}"
    medium = _medium(metadata)
    feed = Feed(
        guid=guids.of_address(page),
        title=_text(metadata.get("title")) or item,
        author="; ".join(_texts(metadata.get("creator"))) or None,
        link=page,
        language=_language(metadata),
        description=plain_text(" ".join(_texts(metadata.get("description")))),
        medium=medium,
        observations=content_of("channel", medium=medium, is_ai=False),
    )
    recordings, dropped = _recordings(_files(told))
    shared = {
        "link": page,
        "author": feed.author,
        "published": _published(metadata),
        "observations": _observations(metadata),
    }
    episodes = tuple(_episode(item, one, shared) for one in recordings)
    feed = replace(feed, episodes=episodes, dropped=(*about(feed), *dropped))
    if not episodes:
        raise EmptyFeed(_nothing(feed, metadata), feed)
    return feed


def _read(body: bytes, name: str) -> dict[str, Any]:
    called = f"“{name}”" if name else "this name"
    try:
        told = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise NotAFeed(
            "This is neither a feed nor readable JSON of the Internet Archive. Add the address of a "
            "podcast's feed, or of an item such as https://archive.org/details/ID."
        ) from None
    if not told:
        raise NoItem(
            f"The Internet Archive has no item {called}: it was taken away, or the address is misspelt."
        )
    if not isinstance(told, dict) or not {"metadata", "files", "is_dark", "error"} & told.keys():
        raise NotAFeed(
            "This is JSON, but not of an Internet Archive item. Add the address of the podcast's RSS or "
            "Atom feed instead."
        )
    if told.get("is_dark"):
        raise NoItem(
            f"The Internet Archive keeps the item {called} dark: nobody may have its files."
        )
    if not isinstance(told.get("metadata"), dict):
        raise NoItem(
            f"The Internet Archive tells nothing about the item {called}. {_text(told.get('error'))}".strip()
        )
    return told


def _metadata(told: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = told["metadata"]
    return found


def _files(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The files of an item whose names can be written in an address."""
    listed = told.get("files")
    files = listed if isinstance(listed, list) else []
    return [file for file in files if isinstance(file, dict) and _is_name(file.get("name"))]


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and bool(name) and _storable(name) == name


def _recordings(
    files: Sequence[Mapping[str, Any]],
) -> tuple[list[Mapping[str, Any]], list[str]]:
    """The best file of each recording, and sentences about those that nobody can have.

    Originals first; what was derived of them only where they are no audio that we read, such as a video.
    """
    dropped: list[str] = []
    versions: dict[str, list[Mapping[str, Any]]] = {}
    originals = {str(file["name"]): file for file in files}
    for file in files:
        if _kind(file) != "audio":
            continue
        if _is_private(file):
            dropped.append(f"The file {file['name']} was left out: the archive keeps it to itself.")
            continue
        versions.setdefault(_stem(_source(file, originals)), []).append(file)
    return [max(versions[stem], key=_worth) for stem in sorted(versions)], dropped


def _source(file: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]) -> str:
    """The name of the original that a file was derived from, over any steps."""
    seen = {str(file["name"])}
    while file.get("source") == "derivative" and isinstance(file.get("original"), str):
        above = file["original"]
        if above in seen:
            return min(seen)
        if above not in files:
            return str(above)
        seen.add(above)
        file = files[above]
    return str(file["name"])


def _stem(name: str) -> str:
    """One recording in several formats and rates shares its name up to here."""
    return re.sub(r"(?:_(?:\d{2,3}kb|vbr))?\.\w{2,4}$", "", name, flags=re.I)


def _worth(file: Mapping[str, Any]) -> tuple[bool, bool, int]:
    """An original before what was derived from it, sound kept whole before sound cut down, more before less."""
    ending = PurePosixPath(str(file["name"])).suffix.casefold()
    is_whole = ending in (".flac", ".wav", ".aif", ".aiff")
    return file.get("source") == "original", is_whole, _bytes(file) or 0


def _kind(file: Mapping[str, Any]) -> str:
    return enclosures.kind(Enclosure(f"https://archive.org/download/x/{quote(str(file['name']))}"))


def _is_private(file: Mapping[str, Any]) -> bool:
    return str(file.get("private", "")).casefold() in ("true", "1")


def _episode(item: str, file: Mapping[str, Any], shared: Mapping[str, Any]) -> FeedEpisode:
    name = str(file["name"])
    return FeedEpisode(
        guid=f"archive.org/{item}/{name}",
        title=_text(file.get("title")) or PurePosixPath(name).stem or name,
        enclosure_url=f"https://archive.org/download/{quote(item)}/{quote(name)}",
        enclosure_bytes=_bytes(file),
        duration_s=_seconds(file.get("length")),
        integrity=_integrity(file),
        **{**shared, "author": _text(file.get("creator")) or shared["author"]},
    )


def _observations(metadata: Mapping[str, Any]) -> tuple[Observation, ...]:
    addresses = [
        Observation(LICENCE, "item", url=text) for text in _texts(metadata.get("licenseurl"))
    ]
    words = [
        Observation(f"archive:{field}", "item", plain_text(text))
        for field in RIGHTS
        for text in _texts(metadata.get(field))
    ]
    return tuple(dict.fromkeys((*addresses, *words)))


def _medium(metadata: Mapping[str, Any]) -> str:
    """Music where the archive files it under music, for which it has no better word than audio."""
    filed = {*_texts(metadata.get("mediatype")), *_texts(metadata.get("collection"))}
    return "music" if filed & _MUSIC else "podcast"


def _language(metadata: Mapping[str, Any]) -> str | None:
    """The first language, as a code where we know it: the archive has names and codes of three kinds."""
    written = re.split(r"[;,/]", next(iter(_texts(metadata.get("language"))), ""))[0].strip()
    code = languages.iso639_3(written) if written else "und"
    return written or None if code == "und" else code


def _published(metadata: Mapping[str, Any]) -> datetime | None:
    """The day that the uploader gives, else the day of the upload."""
    for field in ("date", "publicdate", "addeddate"):
        text = _text(metadata.get(field))
        match = re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", text)
        if match:
            try:
                year, month, day = (int(part or 1) for part in match.groups())
                return datetime(year, month, day, tzinfo=UTC)
            except ValueError:
                continue
    return None


def _seconds(value: Any) -> float | None:
    """From 90.5, 1:30 or 1:01:30."""
    parts = _text(value).split(":")
    if len(parts) > 3 or not all(re.fullmatch(r"\d{1,9}(?:\.\d+)?", part) for part in parts):
        return None
    total = math.fsum(float(part) * 60**power for power, part in enumerate(reversed(parts)))
    return total or None


def _bytes(file: Mapping[str, Any]) -> int | None:
    digits = _text(file.get("size"))
    return int(digits) or None if re.fullmatch(r"[0-9]{1,15}", digits) else None


def _integrity(file: Mapping[str, Any]) -> str | None:
    """The hash that the archive keeps, written like subresource integrity: "sha1-" or "md5-" and base64."""
    for name, n_bytes in _DIGESTS:
        try:
            digest = binascii.unhexlify(_text(file.get(name)))
        except (binascii.Error, ValueError):
            continue
        if len(digest) == n_bytes:
            return f"{name}-{base64.b64encode(digest).decode()}"
    return None


def _nothing(feed: Feed, metadata: Mapping[str, Any]) -> str:
    if "collection" in _texts(metadata.get("mediatype")):
        item = _text(metadata.get("identifier"))
        return (
            f"“{feed.title}” is a collection of the Internet Archive and holds items, not audio. Add its items one "
            f"by one, or its feed https://archive.org/services/collection-rss.php?collection={quote(item)}"
        )
    return " ".join(
        [f"The item “{feed.title}” of the Internet Archive holds no audio.", *feed.dropped[-1:]]
    )


def _texts(value: Any) -> list[str]:
    """A field as the texts in it, whatever shape it has."""
    values = value if isinstance(value, list) else [value]
    texts = (str(v) for v in values if isinstance(v, str | int | float) and not isinstance(v, bool))
    return [clean for text in texts if (clean := " ".join(_storable(text).split()))]


def _text(value: Any) -> str:
    return next(iter(_texts(value)), "")


def _storable(text: str) -> str:
    """JSON may hold what neither XML nor a database takes: NUL, and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
