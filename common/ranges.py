"""Answer with a file, or the part of it that was asked for (RFC 9110, sections 13 and 14)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Protocol

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from common.files import CHUNK, Missing, digest_of

FOR_EVER = "private, max-age=31536000, immutable"  # content is named by its hash
CHECKED = "private, no-cache"  # kept, and asked for again by its ETag
_ONE_RANGE = re.compile(r"bytes=[ \t]*(\d*)-(\d*)[ \t]*", re.IGNORECASE)


class Store(Protocol):
    """Where files lie: FolderStore, BucketStore, or a release folder."""

    def open(self, key: str) -> IO[bytes]: ...

    def size(self, key: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes first … last, both included, as HTTP counts them."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class Unsatisfiable(Exception):
    """The range asked for lies behind the end of the file."""


def ranged(
    request: HttpRequest,
    store: Store,
    key: str,
    *,
    content_type: str,
    etag: str = "",
    download: str = "",
    cache: str = FOR_EVER,
) -> HttpResponse | StreamingHttpResponse:
    """200, 206, 304 or 416 with exact lengths; Http404 where the store has no such file.

    `etag` is the sha256 of the file, by default the one in its key; `download` names the file that
    a browser saves; `cache` is CHECKED where the address is not of one content alone.
    """
    try:
        size = store.size(key)
    except Missing as error:
        raise Http404(str(error)) from error
    tag = f'"{etag or digest_of(key)}"'
    response = _answer(request, store, key, size=size, tag=tag)
    response["ETag"] = tag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = cache
    if response.status_code in (200, 206):
        response["Content-Type"] = content_type
    if download and (
        disposition := content_disposition_header(as_attachment=True, filename=download)
    ):
        response["Content-Disposition"] = disposition
    return response


def _answer(
    request: HttpRequest, store: Store, key: str, *, size: int, tag: str
) -> HttpResponse | StreamingHttpResponse:
    if _is_known(request, tag):
        return HttpResponse(status=304)
    try:
        span = _asked(request, size, tag)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    whole = Span(0, size - 1)
    if request.method == "HEAD":
        return HttpResponse(headers={"Content-Length": str(size)})
    shown = span or whole
    response = StreamingHttpResponse(_chunks(store, key, shown), status=206 if span else 200)
    response["Content-Length"] = str(shown.length)
    if span:
        response["Content-Range"] = f"bytes {span.first}-{span.last}/{size}"
    return response


def _is_known(request: HttpRequest, tag: str) -> bool:
    known = {
        one.strip().removeprefix("W/")
        for one in request.headers.get("If-None-Match", "").split(",")
    }
    return bool(known & {tag, "*"})


def _asked(request: HttpRequest, size: int, tag: str) -> Span | None:
    """The one range that was asked for; None where the whole file is the right answer.

    Several ranges, malformed ones and those of an outdated copy may be answered in full.
    """
    match = _ONE_RANGE.fullmatch(request.headers.get("Range", ""))
    if request.method != "GET" or match is None or match[0] == "bytes=-":
        return None
    if request.headers.get("If-Range", tag) != tag:
        return None
    first, last = match[1], match[2]
    if not first:
        return _suffix(int(last or 0), size) if last else None
    if last and int(last) < int(first):
        return None  # not a valid range at all, so not one to refuse
    if int(first) >= size:
        raise Unsatisfiable
    return Span(int(first), min(int(last or size), size - 1))


def _suffix(length: int, size: int) -> Span:
    """The last `length` bytes."""
    if not length or not size:
        raise Unsatisfiable
    return Span(max(size - length, 0), size - 1)


def _chunks(store: Store, key: str, span: Span) -> Iterator[bytes]:
    """The bytes of the span; the file is opened with the first of them and closed with the last."""
    left = span.length
    if left <= 0:
        return
    with store.open(key) as file:
        file.seek(span.first)
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
