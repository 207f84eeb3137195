"""Bodies under a limit, and what headers mean."""

import gzip
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from corpus.engines import answers, http
from tests.loopback import FILE, fetcher

CHANGED = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)


def date(seconds: float = 0) -> str:
    return format_datetime(CHANGED + timedelta(seconds=seconds), usegmt=True)


class TestBody:
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

    def test_unpacks_every_member(self, host):
        packed = gzip.compress(b"<rss>") + gzip.compress(b"</rss>") + bytes(20)
        host.pages["/feed"] = lambda h: h.answer(body=packed, Content_Encoding="gzip")
        assert fetcher().fetch(f"{host.url}/feed").body == b"<rss></rss>"

    def test_stops_at_the_limit_where_chunks_never_end(self, host):
        def endless(handler):
            handler.begin(Transfer_Encoding="chunked")
            piece = b"%x\r\n%s\r\n" % (len(FILE), FILE)
            try:
                while True:
                    handler.wfile.write(piece)
            except OSError:
                pass

        host.pages["/feed"] = endless
        with pytest.raises(http.TooLarge):
            fetcher().fetch(f"{host.url}/feed", max_bytes=1_000_000)

    def test_stops_at_the_limit_where_a_packed_body_holds_nothing(self, host):
        nothing = zlib.compressobj(wbits=31)
        packed = nothing.compress(b"") + b"".join(
            nothing.flush(zlib.Z_FULL_FLUSH) + b"\x00\x00\x00\xff\xff" for _ in range(40_000)
        )
        host.pages["/feed"] = lambda h: h.answer(body=packed, length=10**5, Content_Encoding="gzip")
        with pytest.raises(http.TooLarge):
            fetcher().fetch(f"{host.url}/feed", max_bytes=100_000 - 1)

    def test_holds_little_in_memory_while_it_unpacks(self):
        pieces = answers._unpacked(iter([gzip.compress(bytes(50_000_000))]))
        assert max(map(len, pieces)) <= answers._CHUNK

    def test_believes_the_chunks_rather_than_a_length_beside_them(self, host):
        def both(handler):
            handler.begin(Transfer_Encoding="chunked", Content_Length=3)
            handler.wfile.write(b"5\r\nhello\r\n0\r\n\r\n")

        host.pages["/feed"] = both
        assert fetcher().fetch(f"{host.url}/feed").body == b"hello"


class TestRetryAfter:
    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("120", 120.0),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
            ("Fri, 01 Jan 2100 00:00:00 GMT", 86_400.0),
            ("9" * 300, 86_400.0),
            ("soon", None),
            ("-5", None),
            ("\u0661\u0662", None),
        ],
    )  # fmt: skip
    def test_is_read_in_both_ways_and_a_day_at_most(self, status, header, seconds):
        answer = httpx.Response(
            status,
            headers={"Retry-After": header.encode()},
            request=httpx.Request("GET", "http://x/"),
        )
        with pytest.raises(http.HttpError) as caught:
            answers.check(answer)
        assert caught.value.retry_after == seconds


class TestStrongValidator:
    """RFC 9110 §13.1.5 and §8.8.2.2."""

    @pytest.mark.parametrize(
        ("headers", "validator"),
        [
            ({"ETag": '"v1"'}, '"v1"'),
            ({"ETag": '""'}, '""'),
            ({"ETag": 'W/"v1"'}, None),
            ({"ETag": "v1"}, None),
            ({"ETag": '"v1", "v2"'}, None),
            ({"ETag": 'W/"v1"', "Last-Modified": date(), "Date": date(3600)}, None),
            ({"ETag": '"v1"', "Last-Modified": date(), "Date": date()}, '"v1"'),
            ({"Last-Modified": date(), "Date": date(60)}, date()),
            ({"Last-Modified": date(), "Date": date(59)}, None),
            ({"Last-Modified": date(), "Date": date(-3600)}, None),
            ({"Last-Modified": date()}, None),
            ({"Last-Modified": "long ago", "Date": date()}, None),
            ({"Date": date()}, None),
            ({}, None),
        ],
    )
    def test_is_a_strong_etag_or_a_date_clearly_in_the_past(self, headers, validator):
        assert answers.strong_validator(httpx.Response(200, headers=headers)) == validator


class TestContentRange:
    @pytest.mark.parametrize(
        ("header", "read"),
        [
            ("bytes 5-9/10", (5, 10)),
            ("bytes 5-9/*", (5, None)),
            ("bytes */10", (None, 10)),
            ("BYTES 0-0/1", (0, 1)),
            ("items 5-9/10", (None, None)),
            ("bytes 5-9", (None, None)),
            ("", (None, None)),
        ],
    )
    def test_says_start_and_total(self, header, read):
        assert answers.content_range(httpx.Response(206, headers={"Content-Range": header})) == read
