"""Cutting a connection off at a given time, whatever its host does to keep it open.

A limit for each wait does not help against a host that sends one byte at a time, or one interim answer
after the other. So the wire itself is cut: by a copy of the socket, which works during a TLS handshake too.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self

from corpus.engines.failures import Unreachable


class Deadline:
    """A time on time.monotonic() at which every wire of a call is cut."""

    def __init__(self, at: float) -> None:
        self._at = at
        self._wires: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(max(0.0, at - time.monotonic()), self._cut)
        self._timer.daemon = True

    def has_come(self) -> bool:
        """Whether wires are cut: where a body ends with its connection, that looks like its end."""
        return time.monotonic() >= self._at

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """What httpcore calls with each step of a request (its extension `trace`)."""
        if event == "connection.connect_tcp.complete":
            with self._lock:
                self._wires.append(info["return_value"].get_extra_info("socket").dup())
            if self.has_come():
                self._cut()

    @contextmanager
    def wires(self) -> Iterator[None]:
        """Let go, at the end, of those that were made in the block."""
        try:
            yield
        finally:
            with self._lock:
                for wire in self._wires:
                    wire.close()
                self._wires.clear()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        with self._lock:
            for wire in self._wires:
                with suppress(OSError):  # the host was faster
                    wire.shutdown(socket.SHUT_RDWR)


def too_slow(host: str) -> Unreachable:
    return Unreachable(f"{host} sends too slowly. It is tried again later.")
