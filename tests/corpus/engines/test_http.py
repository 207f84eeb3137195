"""Fetching from a real host on loopback."""

import gzip
import hashlib
from pathlib import Path

import pytest

from corpus.engines import http
from tests.loopback import ETAG, FILE, TRUST, broken_off, fetcher, ranged


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

    def test_takes_no_piece_for_the_whole(self, host):
        host.pages["/feed"] = lambda h: h.answer(206, b"<rss>", Content_Range="bytes 0-4/90")
        with pytest.raises(http.FetchFailed, match="a piece of the file"):
            fetcher().fetch(f"{host.url}/feed")

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

    def test_keeps_the_whole_chain_of_redirects_and_what_each_answered(self, host):
        host.pages["/a"] = lambda h: h.answer(301, Location="/b")
        host.pages["/b"] = lambda h: h.answer(302, Location=f"{host.url}/c")
        host.pages["/c"] = lambda h: h.answer(body=b"x")
        got = fetcher().fetch(f"{host.url}/a")
        assert got.url_chain == tuple(f"{host.url}/{hop}" for hop in "abc")
        assert got.statuses == (301, 302, 200)

    def test_sends_both_validators_and_takes_304(self, host):
        host.pages["/feed"] = lambda h: h.answer(304)
        got = fetcher().fetch(
            f"{host.url}/feed", etag='W/"7"', last_modified="Fri, 01 May 2026 10:00:00 GMT"
        )
        headers = host.asked[0][1]
        assert (got.status, got.body) == (304, b"")
        assert headers["If-None-Match"] == 'W/"7"'
        assert headers["If-Modified-Since"] == "Fri, 01 May 2026 10:00:00 GMT"

    def test_takes_304_that_says_how_it_would_be_packed(self, host):
        host.pages["/feed"] = lambda h: h.answer(304, Content_Encoding="gzip")
        assert fetcher().fetch(f"{host.url}/feed", etag='"7"').status == 304

    def test_refuses_304_that_nobody_asked_for(self, host):
        host.pages["/feed"] = lambda h: h.answer(304)
        with pytest.raises(http.HttpError, match="304"):
            fetcher().fetch(f"{host.url}/feed")

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

    def test_says_that_nobody_answers(self, host):
        with pytest.raises(http.Unreachable, match="cannot be reached"):
            fetcher().fetch("http://127.0.0.1:1/feed")


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
            http.HttpFetcher(user_agent="Emocast/test", trust=TRUST).fetch(url)


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

    def test_says_by_which_hash_the_file_is_what_was_promised(self, host, tmp_path):
        host.pages["/a.mp3"] = ranged
        promise = f"sha256-{hashlib.sha256(FILE).hexdigest()} crc32-0000"
        got = fetcher().download(f"{host.url}/a.mp3", tmp_path / "a.mp3", integrity=promise)
        assert got.verified == "sha256"
        assert len(got.notes) == 1
        assert "crc32" in got.notes[0]

    def test_keeps_nothing_that_is_not_what_was_promised(self, host, tmp_path):
        host.pages["/a.mp3"] = ranged
        promise = f"sha256-{hashlib.sha256(b'another').hexdigest()}"
        with pytest.raises(http.OtherContent, match="sha256 differs") as caught:
            fetcher().download(f"{host.url}/a.mp3", tmp_path / "a.mp3", integrity=promise)
        assert not caught.value.retry
        assert list(tmp_path.iterdir()) == []
        assert len(host.asked) == 1

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
