import pytest

from corpus.engines.failures import FetchFailed, Gone, HttpError
from corpus.engines.replay import Recorder, Replay
from tests.fakes import FakeFetcher

URL = "https://x.example/feed.xml"


class Store(dict):
    """Bytes by a name that `keep` makes up."""

    def keep(self, body, url):
        name = f"sha of {len(body)}"
        self[name] = body
        return name


def record(web, *urls):
    store = Store()
    recorder = Recorder(FakeFetcher(web), keep=store.keep)
    for url in urls:
        recorder.fetch(url)
    return recorder, store


class TestRecorder:
    def test_keeps_and_notes_what_came(self):
        recorder, store = record({URL: b"<rss/>"}, URL)
        assert recorder.notes == {
            URL: {"sha256": "sha of 6", "urls": [URL], "type": "application/rss+xml"}
        }
        assert store["sha of 6"] == b"<rss/>"

    def test_passes_wishes_on(self):
        class Wishes:
            def fetch(self, url, **wishes):
                raise FetchFailed(str(wishes))

        with pytest.raises(FetchFailed, match=r"max_bytes.: 5"):
            Recorder(Wishes(), keep=Store().keep).fetch(URL, max_bytes=5)

    def test_notes_failures_and_lets_them_through(self):
        recorder = Recorder(FakeFetcher({URL: b""}), keep=Store().keep)
        with pytest.raises(Gone):
            recorder.fetch(URL)
        assert recorder.notes[URL] == {"error": f"{URL} was taken down on purpose.", "status": 410}


class TestReplay:
    def test_answers_as_the_host_did(self):
        recorder, store = record({URL: b"<rss/>"}, URL)
        got = Replay(recorder.notes, read=store.__getitem__).fetch(URL, max_bytes=3, etag="x")
        assert (got.body, got.url_chain, got.status) == (b"<rss/>", (URL,), 200)
        assert got.content_type == "application/rss+xml"

    def test_fails_as_the_host_did(self):
        notes = {
            "a": {"error": "gone", "status": 410},
            "b": {"error": "not here", "status": 404},
            "c": {"error": "no answer", "status": None},
        }
        replay = Replay(notes, read=Store().__getitem__)
        with pytest.raises(Gone, match="gone"):
            replay.fetch("a")
        with pytest.raises(HttpError, match="not here") as caught:
            replay.fetch("b")
        assert caught.value.status == 404
        with pytest.raises(FetchFailed, match="no answer"):
            replay.fetch("c")

    def test_knows_nothing_else(self):
        with pytest.raises(FetchFailed, match="was not read for the preview"):
            Replay({}, read=Store().__getitem__).fetch(URL)
