"""Fetches feeds and episodes over HTTP: public addresses only, size-limited, resumable.

Resuming follows RFC 9110 §13.1.5 and §14: `Range` with `If-Range`, and nothing is appended unless the host
confirms that it continues the same file.
"""

import copy
import hashlib
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import httpx

from corpus.engines import answers
from corpus.engines.addresses import Guard, places
from corpus.engines.base import Progress
from corpus.engines.failures import (
    Busy,
    FetchFailed,
    Gone,
    HttpError,
    OtherContent,
    Refused,
    StorageFull,
    TooLarge,
    Unreachable,
)  # fmt: skip
from corpus.engines.hosts import Hosts
from corpus.engines.integrity import Promise
from corpus.engines.partial import Memory, Part, telling_when_full
from corpus.engines.web import Visit, Web

__all__ = [
    "Busy", "Downloaded", "FetchFailed", "Fetched", "Gone", "HttpError", "HttpFetcher", "OtherContent", "Refused",
    "StorageFull", "TooLarge", "Unreachable",
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
    statuses: tuple[int, ...] = ()  # what each address of the chain answered


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that lies at its goal."""

    sha256: str
    n_bytes: int
    url_chain: tuple[str, ...]
    content_type: str | None
    etag: str | None
    verified: str = ""  # the algorithm by which it is what was promised
    notes: tuple[str, ...] = ()  # what of the promise was not understood


@dataclass(frozen=True, slots=True)
class _Goal:
    """What is downloaded, and where to."""

    url: str
    part: Part
    promise: Promise
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
        allow_private: Sequence[str] = (),
        max_bytes: int = EPISODE_BYTES,
        timeout: float = 30.0,
        max_seconds: float = 3600.0,
        max_feed_seconds: float = 120.0,
        max_redirects: int = 10,
        ports: frozenset[int] | None = frozenset({80, 443}),
        guard: Guard | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`timeout` limits each wait, the seconds a whole call; `guard` replaces the address rules.

        `allow_private` names hosts of our own, with or without port, that need not be public.
        """
        self._web = Web(
            guard=guard or Guard(allow_private=places(allow_private), ports=ports),
            user_agent=user_agent,
            timeout=timeout,
            max_redirects=max_redirects,
            trust=trust or httpx.create_ssl_context(trust_env=False),
        )
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._max_feed_seconds = max_feed_seconds

    def among(self, hosts: Hosts) -> Self:
        """The same fetcher, asking each host only when it is our turn."""
        polite = copy.copy(self)
        polite._web = self._web.among(hosts)
        return polite

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
        headers = {name: value for name, value in asked.items() if value}
        with self._web.get(url, headers, seconds=self._max_feed_seconds) as visit:
            answer, body = visit.answer, b""
            if answer.status_code != 304 or not (etag or last_modified):
                _check_whole(answer)
                body = b"".join(answers.body(answer, limit=max_bytes, deadline=visit.deadline))
            return Fetched(
                body=body,
                url_chain=visit.urls,
                status=answer.status_code,
                etag=answer.headers.get("etag"),
                last_modified=answer.headers.get("last-modified"),
                content_type=answer.headers.get("content-type"),
                headers={name.lower(): value for name, value in answer.headers.items()},
                statuses=visit.statuses,
            )

    def download(
        self, url: str, to: Path, *, integrity: str = "", on_progress: Progress | None = None
    ) -> Downloaded:
        """The file at `url`, written to `to` once complete; what breaks off is continued by the next call.

        `integrity` is what it must hash to (SRI), or it is not kept: OtherContent. `on_progress` gets
        shares of 1 where the host tells the size. Raises a FetchFailed, as above; Busy where another
        worker writes the same file.
        """
        with telling_when_full(to.parent):
            part = Part.beside(to)
            with part.held():
                goal = _Goal(url, part, Promise.read(integrity), on_progress)
                return replace(
                    self._finished(goal),
                    verified=goal.promise.algorithm,
                    notes=goal.promise.notes,
                )

    def _finished(self, goal: _Goal) -> Downloaded:
        had = goal.part.size() if goal.part.recall(goal.url) else 0
        try:
            return self._continued(goal) or self._from_start(goal)
        except (TooLarge, OtherContent):
            goal.part.discard()
            raise
        except Unreachable as error:
            error.gained = goal.part.size() - had if goal.part.recall(goal.url) else 0
            raise

    def _continued(self, goal: _Goal) -> Downloaded | None:
        """The rest of a part, or None where it must start again."""
        memory = goal.part.recall(goal.url)
        if memory is None:
            return None
        have = goal.part.size()
        headers = {
            "Range": f"bytes={have}-",
            "If-Range": memory.validator,
            "Accept-Encoding": "identity",
        }
        with self._web.get(goal.url, headers, seconds=self._max_seconds) as visit:
            answer = visit.answer
            if answer.status_code != 416:
                answers.check(answer)
            if answer.status_code == 200:
                return self._whole(visit, goal)
            with suppress(OtherContent):  # of two files, perhaps: once more, from the start
                if answer.status_code == 416:
                    return _already(visit, goal, memory)
                if _continues(answer, memory, have=have):
                    return self._save(visit, goal, memory, have=have)
            return None

    def _from_start(self, goal: _Goal) -> Downloaded:
        goal.part.discard()
        headers = {"Accept-Encoding": "identity"}
        with self._web.get(goal.url, headers, seconds=self._max_seconds) as visit:
            _check_whole(visit.answer)
            return self._whole(visit, goal)

    def _whole(self, visit: Visit, goal: _Goal) -> Downloaded:
        """A complete answer, from its first byte; without a validator and a size it is never continued."""
        answer = visit.answer
        memory = Memory(
            url=goal.url,
            validator=answers.strong_validator(answer) or "",
            etag=answer.headers.get("etag"),
            last_modified=answer.headers.get("last-modified"),
            total=None if answers.is_packed(answer) else answers.content_length(answer),
            content_type=answer.headers.get("content-type"),
        )
        goal.part.discard()
        goal.part.remember(memory if memory.validator and memory.total else None)
        return self._save(visit, goal, memory, have=0)

    def _save(self, visit: Visit, goal: _Goal, memory: Memory, *, have: int) -> Downloaded:
        """Write the answer behind the first `have` bytes, check what it is, and put it in place."""
        running = goal.part.digest() if have else hashlib.sha256()
        n_bytes = have
        limit = self._max_bytes - have
        with goal.part.path.open("ab" if have else "wb") as out:
            for piece in answers.body(visit.answer, limit=limit, deadline=visit.deadline):
                out.write(piece)
                running.update(piece)
                n_bytes += len(piece)
                if goal.progress and memory.total:
                    goal.progress(min(1.0, n_bytes / memory.total))
        _check_size(visit, goal.part, n_bytes, memory.total)
        goal.promise.check(goal.part.path, goal.url)
        goal.part.finish()
        return Downloaded(
            running.hexdigest(), n_bytes, visit.urls, memory.content_type, memory.etag
        )


def _check_whole(answer: httpx.Response) -> None:
    answers.check(answer)
    if answer.status_code == 206:
        raise FetchFailed("The host sent a piece of the file when asked for all of it.")


def _check_size(visit: Visit, part: Part, n_bytes: int, total: int | None) -> None:
    if n_bytes and total in (None, n_bytes):
        return
    if total is None or n_bytes > total:
        part.discard()
    of_all = f" of {total:,}" if total else ""
    raise Unreachable(
        f"{visit.answer.request.url.host} sent {n_bytes:,} bytes{of_all}. It is tried again later."
    )


def _already(visit: Visit, goal: _Goal, memory: Memory) -> Downloaded | None:
    """The part, if the host agrees that nothing is missing."""
    have = goal.part.size()
    said = answers.content_range(visit.answer)[1]
    if memory.total != have or said not in (None, have) or not _is_same(visit.answer, memory):
        return None
    goal.promise.check(goal.part.path, goal.url)
    sha256 = goal.part.digest().hexdigest()
    goal.part.finish()
    return Downloaded(sha256, have, visit.urls, memory.content_type, memory.etag)


def _continues(answer: httpx.Response, memory: Memory, *, have: int) -> bool:
    """Whether a piece is the next one of the same file, as it lies there: RFC 9110 §15.3.7.

    A host that has an ETag must repeat it with the piece: without it, nobody knows of which file it is.
    """
    is_next = answers.content_range(answer) == (have, memory.total) and not answers.is_packed(
        answer
    )
    is_named = memory.etag is None or "etag" in answer.headers
    return is_next and is_named and _is_same(answer, memory)


def _is_same(answer: httpx.Response, memory: Memory) -> bool:
    """Whether what the host says again of the file is still what it said of the part."""
    etag, changed = answer.headers.get("etag"), answer.headers.get("last-modified")
    if etag is not None and memory.etag is not None:
        return bool(etag == memory.etag)
    return None in (changed, memory.last_modified) or changed == memory.last_modified
