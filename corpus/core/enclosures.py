"""Which of the files that an item offers is the episode, and what to call it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit, urlunsplit

_AUDIO = {"mp3", "m4a", "m4b", "aac", "ogg", "oga", "opus", "flac", "wav", "wma", "aif", "aiff", "amr", "mka"}  # fmt: skip
_VIDEO = {"mp4", "m4v", "mov", "webm", "mkv", "avi", "ogv"}
_NEVER = {"jpg", "jpeg", "png", "gif", "webp", "svg", "pdf", "epub", "htm", "html", "txt", "vtt", "srt",
          "json", "zip", "torrent", "doc", "docx", "m3u", "m3u8", "pls", "mpd", "xspf"}  # fmt: skip
_LISTS = (
    "mpegurl",
    "scpls",
    "bittorrent",
    "pdf",
    "dash+xml",
    "xspf",
)  # types that name files, or pages
_RANKS = {"audio": 0, "unknown": 1, "video": 2}
# Counting services that put themselves before the real address; the rest of the path is that address.
_TRACKERS = re.compile(
    r"^https?://(?:(?:www\.|dts\.)?podtrac\.com/(?:pts/)?redirect\.\w+/|chtbl\.com/track/[^/]+/|pdst\.fm/e/"
    r"|op3\.dev/e(?:,[^/]*)?/|mgln\.ai/e/\d+/|pfx\.vpixl\.com/[^/]+/|media\.blubrry\.com/[^/]+/"
    r"|verifi\.podscribe\.com/rss/p/|prfx\.byspotify\.com/e/|(?:www\.)?podtrac\.com/pts/)",
    re.I,
)


_MOST_TRACKERS = 20  # before one address
_LOW = 64_000  # bits per second: a version below it is made for thin lines


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that an item offers, its address resolved as far as the feed allows."""

    url: str
    type: str | None = None
    n_bytes: int | None = None  # as the feed claims it; hosts are often wrong
    bitrate: float | None = None  # bits per second, as claimed
    integrity: str | None = None  # subresource integrity of the bytes
    is_default: bool = False  # the same recording as the item's own enclosure


def best(offered: Sequence[Enclosure]) -> Enclosure | None:
    """The first audio, else a file of unknown kind, else video; None where nothing can hold speech."""
    fit = [enclosure for enclosure in offered if kind(enclosure) in _RANKS]
    return min(fit, key=lambda enclosure: _RANKS[kind(enclosure)], default=None)


def better(
    own: Enclosure | None, alternates: Sequence[Enclosure], *, seconds: float | None
) -> Enclosure | None:
    """The alternate with the best bitrate if it beats the item's own file, else that file; never a video."""
    audio = [other for other in alternates if kind(other) == "audio"]
    rate = partial(_rate, seconds=seconds)
    top = max(audio, key=lambda other: (rate(other) or 0, other.is_default), default=None)
    if own is None or top is None:
        return top or own
    same = next((other for other in audio if other.url == own.url), None)
    if same:
        own = replace(own, integrity=same.integrity, bitrate=same.bitrate)
    if kind(own) == "video":
        return top
    known = rate(own) or next(filter(None, (rate(o) for o in audio if o.is_default)), None)
    return top if (rate(top) or 0) > (known or _least(own, top)) else own


def _rate(file: Enclosure, *, seconds: float | None) -> float | None:
    """Bits per second as stated, else as size and duration give them."""
    if file.bitrate or not (file.n_bytes and seconds):
        return file.bitrate
    return file.n_bytes * 8 / seconds


def _least(own: Enclosure, other: Enclosure) -> float:
    """What an alternate must have to beat a file of unknown rate: the longer file is the better one."""
    if own.n_bytes and other.n_bytes and other.bitrate:
        return other.bitrate * own.n_bytes / other.n_bytes
    return _LOW


def kind(enclosure: Enclosure) -> str:
    """`audio`, `video`, `unknown` or `other`; an audio ending outweighs a wrong type."""
    declared = (enclosure.type or "").strip().casefold()
    ending = PurePosixPath(_path(enclosure.url)).suffix[1:].casefold()
    family = declared.partition("/")[0]
    if ending == "torrent" or any(name in declared for name in _LISTS):
        return "other"
    if family in ("audio", "video"):
        return family
    if ending in _AUDIO or declared == "application/ogg":
        return "audio"
    if ending in _VIDEO:
        return "video"
    return "other" if ending in _NEVER or family in ("image", "text") else "unknown"


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
    for _ in range(_MOST_TRACKERS):
        if not (stripped := _TRACKERS.match(url)):
            break
        rest = url[stripped.end() :]
        url = rest if re.match(r"https?://", rest, re.I) else f"https://{rest}"
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:  # what stands behind a counting service may be no address at all
        return url
    query = urlencode([pair for pair in pairs if not pair[0].startswith("utm_")])
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path, query, ""))


def name(url: str) -> str:
    """The file name without its ending, or the host: a title where nobody gave one."""
    try:
        return PurePosixPath(_path(url)).stem or urlsplit(url).hostname or "untitled"
    except ValueError:
        return "untitled"


def _path(url: str) -> str:
    return unquote(urlsplit(url).path)
