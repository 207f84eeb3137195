"""Reading one HTTP answer: its errors as sentences, its body decoded under a limit, its ranges."""

import re
import time
import zlib
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx

from corpus.engines.deadlines import Deadline, too_slow
from corpus.engines.failures import FetchFailed, Gone, HttpError, TooLarge, Unreachable

_CHUNK = 1 << 16
_LONGEST_WAIT = 86_400.0  # seconds; who asks for more is asked again after a day
_CLEARLY_LATER = 60.0  # seconds between a change and an answer, past any doubt about clocks
_ETAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')
_MAGIC = b"\x1f"  # of gzip, its first byte
_EXPLAINED = {
    401: "It asks for a password; use a public address.",
    402: "It asks for payment; use a public address.",
    403: "It refuses us. Open the address in a browser, and ask the makers if it works there.",
    404: "Nothing is at this address (any more). Check it, or look whether the podcast has moved.",
    410: "It was taken down on purpose and will not be asked again.",
    429: "We asked too often; it is tried again later.",
}


def check(answer: httpx.Response) -> None:
    """Nothing for a success; raises Gone or HttpError with a sentence for the rest."""
    status = answer.status_code
    if status in (200, 206):
        return
    advice = _EXPLAINED.get(status)
    if advice is None:
        advice = (
            "The host has a problem; it is tried again later."
            if status >= 500
            else "Check the address."
        )
    kind = Gone if status == 410 else HttpError
    message = f"{answer.request.url.host} answered {status} {answer.reason_phrase}".strip()
    raise kind(f"{message}. {advice}", status=status, retry_after=_retry_after(answer))


def body(answer: httpx.Response, *, limit: int, deadline: Deadline) -> Iterator[bytes]:
    """The decoded body in pieces; raises TooLarge past `limit` bytes, Unreachable past the deadline.

    Packed bodies are unpacked piece by piece, so that a small answer cannot become a large one in memory;
    what arrives packed counts as well, since it may unpack to nothing.
    """
    claimed = content_length(answer)
    if claimed is not None and claimed > limit:
        raise _too_large(answer, limit)
    n_bytes = 0
    for piece in _decoded(answer):
        n_bytes += len(piece)
        if max(n_bytes, answer.num_bytes_downloaded) > limit:
            raise _too_large(answer, limit)
        if deadline.has_come():
            break
        yield piece
    if deadline.has_come():
        raise too_slow(answer.request.url.host)


def is_packed(answer: httpx.Response) -> bool:
    """Whether the bytes on the wire are not the bytes of the file."""
    return answer.headers.get("content-encoding", "").strip().lower() not in ("", "identity")


def content_length(answer: httpx.Response) -> int | None:
    """Content-Length, where it is a number that counts: RFC 9112 §6.3."""
    if "transfer-encoding" in answer.headers:
        return None
    text = answer.headers.get("content-length", "").strip()
    return int(text) if re.fullmatch(r"\d{1,18}", text) else None


def content_range(answer: httpx.Response) -> tuple[int | None, int | None]:
    """(start, total) of Content-Range: `bytes 5-9/10` → (5, 10), `bytes */10` → (None, 10)."""
    text = answer.headers.get("content-range", "").strip()
    match = re.fullmatch(r"bytes\s+(?:(\d{1,18})-\d{1,18}|\*)/(\d{1,18}|\*)", text, re.I)
    if match is None:
        return None, None
    start, total = match.groups()
    return None if start is None else int(start), None if total == "*" else int(total)


def strong_validator(answer: httpx.Response) -> str | None:
    """What If-Range may carry: a strong ETag, else a date that is one; RFC 9110 §13.1.5 and §8.8.2.2.

    A date is strong where no ETag is there, and the answer was made clearly later than the last change:
    within one second, a file may change twice.
    """
    etag = str(answer.headers.get("etag", ""))
    if etag:
        return etag if _ETAG.fullmatch(etag) else None
    changed = str(answer.headers.get("last-modified", ""))
    then, now = _moment(changed), _moment(str(answer.headers.get("date", "")))
    is_strong = then is not None and now is not None and now - then >= _CLEARLY_LATER
    return changed if is_strong else None


def _decoded(answer: httpx.Response) -> Iterator[bytes]:
    if not is_packed(answer):
        yield from answer.iter_raw()  # as it arrives: what is buffered is lost when it breaks off
        return
    encoding = answer.headers["content-encoding"].strip().lower()
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise FetchFailed(f"The host packs its answer as {encoding!r}, which we did not ask for.")
    try:
        yield from _unpacked(answer.iter_raw())
    except zlib.error as error:
        raise Unreachable("The packed answer is damaged. It is tried again later.") from error


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """gzip (of several members too) or zlib, as its first bytes say; at most _CHUNK bytes at a time."""
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    for piece in pieces:
        rest = piece
        while rest:
            if unpacker.eof:
                if rest[:1] != _MAGIC:  # padding behind the end
                    break
                unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
            yield unpacker.decompress(rest, _CHUNK)
            rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    yield unpacker.flush()
    if not unpacker.eof:
        raise Unreachable("The packed answer breaks off before its end. It is tried again later.")


def _too_large(answer: httpx.Response, limit: int) -> TooLarge:
    return TooLarge(
        f"{answer.request.url} holds more than the {limit:,} bytes allowed. Raise the limit in the settings "
        "if it is right that it is so large."
    )


def _retry_after(answer: httpx.Response) -> float | None:
    """Retry-After in seconds from now, whether written as seconds or as a date; a day at most."""
    text = str(answer.headers.get("retry-after", "")).strip()
    if re.fullmatch(r"\d+", text, re.ASCII):
        return float(min(int(text[:10]), _LONGEST_WAIT))
    moment = _moment(text)
    return None if moment is None else min(max(0.0, moment - time.time()), _LONGEST_WAIT)


def _moment(text: str) -> float | None:
    """An HTTP date in seconds since 1970."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
