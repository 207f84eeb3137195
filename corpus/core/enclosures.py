"""Which of the files that an item offers is the episode, and what to call it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit, urlunsplit

_AUDIO = {"mp3", "m4a", "m4b", "aac", "ogg", "oga", "opus", "flac", "wav", "wma", "aif", "aiff", "amr", "mka"}  # fmt: skip
_VIDEO = {"mp4", "m4v", "mov", "webm", "mkv", "avi", "ogv"}
_NEVER = {"jpg", "jpeg", "png", "gif", "webp", "svg", "pdf", "epub", "htm", "html", "txt", "vtt", "srt",
          "json", "zip", "torrent", "doc", "docx"}  # fmt: skip
_RANKS = {"audio": 0, "unknown": 1, "video": 2}
# Counting services that put themselves before the real address; the rest of the path is that address.
_TRACKERS = re.compile(
    r"^https?://(?:(?:www\.|dts\.)?podtrac\.com/(?:pts/)?redirect\.\w+/|chtbl\.com/track/[^/]+/|pdst\.fm/e/"
    r"|op3\.dev/e(?:,[^/]*)?/|mgln\.ai/e/\d+/|pfx\.vpixl\.com/[^/]+/|media\.blubrry\.com/[^/]+/"
    r"|verifi\.podscribe\.com/rss/p/|prfx\.byspotify\.com/e/|(?:www\.)?podtrac\.com/pts/)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that an item offers, its address resolved as far as the feed allows."""

    url: str
    type: str | None = None
    n_bytes: int | None = None  # as the feed claims it; hosts are often wrong


def best(offered: Sequence[Enclosure]) -> Enclosure | None:
    """The first audio, else a file of unknown kind, else video; None where nothing can hold speech."""
    fit = [enclosure for enclosure in offered if kind(enclosure) in _RANKS]
    return min(fit, key=lambda enclosure: _RANKS[kind(enclosure)], default=None)


def kind(enclosure: Enclosure) -> str:
    """`audio`, `video`, `unknown` or `other`; an audio ending outweighs a wrong type."""
    declared = (enclosure.type or "").strip().casefold()
    ending = PurePosixPath(_path(enclosure.url)).suffix[1:].casefold()
    family = declared.partition("/")[0]
    if family in ("audio", "video"):
        return family
    if ending in _AUDIO or declared == "application/ogg":
        return "audio"
    if ending in _VIDEO:
        return "video"
    return (
        "other"
        if ending in _NEVER or family in ("image", "text") or "pdf" in declared
        else "unknown"
    )


def resolved(address: str | None, base: str | None) -> str | None:
    """An http(s) address, or a relative path where the feed itself has no address; None for anything else."""
    if not (address or "").strip():
        return None
    try:
        joined = urljoin(base or "", (address or "").strip())
        parts = urlsplit(joined)
    except ValueError:
        return None
    if parts.scheme in ("http", "https"):
        return joined if parts.hostname else None
    if parts.scheme or base:
        return None
    return f"https:{joined}" if parts.netloc else joined or None


def normalised(url: str) -> str:
    """The address without counting services, campaign parameters, fragment and capitals in the host."""
    while stripped := _TRACKERS.match(url):
        rest = url[stripped.end() :]
        url = rest if re.match(r"https?://", rest, re.I) else f"https://{rest}"
    parts = urlsplit(url)
    query = [
        pair
        for pair in parse_qsl(parts.query, keep_blank_values=True)
        if not pair[0].startswith("utm_")
    ]
    return urlunsplit(
        (parts.scheme.lower(), parts.netloc.lower(), parts.path, urlencode(query), "")
    )


def name(url: str) -> str:
    """The file name without its ending, or the host: a title where nobody gave one."""
    return PurePosixPath(_path(url)).stem or urlsplit(url).hostname or "untitled"


def _path(url: str) -> str:
    return unquote(urlsplit(url).path)
