"""Reading one HTTP answer: its errors as sentences, its body decoded under a limit, its ranges."""

import re
import time
import zlib
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx

from corpus.engines.failures import FetchFailed, Gone, HttpError, TooLarge, Unreachable

_CHUNK = 1 << 16
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


def body(answer: httpx.Response, *, limit: int, deadline: float) -> Iterator[bytes]:
    """The decoded body in pieces; raises TooLarge past `limit` bytes, Unreachable past `deadline`.

    `deadline` is on time.monotonic(). Packed bodies are unpacked piece by piece, so that a small answer
    cannot become a large one in memory.
    """
    claimed = content_length(answer)
    if claimed is not None and claimed > limit:
        raise _too_large(answer, limit)
    n_bytes = 0
    for piece in _decoded(answer):
        n_bytes += len(piece)
        if n_bytes > limit:
            raise _too_large(answer, limit)
        if time.monotonic() > deadline:
            raise Unreachable(
                f"{answer.request.url.host} sends too slowly. It is tried again later."
            )
        yield piece


def is_packed(answer: httpx.Response) -> bool:
    """Whether the bytes on the wire are not the bytes of the file."""
    return answer.headers.get("content-encoding", "").strip().lower() not in ("", "identity")


def content_length(answer: httpx.Response) -> int | None:
    """Content-Length, where it is a number."""
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
    """What If-Range may carry: a strong ETag, else the date of the last change."""
    etag = str(answer.headers.get("etag", ""))
    if etag and not etag.startswith("W/"):
        return etag
    changed = str(answer.headers.get("last-modified", ""))
    return changed or None


def _decoded(answer: httpx.Response) -> Iterator[bytes]:
    if not is_packed(answer):
        yield from answer.iter_raw()  # as it arrives: what is buffered is lost when it breaks off
        return
    encoding = answer.headers["content-encoding"].strip().lower()
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise FetchFailed(f"The host packs its answer as {encoding!r}, which we did not ask for.")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, as its first bytes say
    try:
        for packed in answer.iter_raw():
            rest = packed
            while rest and not unpacker.eof:
                yield unpacker.decompress(rest, _CHUNK)
                rest = unpacker.unconsumed_tail
        yield unpacker.flush()
    except zlib.error as error:
        raise Unreachable("The packed answer is damaged. It is tried again later.") from error
    if not unpacker.eof:
        raise Unreachable("The packed answer breaks off before its end. It is tried again later.")


def _too_large(answer: httpx.Response, limit: int) -> TooLarge:
    return TooLarge(
        f"{answer.request.url} holds more than the {limit:,} bytes allowed. Raise the limit in the settings "
        "if it is right that it is so large."
    )


def _retry_after(answer: httpx.Response) -> float | None:
    """Retry-After in seconds from now, whether written as seconds or as a date."""
    text = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None
