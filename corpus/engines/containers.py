"""What a file is by its content, never by its name: the door through which foreign files enter."""

import codecs
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from corpus.engines.base import NotAudio

# Demuxers that read one local file. Playlists (hls, concat, dash, sdp) could open other files.
_FORMATS = (
    "mp3,mov,mp4,m4a,aac,ogg,flac,wav,w64,aiff,caf,matroska,webm,mpegts,asf,amr,ac3,wv,ape,au"
)
_STILL = frozenset({"mjpeg", "png", "bmp", "gif", "webp", "tiff", "jpeg2000", "jpegxl"})  # covers
_ENCRYPTED = frozenset({"drms", "enca", "aavd", "aaxc", "adrm", "p608"})
_KINDS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML document, perhaps a feed"),
    (b"<rss", "a feed"),
    (b"#extm3u", "a playlist"),
)
_HEAD = 4096


@contextlib.contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The container at a path, or NotAudio that says what is there instead."""
    _refuse_impostors(path)
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
    try:
        container = av.open(f"file:{path.resolve()}", options=options, metadata_errors="replace")
    except (av.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NotAudio(
            f"not a complete audio file that FFmpeg knows ({reason}): open it in a player, fetch it again"
        ) from error
    with container:
        yield container


def audio_stream(container: InputContainer) -> AudioStream:
    """The first audio stream, or NotAudio where there is none, it is encrypted, or this is a video."""
    if not container.streams.audio:
        kinds = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise NotAudio(f"no audio stream, only {kinds}: look for the audio version of the episode")
    if film := next(filter(None, map(_moves, container.streams.video)), ""):
        raise NotAudio(f"a video ({film}): look for the audio version of the episode")
    stream = container.streams.audio[0]
    context = getattr(stream, "codec_context", None)
    if context is None:
        raise NotAudio("its audio codec is unknown or encrypted (DRM): ask for an open format")
    if context.codec_tag in _ENCRYPTED:
        raise NotAudio(f"encrypted (DRM, {context.codec_tag}): ask the publisher for an open file")
    return stream


def claimed_seconds(container: InputContainer, path: Path) -> float | None:
    """How long the container says it is; None where FFmpeg could only guess from the bit rate."""
    guessed = container.format.name == "aac" or (
        container.format.name == "mp3" and not _counts_frames(path)
    )
    if guessed or not container.duration:
        return None
    return float(container.duration / av.time_base) * _announced(path)


def _announced(path: Path) -> float:
    """How many times its own size a RIFF or AIFF file says it has: FFmpeg believes the shorter one."""
    with path.open("rb") as file:
        head = file.read(8)
    order: Literal["little", "big"] = "big" if head[:4] == b"FORM" else "little"
    announced = int.from_bytes(head[4:8], order) + 8
    is_known = head[:4] in (b"RIFF", b"FORM") and 8 < announced < 2**32  # a stream does not know
    return max(1.0, announced / path.stat().st_size) if is_known else 1.0


def _moves(stream: VideoStream) -> str:
    """Codec and size of a video; empty for covers and chapter images, which come as streams too."""
    context = getattr(stream, "codec_context", None)
    is_picture = stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails)
    if context is None or is_picture or context.codec.canonical_name in _STILL:
        return ""
    return f"{context.codec.canonical_name}, {context.width} × {context.height}"


def _refuse_impostors(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise NotAudio("an empty file: fetch it again")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for magic, kind in _KINDS:
        if start.startswith(magic.lower()):
            raise NotAudio(f"{kind}, not audio: check the enclosure's address")
    if _is_text(head):
        raise NotAudio("a text file, not audio: check the enclosure's address")


def _is_text(head: bytes) -> bool:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # may end inside a character
    except UnicodeDecodeError:
        return False
    return all(letter >= " " or letter in "\t\n\r\f\x1b" for letter in text)


def _counts_frames(path: Path) -> bool:
    """Whether an MP3 starts with a Xing, Info or VBRI header, behind its ID3 tag."""
    with path.open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3":
            size = int.from_bytes(head[6:])  # four bytes of seven bits
            file.seek(10 + sum((size >> 8 * i & 0x7F) << 7 * i for i in range(4)))
        head += file.read(_HEAD)
    return any(name in head for name in (b"Xing", b"Info", b"VBRI"))
