"""How hosts behave: a server on loopback that keeps count, and the ways in which it may be asked in vain."""

import random
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PUBLIC = "93.184.216.34"  # stands for the public internet; nothing is sent there
OLD, NEW = (random.Random(n).randbytes(6 * 2**20) for n in (1, 2))
OLD_TAG, NEW_TAG = '"old"', '"new"'


class Handler(BaseHTTPRequestHandler):
    """Does what the case at hand says."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.came_in(self)

    def begin(self, status: int = 200, **headers: Any) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()

    def answer(self, status: int = 200, body: bytes = b"", **headers: Any) -> None:
        self.begin(status, **{"Content_Length": len(body), **headers})
        self.wfile.write(body)

    def have(self) -> int | None:
        """The first byte that is asked for, where it is not all of them."""
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        return int(asked[1]) if asked else None

    def serve(self, body: bytes, tag: str, *, most: int | None = None, **wrong: Any) -> None:
        """The file as an honest host does; at most so many bytes before it breaks off."""
        have = self.have() if self.headers.get("If-Range") == tag else None
        if have is not None and have >= len(body):
            return self.answer(416, Content_Range=f"bytes */{len(body)}")
        rest = body[have or 0 :]
        where = {"Content_Range": f"bytes {have}-{len(body) - 1}/{len(body)}"} if have else {}
        return self.answer(
            206 if have else 200,
            rest[:most],
            **{"Content_Length": len(rest), "ETag": tag, **where, **wrong},
        )

    def log_message(self, *_args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """One host: who asked when, and how many at once."""

    daemon_threads = True
    request_queue_size = 32

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: Callable[[Handler, int], None] = lambda h, _n: h.answer(body=b"secret")
        self.clear()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def clear(self) -> None:
        self.asked_at: list[datetime] = []
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: TID251
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()

    def came_in(self, handler: Handler) -> None:
        with self.lock:
            self.asked_at.append(self.now())
            n = len(self.asked_at)
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            self.script(handler, n)
        finally:
            with self.lock:
                self.at_once -= 1

    def handle_error(self, *_args: object) -> None:
        pass


def drops(chance: random.Random, handler: Handler, n: int) -> None:
    handler.serve(OLD, OLD_TAG, most=chance.randrange(200_000, 4_000_000) if n < 30 else None)


def first(n_first: int, wrong: Callable[[Handler], None], handler: Handler, n: int) -> None:
    """Wrong for so many times, then the file."""
    if n <= n_first:
        wrong(handler)
    else:
        handler.serve(OLD, OLD_TAG)


def changes(how: str, handler: Handler, n: int) -> None:
    """Breaks off within the old file; from then on there is a new one."""
    if n == 1:
        handler.serve(OLD, OLD_TAG, most=3_000_000)
    elif how == "honest" or handler.have() is None:
        handler.serve(NEW, OLD_TAG if how == "liar" else NEW_TAG)
    else:  # If-Range is not looked at
        have = handler.have()
        tag = {"careless": {"ETag": NEW_TAG}, "mute": {}, "liar": {"ETag": OLD_TAG}}[how]
        where = f"bytes {have}-{len(NEW) - 1}/{len(NEW)}"
        handler.answer(206, NEW[have:], Content_Range=where, **tag)


def resumes(wrong: Callable[[Handler], None], handler: Handler, n: int) -> None:
    """Breaks off at first; then does not know what to do with a range."""
    if n == 1:
        handler.serve(OLD, OLD_TAG, most=3_000_000)
    elif handler.have() is None:
        handler.serve(OLD, OLD_TAG)
    else:
        wrong(handler)


def without_end(
    piece: bytes, handler: Handler, _n: int, *, pause: float = 0.0, **headers: Any
) -> None:
    handler.begin(**headers)
    with suppress(OSError):
        while True:
            handler.wfile.write(piece)
            time.sleep(pause)


def raw(head: bytes, piece: bytes, handler: Handler, _n: int) -> None:
    handler.close_connection = True
    with suppress(OSError):
        handler.wfile.write(head)
        while piece:
            handler.wfile.write(piece)
            time.sleep(0.01)


def waited(seconds: float) -> Callable[[Server], bool]:
    """Whether nobody came back before so many seconds had passed."""
    return lambda host: all(
        (late - early).total_seconds() >= seconds
        for early, late in zip(host.asked_at[:-1], host.asked_at[1:], strict=True)
    )


class Names:
    """A resolver that may change its mind."""

    def __init__(self) -> None:
        self.asked = 0

    def resolve(self, host: str, _port: int) -> list[str]:
        self.asked += 1
        known = {
            "host.test": ["127.0.0.1"],
            "localhost": ["127.0.0.1"],
            "mixed.test": [PUBLIC, "127.0.0.1"],
            "rebind.test": [PUBLIC if self.asked == 1 else "127.0.0.1"],
        }
        return known.get(host, [host])
