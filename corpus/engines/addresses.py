"""Which addresses we connect to: public ones only, checked on the very address that is then used.

A name is resolved once, every answer is checked, and the connection goes to a checked answer, so that a
name that changes its mind between check and use (DNS rebinding) gains nothing.
"""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

from corpus.engines.failures import Refused, Unreachable

Resolve = Callable[[str, int], Sequence[str]]

# Ranges that is_global of Python 3.11 calls global although they are not, or that embed private addresses.
_DENIED = [
    ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b::/96", "64:ff9b:1::/48",
                    "2002::/16", "2001::/32", "fec0::/10", "::/96", "3fff::/20", "5f00::/16")
]  # fmt: skip
_TRIES = 4  # addresses of one name
_LONGEST_NAME = 253  # RFC 1035
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")  # as the last part of a name, one of an IPv4 address
THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")
_PLACE = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_-]+(\.[a-z0-9_-]+)*)(:\d{1,5})?")
_TO_TRY = "for a trial with a server of your own, name it in ALLOW_PRIVATE_HOSTS"


def is_public(text: str) -> bool:
    """Whether a numeric address belongs to the public internet; False for what is no address."""
    try:
        ip = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return ip.is_global and not (ip.is_multicast or ip.is_reserved) and not _is_denied(ip)


def resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a name, as the system resolves it."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


def name_of(url: httpx.URL) -> str:
    """The host as it is resolved: in lower case and ASCII, without brackets and a last dot."""
    return url.raw_host.decode("ascii").lower().strip("[]").removesuffix(".")


def place_of(url: httpx.URL) -> str:
    """The host, with its port where that is not the usual one."""
    name = name_of(url)
    return name if port_of(url) in (80, 443) else f"{_bracketed(name)}:{port_of(url)}"


def port_of(url: httpx.URL) -> int:
    """The port that is connected to."""
    return url.port if url.port is not None else 443 if url.scheme == "https" else 80


def places(words: Sequence[str]) -> tuple[str, ...]:
    """Hosts of our own, from a setting: names or name:port; 1 or true stands for this machine.

    Raises ValueError, a sentence, for what is no host.
    """
    named: list[str] = []
    for word in (word.strip().lower() for word in words):
        if word in ("1", "true", "yes", "on"):
            named += THIS_MACHINE
        elif word in ("", "0", "false", "no", "off"):
            continue
        elif _PLACE.fullmatch(word):
            named.append(word)
        else:
            raise ValueError(f"{word!r} is neither a host nor host:port, such as feeds.test:8765.")
    return tuple(named)


@dataclass(frozen=True, slots=True)
class Guard:
    """Says where a request may go.

    `allow_private` names hosts of our own, such as feeds.test, 127.0.0.1:8765 or [::1]:8765: they alone
    may have an address that is not public, and another port. Without a port, any port is theirs.
    """

    allow_private: Sequence[str] = ()
    ports: frozenset[int] | None = frozenset({80, 443})  # None: any
    resolve: Resolve = field(default=resolve)

    def vetted(self, url: httpx.URL) -> Sequence[str]:
        """The addresses to connect to, all checked; raises Refused or Unreachable."""
        self.check(url)
        name = name_of(url)
        try:
            answers = self.resolve(name, port_of(url))
        except (OSError, UnicodeError) as error:
            raise Unreachable(
                f"The name {name} cannot be found. Check the address for typing errors, or try again later."
            ) from error
        if not answers:
            raise Unreachable(f"The name {name} has no address. Try again later.")
        for answer in answers:
            if not (is_public(answer) or self._is_named(url)):
                raise _not_public(name, answer)
        return answers

    def check(self, url: httpx.URL) -> None:
        """Raises Refused for what can be told from the address itself, before any name is resolved."""
        if url.scheme not in ("http", "https"):
            raise Refused(f"Addresses must start with http:// or https://, not {url.scheme!r}.")
        if url.userinfo:
            raise Refused("The address holds a user name or password. Use one without.")
        if not name_of(url):
            raise Refused(f"The address {str(url)!r} names no host.")
        self._check_name(url)
        if not 0 < port_of(url) < 1 << 16:
            raise Refused(f"There is no port {port_of(url)}. Check the address.")
        if self.ports is not None and port_of(url) not in self.ports and not self._is_named(url):
            allowed = ", ".join(map(str, sorted(self.ports)))
            raise Refused(
                f"Port {port_of(url)} of {url.host} is not asked; allowed are {allowed}. "
                f"Use another address; {_TO_TRY}."
            )

    def _check_name(self, url: httpx.URL) -> None:
        name = name_of(url)
        if ":" in name and "%" in name:
            raise Refused(f"{name} names a network card of one machine. Use an address without %.")
        if _is_number(name):
            if not is_public(name) and not self._is_named(url):
                raise _not_public(name, name)
        elif len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
            raise Refused(f"{name[:_LONGEST_NAME]!r} is no host name. Check the address.")
        elif _NUMBER.fullmatch(name.rpartition(".")[2]):
            raise Refused(
                f"{name} is an unusual way to write a number: some read it as an address that is not on "
                "the public internet. Write it as four numbers from 0 to 255."
            )

    def _is_named(self, url: httpx.URL) -> bool:
        name = _bracketed(name_of(url))
        return name in self.allow_private or f"{name}:{port_of(url)}" in self.allow_private


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
    name = name_of(request.url)
    extensions = (
        request.extensions if name == address else {**request.extensions, "sni_hostname": name}
    )
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions=extensions,
    )


def _not_public(name: str, address: str) -> Refused:
    leads = f"{name} is" if name == address else f"{name} leads to {address}, which is"
    return Refused(
        f"{leads} not on the public internet, so it is never asked. Use a public address; {_TO_TRY}."
    )


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_denied(ip: IPv4Address | IPv6Address) -> bool:
    return any(ip in network for network in _DENIED)
