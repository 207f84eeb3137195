"""Which file is the episode, and what its address comes down to."""

import pytest

from corpus.core import enclosures
from corpus.core.enclosures import Enclosure

BASE = "https://example.org/shows/feed.xml"


class TestKind:
    @pytest.mark.parametrize(
        ("url", "declared", "kind"),
        [
            ("https://h/a.mp3", "audio/mpeg", "audio"),
            ("https://h/a.mp3?x=1", None, "audio"),
            ("https://h/a.MP3", "text/html", "audio"),
            ("https://h/a.opus", "application/octet-stream", "audio"),
            ("https://h/a", "application/ogg", "audio"),
            ("https://h/a.m4a", "video/mp4", "video"),
            ("https://h/a.mp4", None, "video"),
            ("https://h/a", None, "unknown"),
            ("https://h/play?id=3", "application/octet-stream", "unknown"),
            ("https://h/a.jpg", None, "other"),
            ("https://h/cover", "image/png", "other"),
            ("https://h/a.pdf", "application/pdf", "other"),
            ("https://h/a.torrent", "application/x-bittorrent", "other"),
        ],
    )
    def test_trusts_the_ending_where_the_type_is_no_sound(self, url, declared, kind):
        assert enclosures.kind(Enclosure(url, declared)) == kind


class TestBest:
    def test_prefers_audio_then_the_unknown_then_video(self):
        video, unknown, audio, other = (
            Enclosure(f"https://h/{name}") for name in ("a.mp4", "a", "a.ogg", "a.jpg")
        )
        assert enclosures.best([other, video, unknown, audio]) == audio
        assert enclosures.best([other, video, unknown]) == unknown
        assert enclosures.best([other, video]) == video
        assert enclosures.best([other]) is None

    def test_keeps_the_order_of_the_feed(self):
        first, second = Enclosure("https://h/a.ogg"), Enclosure("https://h/a.mp3")
        assert enclosures.best([first, second]) == first


class TestResolved:
    @pytest.mark.parametrize(
        ("address", "base", "expected"),
        [
            ("https://h/a.mp3", BASE, "https://h/a.mp3"),
            (" https://h/a.mp3\n", BASE, "https://h/a.mp3"),
            ("a.mp3", BASE, "https://example.org/shows/a.mp3"),
            ("/a.mp3", BASE, "https://example.org/a.mp3"),
            ("//cdn.example/a.mp3", BASE, "https://cdn.example/a.mp3"),
            ("//cdn.example/a.mp3", None, "https://cdn.example/a.mp3"),
            ("audio/a.mp3", None, "audio/a.mp3"),
            ("", BASE, None),
            (None, BASE, None),
            ("file:///etc/passwd", BASE, None),
            ("file:///etc/passwd", None, None),
            ("javascript:alert(1)", None, None),
            ("data:audio/mpeg;base64,AAAA", BASE, None),
            ("https:///a.mp3", None, None),
            ("http://[bad/a.mp3", BASE, None),
            ("a.mp3", "file:///home/me/feed.xml", None),
        ],
    )
    def test_gives_web_addresses_and_paths_only(self, address, base, expected):
        assert enclosures.resolved(address, base) == expected


class TestNormalised:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("https://h.example/a.mp3", "https://h.example/a.mp3"),
            ("HTTPS://H.Example/A.mp3#t=3", "https://h.example/A.mp3"),
            (
                "https://h.example/a.mp3?utm_source=x&id=3&utm_medium=y",
                "https://h.example/a.mp3?id=3",
            ),
            ("https://www.podtrac.com/pts/redirect.mp3/h.example/a.mp3", "https://h.example/a.mp3"),
            ("https://op3.dev/e/https://h.example/a.mp3", "https://h.example/a.mp3"),
            ("https://pdst.fm/e/chtbl.com/track/AB12/h.example/a.mp3", "https://h.example/a.mp3"),
            ("https://media.blubrry.com/show/http://h.example/a.mp3", "http://h.example/a.mp3"),
        ],
    )
    def test_is_what_lies_behind_the_counting_services(self, url, expected):
        assert enclosures.normalised(url) == expected


class TestName:
    def test_is_the_file_without_ending_else_the_host(self):
        assert enclosures.name("https://h.example/x/My%20show.mp3?a=b") == "My show"
        assert enclosures.name("https://h.example/") == "h.example"
        assert enclosures.name("audio/a.mp3") == "a"
