"""Fetches feeds and episodes over HTTP: public addresses only, size-limited, resumable.

Resuming follows RFC 9110 §13.1.5 and §14: `Range` with `If-Range`, and nothing is appended unless the host
confirms that it continues the same file.
"""

import hashlib
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from corpus.engines import answers
from corpus.engines.addresses import Guard
from corpus.engines.base import Progress
from corpus.engines.failures import (
    Busy,
    FetchFailed,
    Gone,
    HttpError,
    Refused,
    StorageFull,
    TooLarge,
    Unreachable,
)  # fmt: skip
from corpus.engines.partial import Memory, Part, telling_when_full
from corpus.engines.web import Web

__all__ = [
    "Busy", "Downloaded", "FetchFailed", "Fetched", "Gone", "HttpError", "HttpFetcher", "Refused", "StorageFull",
    "TooLarge", "Unreachable",
]  # fmt: skip

FEED_BYTES = 20 * 2**20
EPISODE_BYTES = 2 * 2**30


@dataclass(frozen=True, slots=True)
class Fetched:
    """A small answer in memory; the body is empty for 304."""

    body: bytes
    url_chain: tuple[str, ...]  # as asked, then redirects
    status: int
    etag: str | None
    last_modified: str | None
    content_type: str | None
    headers: Mapping[str, str]  # names in lower case


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that lies at its goal."""

    sha256: str
    n_bytes: int
    url_chain: tuple[str, ...]
    content_type: str | None
    etag: str | None


@dataclass(frozen=True, slots=True)
class _Stream:
    """An answer on its way into a part."""

    answer: httpx.Response
    chain: tuple[str, ...]
    part: Part
    progress: Progress | None

    def tell(self, n_bytes: int, total: int | None) -> None:
        """Report the share that has arrived, where the whole is known."""
        if self.progress and total:
            self.progress(min(1.0, n_bytes / total))


class HttpFetcher:
    """Fetches from the public web; safe to share between threads."""

    version = "1"

    def __init__(
        self,
        *,
        user_agent: str,
        allow_private: bool = False,
        max_bytes: int = EPISODE_BYTES,
        timeout: float = 30.0,
        max_seconds: float = 3600.0,
        max_redirects: int = 10,
        ports: frozenset[int] | None = frozenset({80, 443}),
        guard: Guard | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`timeout` limits each wait, `max_seconds` a whole body; `guard` replaces the address rules."""
        self._web = Web(
            guard=guard or Guard(allow_private=allow_private, ports=ports),
            user_agent=user_agent,
            timeout=timeout,
            max_redirects=max_redirects,
            trust=trust or httpx.create_ssl_context(trust_env=False),
        )
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds

    def fetch(
        self,
        url: str,
        *,
        max_bytes: int = FEED_BYTES,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> Fetched:
        """A feed or another small document; with validators of last time, status 304 means unchanged.

        Raises a FetchFailed whose message says what to do.
        """
        asked = {
            "If-None-Match": etag,
            "If-Modified-Since": last_modified,
            "Accept-Encoding": "gzip",
        }
        with self._web.get(url, {name: value for name, value in asked.items() if value}) as (
            answer,
            chain,
        ):
            if answer.status_code != 304 or not (etag or last_modified):
                answers.check(answer)
            body = b"".join(answers.body(answer, limit=max_bytes, deadline=self._deadline()))
            return Fetched(
                body=body,
                url_chain=chain,
                status=answer.status_code,
                etag=answer.headers.get("etag"),
                last_modified=answer.headers.get("last-modified"),
                content_type=answer.headers.get("content-type"),
                headers={name.lower(): value for name, value in answer.headers.items()},
            )

    def download(self, url: str, to: Path, *, on_progress: Progress | None = None) -> Downloaded:
        """The file at `url`, written to `to` once complete; what breaks off is continued by the next call.

        `on_progress` gets shares of 1 where the host tells the size. Raises a FetchFailed, as above; Busy
        where another worker writes the same file.
        """
        with telling_when_full(to.parent):
            part = Part.beside(to)
            with part.held():
                return self._finished(url, part, on_progress)

    def _finished(self, url: str, part: Part, progress: Progress | None) -> Downloaded:
        try:
            memory = part.recall(url)
            done = memory and self._continued(url, part, memory, progress)
            return done or self._from_start(url, part, progress)
        except TooLarge:
            part.discard()
            raise

    def _continued(
        self, url: str, part: Part, memory: Memory, progress: Progress | None
    ) -> Downloaded | None:
        """The rest of a part, or None where it must start again."""
        have = part.size()
        headers = {
            "Range": f"bytes={have}-",
            "If-Range": memory.validator,
            "Accept-Encoding": "identity",
        }
        with self._web.get(url, headers) as (answer, chain):
            if answer.status_code == 416:
                return _already(answer, chain, part, memory)
            answers.check(answer)
            if answer.status_code == 200:
                return self._whole(_Stream(answer, chain, part, progress), url)
            if answers.content_range(answer) != (have, memory.total) or not _is_same(
                answer, memory
            ):
                return None
            return self._save(_Stream(answer, chain, part, progress), memory, have=have)

    def _from_start(self, url: str, part: Part, progress: Progress | None) -> Downloaded:
        part.discard()
        with self._web.get(url, {"Accept-Encoding": "identity"}) as (answer, chain):
            answers.check(answer)
            if answer.status_code == 206:
                raise FetchFailed("The host sent a piece of the file when asked for all of it.")
            return self._whole(_Stream(answer, chain, part, progress), url)

    def _whole(self, stream: _Stream, url: str) -> Downloaded:
        """A complete answer, from its first byte; without a validator and a size it is never continued."""
        answer = stream.answer
        packed = answers.is_packed(answer)
        memory = Memory(
            url=url,
            validator=answers.strong_validator(answer) or "",
            etag=answer.headers.get("etag"),
            total=None if packed else answers.content_length(answer),
            content_type=answer.headers.get("content-type"),
        )
        stream.part.discard()
        stream.part.remember(memory if memory.validator and memory.total else None)
        return self._save(stream, memory, have=0)

    def _save(self, stream: _Stream, memory: Memory, *, have: int) -> Downloaded:
        """Write the answer behind the first `have` bytes, check its length, and put it in place."""
        running = stream.part.digest() if have else hashlib.sha256()
        n_bytes = have
        limit = self._max_bytes - have
        with stream.part.path.open("ab" if have else "wb") as out:
            for piece in answers.body(stream.answer, limit=limit, deadline=self._deadline()):
                out.write(piece)
                running.update(piece)
                n_bytes += len(piece)
                stream.tell(n_bytes, memory.total)
        _check_size(stream, n_bytes, memory.total)
        stream.part.finish()
        return Downloaded(
            running.hexdigest(), n_bytes, stream.chain, memory.content_type, memory.etag
        )

    def _deadline(self) -> float:
        return time.monotonic() + self._max_seconds


def _check_size(stream: _Stream, n_bytes: int, total: int | None) -> None:
    if n_bytes and total in (None, n_bytes):
        return
    if total is None or n_bytes > total:
        stream.part.discard()
    of_all = f" of {total:,}" if total else ""
    raise Unreachable(
        f"{stream.answer.request.url.host} sent {n_bytes:,} bytes{of_all}. It is tried again later."
    )


def _already(
    answer: httpx.Response, chain: tuple[str, ...], part: Part, memory: Memory
) -> Downloaded | None:
    """The part, if the host agrees that nothing is missing."""
    have = part.size()
    said = answers.content_range(answer)[1]
    if memory.total != have or said not in (None, have) or not _is_same(answer, memory):
        return None
    sha256 = part.digest().hexdigest()
    part.finish()
    return Downloaded(sha256, have, chain, memory.content_type, memory.etag)


def _is_same(answer: httpx.Response, memory: Memory) -> bool:
    """Whether an ETag, if the host repeats it, is still that of the part."""
    etag = answer.headers.get("etag")
    return etag is None or memory.etag is None or etag == memory.etag
