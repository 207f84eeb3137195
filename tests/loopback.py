"""A real host on loopback that answers as a test says, and the fetcher that may ask it."""

import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from corpus.engines import http

FILE = bytes(range(256)) * 1200  # 300 kB: several pieces
ETAG = '"v1"'
TRUST = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # once: reading all authorities outlasts a test


class Handler(BaseHTTPRequestHandler):
    """Answers each path with the function that the test registered for it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        self.server.pages[self.path](self)

    def answer(self, status=200, body=b"", *, length=None, **headers):
        self.begin(status, Content_Length=len(body) if length is None else length, **headers)
        self.wfile.write(body)

    def begin(self, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()

    def log_message(self, *_args):
        pass


class Server(ThreadingHTTPServer):
    """Remembers what was asked; a client that hangs up is nothing to report."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages, self.asked = {}, []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_args):
        pass


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def fetcher(**rules):
    """Admits 127.0.0.1, every port of it."""
    given = {"user_agent": "Emocast/test (+https://example.org)", "trust": TRUST}
    return http.HttpFetcher(**{**given, "allow_private": ["127.0.0.1"], **rules})


def ranged(handler, *, file=FILE, validator=("ETag", ETAG)):
    """A host that knows ranges."""
    name, value = validator
    match = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    if match is None or handler.headers.get("If-Range") != value:
        return handler.answer(body=file, Content_Type="audio/mpeg", **{name: value})
    start = int(match[1])
    if start >= len(file):
        return handler.answer(416, Content_Range=f"bytes */{len(file)}")
    where = f"bytes {start}-{len(file) - 1}/{len(file)}"
    return handler.answer(206, file[start:], Content_Range=where, **{name: value})


def broken_off(handler, *, n=100_000, **headers):
    """The first bytes of a longer file."""
    handler.answer(body=FILE[:n], length=len(FILE), **(headers or {"ETag": ETAG}))
