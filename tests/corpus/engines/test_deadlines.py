"""Hosts that keep a connection open without ever coming to an end."""

import socket
import ssl
import threading
import time
from contextlib import suppress

import pytest

from corpus.engines import http
from tests.loopback import FILE, fetcher


def forever(write, piece):
    """Write a piece again and again, until nobody listens."""
    with suppress(OSError):
        while True:
            write(piece)
            time.sleep(0.01)


class TestDeadline:
    def test_gives_up_on_silence(self, host):
        woken = threading.Event()
        host.pages["/feed"] = lambda _handler: woken.wait(10)
        with pytest.raises(http.Unreachable, match="did not answer within"):
            fetcher(timeout=0.05).fetch(f"{host.url}/feed")
        woken.set()

    def test_cuts_a_body_that_comes_byte_by_byte(self, host):
        def drip(handler):
            handler.begin(Content_Length=len(FILE))
            forever(handler.wfile.write, b"x")

        host.pages["/feed"] = drip
        with pytest.raises(http.Unreachable, match="too slowly"):
            fetcher(max_feed_seconds=0.15).fetch(f"{host.url}/feed")

    def test_takes_no_cut_for_the_end_of_a_body(self, host, tmp_path):
        def drip(handler):  # no length: the body ends with the connection
            handler.begin()
            forever(handler.wfile.write, b"x")

        host.pages["/a.mp3"] = drip
        with pytest.raises(http.Unreachable, match="too slowly"):
            fetcher(max_seconds=0.15).download(f"{host.url}/a.mp3", tmp_path / "a.mp3")
        assert not (tmp_path / "a.mp3").exists()

    def test_cuts_headers_that_come_byte_by_byte(self, host):
        def drip(handler):
            handler.close_connection = True
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            forever(handler.wfile.write, b"x")

        host.pages["/feed"] = drip
        with pytest.raises(http.Unreachable, match="too slowly"):
            fetcher(max_feed_seconds=0.15).fetch(f"{host.url}/feed")

    def test_cuts_interim_answers_without_end(self, host):
        def never_comes_to_the_point(handler):
            handler.close_connection = True
            forever(handler.wfile.write, b"HTTP/1.1 103 Early Hints\r\n\r\n")

        host.pages["/feed"] = never_comes_to_the_point
        with pytest.raises(http.Unreachable, match="too slowly"):
            fetcher(max_feed_seconds=0.15).fetch(f"{host.url}/feed")

    def test_cuts_a_handshake_that_never_ends(self):
        def drip(listener):
            taken, _ = listener.accept()
            with taken:
                taken.recv(1000)
                forever(taken.sendall, b"\x16")  # one byte of a TLS record, then of another …

        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            thread = threading.Thread(target=drip, args=(listener,))
            thread.start()
            with pytest.raises(http.Unreachable):
                fetcher(max_feed_seconds=0.15, trust=ssl.create_default_context()).fetch(
                    f"https://127.0.0.1:{port}/"
                )
            thread.join()

    def test_holds_for_all_redirects_together(self, host):
        def again(handler):
            time.sleep(0.04)
            handler.answer(302, Location="/feed")

        host.pages["/feed"] = again
        with pytest.raises(http.Unreachable, match="too slowly"):
            fetcher(max_feed_seconds=0.15, max_redirects=1000).fetch(f"{host.url}/feed")
        assert len(host.asked) < 10

    def test_leaves_no_connection_of_an_earlier_hop_open(self, host):
        ended = threading.Event()

        def first(handler):
            handler.answer(302, Location="/last")
            handler.wfile.flush()
            handler.connection.settimeout(5)
            with suppress(OSError):
                if handler.connection.recv(1) == b"":
                    ended.set()

        def last(handler):
            assert ended.wait(5)
            handler.answer(body=b"x")

        host.pages.update({"/feed": first, "/last": last})
        assert fetcher().fetch(f"{host.url}/feed").body == b"x"
