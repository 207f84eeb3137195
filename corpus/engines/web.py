"""One GET through any number of redirects, every hop checked, every failure a sentence."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx

from corpus.engines.addresses import Guard, GuardedTransport
from corpus.engines.failures import Refused, Unreachable

_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)


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

    @contextmanager
    def get(
        self, url: str, headers: Mapping[str, str]
    ) -> Iterator[tuple[httpx.Response, tuple[str, ...]]]:
        """The last answer of a chain of redirects, every hop checked; failures as sentences."""
        with self._explained(url), self._client() as client:
            request, chain = client.build_request("GET", url.strip(), headers=headers), []
            while True:
                chain.append(str(request.url))
                answer = client.send(request, stream=True)
                try:
                    if not answer.next_request:
                        yield answer, tuple(chain)
                        return
                finally:
                    answer.close()
                if len(chain) > self._max_redirects:
                    raise Refused(
                        f"{url} redirects more than {self._max_redirects} times, probably in a circle. "
                        "Open it in a browser, and use the address where it ends."
                    )
                request = answer.next_request

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
    def _explained(self, url: str) -> Iterator[None]:
        """httpx's exceptions as ours."""
        try:
            yield
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise Refused(f"{url!r} is not an address of the web: {error}.") from error
        except httpx.TimeoutException as error:
            raise Unreachable(
                f"{url} did not answer within {self._timeout:g} s. It is tried again later."
            ) from error
        except httpx.ConnectError as error:
            raise Unreachable(
                f"{url} cannot be reached ({error}). Check the address; it is tried again later."
            ) from error
        except httpx.TransportError as error:
            raise Unreachable(
                f"The connection to {url} broke off ({error}). It is tried again later."
            ) from error
