"""One GET through any number of redirects, every hop checked, every failure a sentence."""

import copy
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import httpx

from corpus.engines.addresses import Guard, GuardedTransport, place_of
from corpus.engines.deadlines import Deadline, too_slow
from corpus.engines.failures import Refused, Unreachable
from corpus.engines.hosts import EveryHost, Hosts

_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)


@dataclass(frozen=True, slots=True)
class Visit:
    """The last answer of a chain of redirects, and how it came about."""

    answer: httpx.Response
    urls: tuple[str, ...]  # as asked, then redirects
    statuses: tuple[int, ...]  # what each answered
    deadline: Deadline  # of the body too


class Web:
    """The public web as one user agent sees it; safe to share between threads."""

    def __init__(
        self,
        *,
        guard: Guard,
        user_agent: str,
        timeout: float,
        max_redirects: int,
        trust: ssl.SSLContext,
    ) -> None:
        self._guard = guard
        self._user_agent = user_agent
        self._timeout = timeout
        self._max_redirects = max_redirects
        self._trust = trust
        self._hosts: Hosts = EveryHost()

    def among(self, hosts: Hosts) -> Self:
        """The same web, asking each host only when it is our turn."""
        polite = copy.copy(self)
        polite._hosts = hosts
        return polite

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str], *, seconds: float) -> Iterator[Visit]:
        """The last answer of a chain of redirects, every hop checked; failures as sentences.

        All of it, redirects and the body too, within so many seconds.
        """
        urls: list[str] = []
        statuses: list[int] = []
        with Deadline(time.monotonic() + seconds) as deadline, self._client() as client:
            request: httpx.Request | None = self._first(client, url, headers)
            while request is not None:
                if len(urls) > self._max_redirects:
                    raise Refused(
                        f"{url} redirects more than {self._max_redirects} times, probably in a circle. "
                        "Open it in a browser, and use the address where it ends."
                    )
                urls.append(str(request.url))
                with self._answered(client, request, deadline) as answer:
                    statuses.append(answer.status_code)
                    request = answer.next_request
                    if request is None:
                        yield Visit(answer, tuple(urls), tuple(statuses), deadline)

    @contextmanager
    def _answered(
        self, client: httpx.Client, request: httpx.Request, deadline: Deadline
    ) -> Iterator[httpx.Response]:
        """One hop, from its turn until the answer has been read."""
        self._guard.check(request.url)
        request.extensions = {**request.extensions, "trace": deadline.trace}
        answer: httpx.Response | None = None
        with self._hosts.turn(place_of(request.url)):
            try:
                with deadline.wires(), self._explained(str(request.url), deadline):
                    answer = client.send(request, stream=True)
                    yield answer
            except Unreachable as error:
                error.arrived = 0 if answer is None else answer.num_bytes_downloaded
                raise
            finally:
                if answer is not None:
                    answer.close()

    def _first(self, client: httpx.Client, url: str, headers: Mapping[str, str]) -> httpx.Request:
        try:
            return client.build_request("GET", url.strip(), headers=headers)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise Refused(f"{url!r} is not an address of the web: {error}.") from error

    def _client(self) -> httpx.Client:
        # One client per call and no kept connections: no cookie outlives a call, and no connection that was
        # opened for one name is used for another name on the same address.
        inner = httpx.HTTPTransport(
            verify=self._trust, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )
        return httpx.Client(
            transport=GuardedTransport(self._guard, inner),
            trust_env=False,
            follow_redirects=False,
            timeout=self._timeout,
            headers={"User-Agent": self._user_agent, "Accept": _ACCEPT},
        )

    @contextmanager
    def _explained(self, url: str, deadline: Deadline) -> Iterator[None]:
        """httpx's exceptions as ours."""
        try:
            yield
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise Refused(f"{url!r} is not an address of the web: {error}.") from error
        except httpx.TransportError as error:
            if deadline.has_come():
                raise too_slow(httpx.URL(url).host) from error
            raise Unreachable(self._sentence(url, error)) from error

    def _sentence(self, url: str, error: httpx.TransportError) -> str:
        if isinstance(error, httpx.TimeoutException):
            return f"{url} did not answer within {self._timeout:g} s. It is tried again later."
        if isinstance(error, httpx.ConnectError):
            return f"{url} cannot be reached ({error}). Check the address; it is tried again later."
        return f"The connection to {url} broke off ({error}). It is tried again later."
