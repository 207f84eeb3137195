"""Fetching from a real host on loopback."""

import gzip
import hashlib
import json
import re
import ssl
import subprocess
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path

import pytest

from corpus.engines import http
from corpus.engines.addresses import Guard

FILE = bytes(range(256)) * 1200  # 300 kB: several pieces
ETAG = '"v1"'
TRUST = ssl.SSLContext(
    ssl.PROTOCOL_TLS_CLIENT
)  # built once: reading all authorities takes longer than a test


class Host(BaseHTTPRequestHandler):
    """Answers each path with the function that the test registered for it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        self.server.pages[self.path](self)

    def answer(self, status=200, body=b"", *, length=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@pytest.fixture
def host():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    server.pages, server.asked = {}, []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def fetcher(**rules):
    return http.HttpFetcher(
        **{
            "user_agent": "Emocast/test (+https://example.org)",
            "allow_private": True,
            "trust": TRUST,
            **rules,
        }
    )


def only_loopback(**rules):
    """Admits the test host, so that everything else is refused as in production."""
    return fetcher(guard=Guard(ports=None, admitted=(ip_network("127.0.0.1/32"),)), **rules)


def ranged(handler, *, file=FILE, etag=ETAG):
    """A host that knows ranges."""
    match = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    if match is None or handler.headers.get("If-Range") != etag:
        return handler.answer(body=file, ETag=etag, Content_Type="audio/mpeg")
    start = int(match[1])
    if start >= len(file):
        return handler.answer(416, Content_Range=f"bytes */{len(file)}")
    where = f"bytes {start}-{len(file) - 1}/{len(file)}"
    return handler.answer(206, file[start:], ETag=etag, Content_Range=where)


def broken_off(handler, *, n=100_000, **headers):
    handler.answer(body=FILE[:n], length=len(FILE), **(headers or {"ETag": ETAG}))


class TestFetch:
    def test_gives_the_body_and_where_it_came_from(self, host):
        host.pages["/feed"] = lambda h: h.answer(
            body=b"<rss/>", ETag='W/"7"', Content_Type="text/xml"
        )
        got = fetcher().fetch(f"{host.url}/feed")
        assert (got.body, got.status, got.etag, got.content_type) == (
            b"<rss/>",
            200,
            'W/"7"',
            "text/xml",
        )
        assert got.url_chain == (f"{host.url}/feed",)

    def test_says_who_asks(self, host):
        host.pages["/feed"] = lambda h: h.answer(body=b"x")
        fetcher().fetch(f"{host.url}/feed")
        headers = host.asked[0][1]
        assert headers["User-Agent"] == "Emocast/test (+https://example.org)"
        assert headers["Accept-Encoding"] == "gzip"
        assert headers["Host"] == host.url.removeprefix("http://")

    def test_ignores_proxy_variables(self, host, monkeypatch):
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
        host.pages["/feed"] = lambda h: h.answer(body=b"x")
        assert fetcher().fetch(f"{host.url}/feed").body == b"x"

    def test_keeps_the_whole_chain_of_redirects(self, host):
        host.pages["/a"] = lambda h: h.answer(301, Location="/b")
        host.pages["/b"] = lambda h: h.answer(302, Location=f"{host.url}/c")
        host.pages["/c"] = lambda h: h.answer(body=b"x")
        chain = fetcher().fetch(f"{host.url}/a").url_chain
        assert chain == tuple(f"{host.url}/{hop}" for hop in "abc")

    def test_sends_both_validators_and_takes_304(self, host):
        host.pages["/feed"] = lambda h: h.answer(304)
        got = fetcher().fetch(
            f"{host.url}/feed", etag='W/"7"', last_modified="Fri, 01 May 2026 10:00:00 GMT"
        )
        headers = host.asked[0][1]
        assert (got.status, got.body) == (304, b"")
        assert headers["If-None-Match"] == 'W/"7"'
        assert headers["If-Modified-Since"] == "Fri, 01 May 2026 10:00:00 GMT"

    def test_refuses_304_that_nobody_asked_for(self, host):
        host.pages["/feed"] = lambda h: h.answer(304)
        with pytest.raises(http.HttpError, match="304"):
            fetcher().fetch(f"{host.url}/feed")

    @pytest.mark.parametrize(
        ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
    )
    def test_unpacks(self, host, encoding, pack):
        host.pages["/feed"] = lambda h: h.answer(
            body=pack(b"<rss/>" * 50_000), Content_Encoding=encoding
        )
        assert fetcher().fetch(f"{host.url}/feed").body == b"<rss/>" * 50_000

    def test_stops_a_decompression_bomb(self, host):
        bomb = gzip.compress(bytes(5_000_000))
        assert len(bomb) < 10_000
        host.pages["/feed"] = lambda h: h.answer(body=bomb, Content_Encoding="gzip")
        with pytest.raises(http.TooLarge, match="100,000 bytes"):
            fetcher().fetch(f"{host.url}/feed", max_bytes=100_000)

    @pytest.mark.parametrize("damaged", [b"no gzip", gzip.compress(b"x" * 1000)[:-9]])
    def test_says_that_a_packed_answer_is_damaged(self, host, damaged):
        host.pages["/feed"] = lambda h: h.answer(body=damaged, Content_Encoding="gzip")
        with pytest.raises(http.Unreachable, match="packed answer"):
            fetcher().fetch(f"{host.url}/feed")

    def test_refuses_a_packing_it_did_not_ask_for(self, host):
        host.pages["/feed"] = lambda h: h.answer(body=b"x", Content_Encoding="gzip, gzip")
        with pytest.raises(http.FetchFailed, match="did not ask for"):
            fetcher().fetch(f"{host.url}/feed")

    def test_stops_at_the_limit_that_the_host_announces(self, host):
        host.pages["/feed"] = lambda h: h.answer(body=FILE)
        with pytest.raises(http.TooLarge, match="allowed"):
            fetcher().fetch(f"{host.url}/feed", max_bytes=1000)

    def test_stops_at_the_limit_that_the_host_hides(self, host):
        def endless(handler):
            handler.send_response(200)
            handler.send_header("Connection", "close")
            handler.close_connection = True
            handler.end_headers()
            handler.wfile.write(FILE)

        host.pages["/feed"] = endless
        with pytest.raises(http.TooLarge):
            fetcher().fetch(f"{host.url}/feed", max_bytes=1000)

    @pytest.mark.parametrize(
        ("status", "retry"),
        [
            (401, False),
            (403, False),
            (404, True),
            (418, False),
            (429, True),
            (500, True),
            (503, True),
        ],
    )
    def test_names_the_status_and_whether_to_come_back(self, host, status, retry):
        host.pages["/feed"] = lambda h: h.answer(status, b"no")
        with pytest.raises(http.HttpError, match=str(status)) as caught:
            fetcher().fetch(f"{host.url}/feed")
        assert (caught.value.status, caught.value.retry) == (status, retry)

    def test_knows_that_gone_is_final(self, host):
        host.pages["/feed"] = lambda h: h.answer(410)
        with pytest.raises(http.Gone) as caught:
            fetcher().fetch(f"{host.url}/feed")
        assert not caught.value.retry

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [("120", 120.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("soon", None)],
    )
    def test_reads_when_to_come_back(self, host, header, seconds):
        host.pages["/feed"] = lambda h: h.answer(429, Retry_After=header)
        with pytest.raises(http.HttpError) as caught:
            fetcher().fetch(f"{host.url}/feed")
        assert caught.value.retry_after == seconds

    def test_says_that_nobody_answers(self, host):
        with pytest.raises(http.Unreachable, match="cannot be reached"):
            fetcher().fetch("http://127.0.0.1:1/feed")

    def test_gives_up_on_silence(self, host):
        woken = threading.Event()
        host.pages["/feed"] = lambda _handler: woken.wait(10)
        with pytest.raises(http.Unreachable, match="did not answer within"):
            fetcher(timeout=0.05).fetch(f"{host.url}/feed")
        woken.set()

    def test_gives_up_on_a_trickle(self, host):
        host.pages["/feed"] = lambda h: h.answer(body=FILE)
        with pytest.raises(http.Unreachable, match="too slowly"):
            fetcher(max_seconds=0.0).fetch(f"{host.url}/feed")


class TestRedirects:
    @pytest.mark.parametrize(
        "target",
        ["http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://127.0.0.2/",
         "//192.168.0.1/", "http://[::ffff:10.0.0.1]/", "http://100.64.0.1/", "http://0.0.0.0/"],
    )  # fmt: skip
    def test_never_lead_to_a_private_address(self, host, target):
        host.pages["/a"] = lambda h: h.answer(302, Location=target)
        with pytest.raises(http.Refused, match="not on the public internet"):
            only_loopback().fetch(f"{host.url}/a")

    @pytest.mark.parametrize(
        "target", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/"]
    )
    def test_never_lead_out_of_the_web(self, host, target):
        host.pages["/a"] = lambda h: h.answer(302, Location=target)
        with pytest.raises(http.Refused):
            only_loopback().fetch(f"{host.url}/a")

    def test_never_carry_credentials(self, host):
        host.pages["/a"] = lambda h: h.answer(
            302, Location=f"{host.url.replace('//', '//me:pw@')}/b"
        )
        with pytest.raises(http.Refused, match="password"):
            only_loopback().fetch(f"{host.url}/a")

    def test_end_when_they_go_round(self, host):
        host.pages["/a"] = lambda h: h.answer(302, Location="/b")
        host.pages["/b"] = lambda h: h.answer(302, Location="/a")
        with pytest.raises(http.Refused, match="more than 10 times"):
            fetcher().fetch(f"{host.url}/a")
        assert len(host.asked) == 11

    def test_forget_cookies_of_an_earlier_call(self, host):
        host.pages["/a"] = lambda h: h.answer(body=b"x", Set_Cookie="who=me")
        web = fetcher()
        web.fetch(f"{host.url}/a")
        web.fetch(f"{host.url}/a")
        assert all("Cookie" not in headers for _, headers in host.asked)


class TestRefusals:
    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1/",
            "http://localhost/",
            "http://[::1]/",
            "file:///etc/passwd",
            "feed.xml",
            "http://",
        ],
    )
    def test_come_before_any_connection(self, url):
        with pytest.raises(http.Refused):
            http.HttpFetcher(user_agent="Emocast/test").fetch(url)


class TestDownload:
    def test_puts_the_whole_file_in_its_place(self, host, tmp_path):
        host.pages["/a.mp3"] = ranged
        shares = []
        got = fetcher().download(
            f"{host.url}/a.mp3", tmp_path / "x" / "a.mp3", on_progress=shares.append
        )
        assert (tmp_path / "x" / "a.mp3").read_bytes() == FILE
        assert [file.name for file in (tmp_path / "x").iterdir()] == ["a.mp3"]
        assert got.sha256 == hashlib.sha256(FILE).hexdigest()
        assert (got.n_bytes, got.content_type, got.etag) == (len(FILE), "audio/mpeg", ETAG)
        assert shares == sorted(shares)
        assert shares[-1] == 1.0

    def test_keeps_the_chain(self, host, tmp_path):
        host.pages["/track"] = lambda h: h.answer(302, Location="/a.mp3")
        host.pages["/a.mp3"] = ranged
        got = fetcher().download(f"{host.url}/track", tmp_path / "a.mp3")
        assert got.url_chain == (f"{host.url}/track", f"{host.url}/a.mp3")

    def test_leaves_nothing_at_the_goal_when_it_breaks_off(self, host, tmp_path):
        host.pages["/a.mp3"] = broken_off
        with pytest.raises(http.Unreachable):
            fetcher().download(f"{host.url}/a.mp3", tmp_path / "a.mp3")
        assert not (tmp_path / "a.mp3").exists()

    def test_refuses_more_than_the_limit_and_clears_up(self, host, tmp_path):
        host.pages["/a.mp3"] = ranged
        with pytest.raises(http.TooLarge):
            fetcher(max_bytes=1000).download(f"{host.url}/a.mp3", tmp_path / "a.mp3")
        assert list(tmp_path.iterdir()) == []

    def test_says_that_a_file_is_empty(self, host, tmp_path):
        host.pages["/a.mp3"] = lambda h: h.answer(ETag=ETAG)
        with pytest.raises(http.Unreachable, match="0 bytes"):
            fetcher().download(f"{host.url}/a.mp3", tmp_path / "a.mp3")

    def test_unpacks_what_a_host_packs_uninvited(self, host, tmp_path):
        host.pages["/a.mp3"] = lambda h: h.answer(
            body=gzip.compress(FILE), Content_Encoding="gzip", ETag=ETAG
        )
        assert fetcher().download(f"{host.url}/a.mp3", tmp_path / "a.mp3").n_bytes == len(FILE)
        assert (tmp_path / "a.mp3").read_bytes() == FILE

    def test_says_that_the_disk_is_full_and_keeps_what_arrived(self, host, tmp_path):
        def fill_up(_share):
            Path("/dev/full").write_bytes(b"x")

        host.pages["/a.mp3"] = ranged
        with pytest.raises(http.StorageFull, match="Make room") as caught:
            fetcher().download(f"{host.url}/a.mp3", tmp_path / "a.mp3", on_progress=fill_up)
        assert caught.value.retry
        assert (tmp_path / "a.mp3.part").stat().st_size > 0

    def test_leaves_other_errors_of_the_disk_alone(self, host, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(FileExistsError):
            fetcher().download(f"{host.url}/a.mp3", tmp_path / "file" / "a.mp3")


class TestTwoWriters:
    def test_never_write_to_one_part(self, host, tmp_path):
        met, go_on = threading.Event(), threading.Event()

        def slow(handler):
            met.set()
            go_on.wait(10)
            handler.answer(body=FILE, ETag=ETAG)

        host.pages["/ep"] = slow
        goal = tmp_path / "ep.mp3"
        first = threading.Thread(target=fetcher().download, args=(f"{host.url}/ep", goal))
        first.start()
        assert met.wait(10)
        try:
            with pytest.raises(http.Busy, match="Another worker is downloading this") as caught:
                fetcher().download(f"{host.url}/ep", goal)
        finally:
            go_on.set()
            first.join()
        assert caught.value.retry
        assert len(host.asked) == 1
        assert goal.read_bytes() == FILE
        assert [path.name for path in tmp_path.iterdir()] == ["ep.mp3"]

    def test_of_which_one_died_do_not_block_the_other(self, host, tmp_path):
        goal = tmp_path / "ep.mp3"
        (tmp_path / "ep.mp3.part.lock").touch()
        host.pages["/ep"] = ranged
        assert fetcher().download(f"{host.url}/ep", goal).n_bytes == len(FILE)

    def test_lose_the_lock_after_a_failure(self, host, tmp_path):
        goal = tmp_path / "ep.mp3"
        host.pages["/ep"] = lambda h: h.answer(500)
        for _ in range(2):
            with pytest.raises(http.HttpError):
                fetcher().download(f"{host.url}/ep", goal)
        assert not (tmp_path / "ep.mp3.part.lock").exists()


class TestResume:
    def start(self, host, tmp_path, *, page=broken_off):
        """A first attempt that breaks off."""
        host.pages["/a.mp3"] = page
        with pytest.raises(http.Unreachable):
            fetcher().download(f"{host.url}/a.mp3", tmp_path / "a.mp3")
        host.asked.clear()
        return (tmp_path / "a.mp3.part").stat().st_size

    def finish(self, host, tmp_path, *, page=ranged, file=FILE, path="/a.mp3"):
        """A second attempt; what was asked of the host."""
        host.pages[path] = page
        got = fetcher().download(f"{host.url}{path}", tmp_path / "a.mp3")
        assert (tmp_path / "a.mp3").read_bytes() == file
        assert got.sha256 == hashlib.sha256(file).hexdigest()
        assert sorted(left.name for left in tmp_path.iterdir()) == ["a.mp3"]
        return [headers.get("Range") for _, headers in host.asked]

    def test_asks_for_the_rest_only(self, host, tmp_path):
        have = self.start(host, tmp_path)
        assert 0 < have <= 100_000
        assert self.finish(host, tmp_path) == [f"bytes={have}-"]
        assert host.asked[0][1]["If-Range"] == ETAG
        assert host.asked[0][1]["Accept-Encoding"] == "identity"

    def test_takes_the_date_where_the_etag_is_weak(self, host, tmp_path):
        date = "Fri, 01 May 2026 10:00:00 GMT"
        have = self.start(
            host, tmp_path, page=lambda h: broken_off(h, ETag='W/"1"', Last_Modified=date)
        )
        asked = self.finish(host, tmp_path, page=lambda h: ranged(h, etag=date))
        assert asked[0] == f"bytes={have}-"
        assert host.asked[0][1]["If-Range"] == date

    def test_starts_again_without_a_validator(self, host, tmp_path):
        self.start(host, tmp_path, page=lambda h: broken_off(h, Content_Type="audio/mpeg"))
        assert self.finish(host, tmp_path) == [None]

    def test_starts_again_when_the_file_has_changed(self, host, tmp_path):
        have = self.start(host, tmp_path)
        new = FILE[::-1]
        asked = self.finish(
            host, tmp_path, page=lambda h: ranged(h, file=new, etag='"v2"'), file=new
        )
        assert asked == [f"bytes={have}-"]  # the host answered 200 at once

    def test_starts_again_when_the_total_is_wrong(self, host, tmp_path):
        have = self.start(host, tmp_path)

        def wrong_total(handler):
            if "Range" not in handler.headers:
                return ranged(handler)
            where = f"bytes {have}-{len(FILE) - 1}/{len(FILE) + 5}"
            return handler.answer(206, FILE[have:], ETag=ETAG, Content_Range=where)

        assert self.finish(host, tmp_path, page=wrong_total) == [f"bytes={have}-", None]

    def test_starts_again_when_the_range_begins_elsewhere(self, host, tmp_path):
        have = self.start(host, tmp_path)

        def elsewhere(handler):
            if "Range" not in handler.headers:
                return ranged(handler)
            return handler.answer(
                206, FILE, ETag=ETAG, Content_Range=f"bytes 0-{len(FILE) - 1}/{len(FILE)}"
            )

        assert self.finish(host, tmp_path, page=elsewhere) == [f"bytes={have}-", None]

    def test_starts_again_when_another_version_is_continued(self, host, tmp_path):
        have = self.start(host, tmp_path)

        def careless(handler):  # ignores If-Range
            if "Range" not in handler.headers:
                return ranged(handler)
            where = f"bytes {have}-{len(FILE) - 1}/{len(FILE)}"
            return handler.answer(206, FILE[have:], ETag='"v2"', Content_Range=where)

        assert self.finish(host, tmp_path, page=careless) == [f"bytes={have}-", None]

    def test_is_done_when_416_confirms_the_size(self, host, tmp_path):
        self.start(host, tmp_path)
        (tmp_path / "a.mp3.part").write_bytes(FILE)
        assert self.finish(host, tmp_path) == [f"bytes={len(FILE)}-"]

    def test_starts_again_when_416_denies_the_size(self, host, tmp_path):
        self.start(host, tmp_path)
        (tmp_path / "a.mp3.part").write_bytes(FILE + b"more")
        assert self.finish(host, tmp_path) == [f"bytes={len(FILE) + 4}-", None]

    def test_starts_again_for_another_address(self, host, tmp_path):
        self.start(host, tmp_path)
        assert self.finish(host, tmp_path, path="/other.mp3") == [None]

    @pytest.mark.parametrize("note", ["", "{", "[]", '{"url": 1}', '{"unknown": 1}'])
    def test_starts_again_when_the_note_is_damaged(self, host, tmp_path, note):
        self.start(host, tmp_path)
        (tmp_path / "a.mp3.part.json").write_text(note)
        assert self.finish(host, tmp_path) == [None]

    def test_can_break_off_twice(self, host, tmp_path):
        first = self.start(host, tmp_path)

        def again(handler):
            where = f"bytes {first}-{len(FILE) - 1}/{len(FILE)}"
            handler.answer(
                206, FILE[first : first + 50_000], length=len(FILE) - first, Content_Range=where
            )

        second = self.start(host, tmp_path, page=again)
        assert second > first
        assert self.finish(host, tmp_path) == [f"bytes={second}-"]

    def test_survives_an_error_of_the_host(self, host, tmp_path):
        have = self.start(host, tmp_path)
        host.pages["/a.mp3"] = lambda h: h.answer(503)
        with pytest.raises(http.HttpError):
            fetcher().download(f"{host.url}/a.mp3", tmp_path / "a.mp3")
        host.asked.clear()
        assert self.finish(host, tmp_path) == [f"bytes={have}-"]

    def test_notes_what_it_is_a_part_of(self, host, tmp_path):
        self.start(host, tmp_path)
        note = json.loads((tmp_path / "a.mp3.part.json").read_text())
        assert note == {
            "url": f"{host.url}/a.mp3", "validator": ETAG, "etag": ETAG, "total": len(FILE), "content_type": None,
        }  # fmt: skip


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout key.pem "
        "-out cert.pem -subj /CN=feeds.example -addext subjectAltName=DNS:feeds.example"
    )
    try:
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed: no certificate to test with")
    return folder


class TestTls:
    """The certificate must be that of the name, although we connect to a number."""

    @pytest.fixture
    def secure(self, host, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
        host.names = []
        context.sni_callback = lambda _socket, name, _context: host.names.append(name)
        host.socket = context.wrap_socket(host.socket, server_side=True)
        host.pages["/feed"] = lambda h: h.answer(body=b"x")
        return host

    def fetch(self, secure, certificate, name):
        guard = Guard(allow_private=True, resolve=lambda _host, _port: ["127.0.0.1"])
        trust = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
        return fetcher(guard=guard, trust=trust).fetch(f"https://{name}:{secure.server_port}/feed")

    def test_is_checked_against_the_name_that_was_asked_for(self, secure, certificate):
        assert self.fetch(secure, certificate, "feeds.example").body == b"x"
        assert secure.names == ["feeds.example"]

    def test_is_refused_for_another_name(self, secure, certificate):
        with pytest.raises(http.Unreachable, match="certificate"):
            self.fetch(secure, certificate, "other.example")
