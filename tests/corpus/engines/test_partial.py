"""Downloads that break off, and go on."""

import hashlib
import json
import threading
from email.utils import formatdate
from functools import partial

import pytest

from corpus.engines import http
from tests.loopback import ETAG, FILE, broken_off, fetcher, ranged

DATE, LATER = "Fri, 01 May 2026 10:00:00 GMT", "Fri, 01 May 2026 10:00:01 GMT"


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

    def test_takes_the_date_where_there_is_no_etag(self, host, tmp_path):
        have = self.start(host, tmp_path, page=lambda h: broken_off(h, Last_Modified=DATE))
        dated = partial(ranged, validator=("Last-Modified", DATE))
        assert self.finish(host, tmp_path, page=dated) == [f"bytes={have}-"]
        assert host.asked[0][1]["If-Range"] == DATE

    @pytest.mark.parametrize(
        "weak",
        [{"ETag": 'W/"1"'}, {"ETag": 'W/"1"', "Last_Modified": DATE}, {"ETag": "unquoted"}],
    )
    def test_starts_again_where_the_etag_is_weak(self, host, tmp_path, weak):
        self.start(host, tmp_path, page=lambda h: broken_off(h, **weak))
        assert self.finish(host, tmp_path) == [None]

    def test_starts_again_where_the_file_changed_a_moment_ago(self, host, tmp_path):
        now = formatdate(usegmt=True)
        self.start(host, tmp_path, page=lambda h: broken_off(h, Last_Modified=now))
        assert self.finish(host, tmp_path) == [None]

    def test_starts_again_without_a_validator(self, host, tmp_path):
        self.start(host, tmp_path, page=lambda h: broken_off(h, Content_Type="audio/mpeg"))
        assert self.finish(host, tmp_path) == [None]

    def test_starts_again_when_the_file_has_changed(self, host, tmp_path):
        have = self.start(host, tmp_path)
        new = FILE[::-1]
        asked = self.finish(
            host, tmp_path, page=lambda h: ranged(h, file=new, validator=("ETag", '"v2"')), file=new
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

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ({"ETag": ETAG}, {}),  # of which file is this a piece?
            ({"ETag": ETAG}, {"Content_Encoding": "gzip", "ETag": ETAG}),
            ({"Last_Modified": DATE}, {"Last_Modified": LATER}),
        ],
    )
    def test_starts_again_when_a_piece_may_be_of_another_file(self, host, tmp_path, before, after):
        have = self.start(host, tmp_path, page=lambda h: broken_off(h, **before))

        def careless(handler):  # ignores If-Range
            if "Range" not in handler.headers:
                return ranged(handler)
            where = f"bytes {have}-{len(FILE) - 1}/{len(FILE)}"
            return handler.answer(206, FILE[have:], Content_Range=where, **after)

        assert self.finish(host, tmp_path, page=careless) == [f"bytes={have}-", None]

    @pytest.mark.parametrize("complete", [False, True])
    def test_starts_again_when_a_liar_has_changed_the_file(self, host, tmp_path, complete):
        have = self.start(host, tmp_path)
        new, promise = FILE[::-1], f"sha256-{hashlib.sha256(FILE[::-1]).hexdigest()}"
        if complete:
            (tmp_path / "a.mp3.part").write_bytes(FILE)
            have = len(FILE)
        host.pages["/a.mp3"] = partial(ranged, file=new)  # under the same ETag
        got = fetcher().download(f"{host.url}/a.mp3", tmp_path / "a.mp3", integrity=promise)
        assert [headers.get("Range") for _, headers in host.asked] == [f"bytes={have}-", None]
        assert (got.verified, (tmp_path / "a.mp3").read_bytes()) == ("sha256", new)

    def test_says_what_the_next_attempt_need_not_ask_for(self, host, tmp_path):
        host.pages["/a.mp3"] = broken_off
        with pytest.raises(http.Unreachable) as caught:
            fetcher().download(f"{host.url}/a.mp3", tmp_path / "a.mp3")
        assert caught.value.gained == (tmp_path / "a.mp3.part").stat().st_size

    def test_has_gained_nothing_where_it_must_start_again(self, host, tmp_path):
        host.pages["/a.mp3"] = lambda h: broken_off(h, Content_Type="audio/mpeg")
        with pytest.raises(http.Unreachable) as caught:
            fetcher().download(f"{host.url}/a.mp3", tmp_path / "a.mp3")
        assert (caught.value.arrived, caught.value.gained) == (100_000, 0)

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
            piece = FILE[first : first + 50_000]
            handler.answer(206, piece, length=len(FILE) - first, Content_Range=where, ETag=ETAG)

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
            "url": f"{host.url}/a.mp3", "validator": ETAG, "etag": ETAG, "last_modified": None, "total": len(FILE), "content_type": None,
        }  # fmt: skip
