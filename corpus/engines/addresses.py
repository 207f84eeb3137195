"""Which addresses we connect to: public ones only, checked on the very address that is then used.

A name is resolved once, every answer is checked, and the connection goes to a checked answer, so that a
name that changes its mind between check and use (DNS rebinding) gains nothing.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

from corpus.engines.failures import Refused, Unreachable

Resolve = Callable[[str, int], Sequence[str]]

# Ranges that is_global of Python 3.11 calls global although they are not, or that embed private addresses.
_DENIED = [
    ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b::/96", "64:ff9b:1::/48",
                    "2002::/16", "2001::/32", "fec0::/10", "::/96")
]  # fmt: skip
_TRIES = 4  # addresses of one name


def is_public(text: str) -> bool:
    """Whether a numeric address belongs to the public internet; False for what is no address."""
    try:
        ip = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return ip.is_global and not (ip.is_multicast or ip.is_reserved) and not _is_in(ip, _DENIED)


def resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a name, as the system resolves it."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


@dataclass(frozen=True, slots=True)
class Guard:
    """Says where a request may go."""

    allow_private: bool = False  # loopback and local networks, on any port: for tests and demos
    ports: frozenset[int] | None = frozenset({80, 443})  # None: any
    admitted: tuple[
        IPv4Network | IPv6Network, ...
    ] = ()  # networks of our own that feeds may live in
    resolve: Resolve = field(default=resolve)

    def vetted(self, url: httpx.URL) -> Sequence[str]:
        """The addresses to connect to, all checked; raises Refused or Unreachable."""
        self._check_form(url)
        host, port = url.raw_host.decode("ascii").strip("[]"), _port(url)
        try:
            answers = self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise Unreachable(
                f"The name {host} cannot be found. Check the address for typing errors, or try again later."
            ) from error
        if not answers:
            raise Unreachable(f"The name {host} has no address. Try again later.")
        for answer in answers:
            if not self._admits(answer):
                raise Refused(
                    f"{host} leads to {answer}, which is not on the public internet, so it is never asked. "
                    "Use a public address; for a trial with a server of your own, set ALLOW_PRIVATE_HOSTS=1."
                )
        return answers

    def _check_form(self, url: httpx.URL) -> None:
        if url.scheme not in ("http", "https"):
            raise Refused(
                f"Addresses must start with http:// or https://, and {str(url)!r} does not."
            )
        if url.userinfo:
            raise Refused("The address holds a user name or password. Use one without.")
        if not url.host:
            raise Refused(f"The address {str(url)!r} names no host.")
        if self.ports is not None and not self.allow_private and _port(url) not in self.ports:
            allowed = ", ".join(map(str, sorted(self.ports)))
            raise Refused(
                f"Port {_port(url)} of {url.host} is not asked; allowed are {allowed}. "
                "For a trial with a server of your own, set ALLOW_PRIVATE_HOSTS=1."
            )

    def _admits(self, answer: str) -> bool:
        if self.allow_private or is_public(answer):
            return True
        try:
            return _is_in(ip_address(answer), self.admitted)
        except ValueError:
            return False


class GuardedTransport(httpx.BaseTransport):
    """Connects to a vetted address, while Host, SNI and certificate keep the name that was asked for."""

    def __init__(self, guard: Guard, inner: httpx.BaseTransport) -> None:
        self._guard = guard
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The response of the first vetted address that can be reached."""
        failed: httpx.TransportError = httpx.ConnectError("no address", request=request)
        for address in self._guard.vetted(request.url)[:_TRIES]:
            try:
                return self._inner.handle_request(_aimed(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = error
        raise failed

    def close(self) -> None:
        """Close what is connected."""
        self._inner.close()


def _aimed(request: httpx.Request, address: str) -> httpx.Request:
    """The same request, its address replaced by a number; the Host header is already set."""
    name = request.url.raw_host.decode("ascii").rstrip(".")
    is_number = request.url.host == address
    extensions = request.extensions if is_number else {**request.extensions, "sni_hostname": name}
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions=extensions,
    )


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _is_in(ip: IPv4Address | IPv6Address, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return any(ip in network for network in networks)
