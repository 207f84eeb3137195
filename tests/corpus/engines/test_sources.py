"""Everything that can be pointed at, as one kind of thing."""

import json
import random
from dataclasses import replace

import pytest

from corpus.core.feeds import EmptyFeed, NotAFeed
from corpus.engines import sources
from corpus.engines.failures import FetchFailed
from corpus.engines.http import Fetched
from corpus.engines.sources import BadSource
from tests import fakes, mutations
from tests.feed_samples import ARCHIVE, ITEM, OPML, SAMPLES, URL, rss

METADATA = "https://archive.org/metadata/tea-talk"
ITEM_BODY = json.dumps(ARCHIVE).encode()


class Redirecting(fakes.FakeFetcher):
    """A web in which every feed is found after one step."""

    def fetch(self, url: str, **wishes: object) -> Fetched:
        got = super().fetch(url, **wishes)
        return replace(got, url_chain=(url, "https://cdn.example/moved/feed.xml"))


def read(body=b"", *, url=URL, fetcher=None):
    return sources.read(url, fetcher=fetcher or fakes.FakeFetcher({url: body}))


class TestFeedAddress:
    def test_is_read_with_its_redirects(self):
        found = read(fetcher=Redirecting({URL: rss("", ITEM.format(""))}))
        assert found.urls == (URL, "https://cdn.example/moved/feed.xml")
        assert found.location == URL
        assert found.feed.episodes[0].enclosure_url == "https://cdn.example/moved/a.mp3"
        assert found.documents == ()

    def test_of_a_web_page_names_its_feed(self):
        page = b'<html><link rel="alternate" type="application/atom+xml" href="/f.xml"></html>'
        with pytest.raises(
            NotAFeed, match=r"web page, not a feed; its feed is at https://example\.org/f\.xml"
        ):
            read(page)

    def test_that_says_it_has_moved_is_read_where_it_is(self):
        moved = "<itunes:new-feed-url>https://new.example/f</itunes:new-feed-url>"
        found = read(rss(moved, ITEM.format("")))
        assert found.location == URL
        assert found.left_out == (
            "The feed says that it has moved to https://new.example/f; it was read where it is.",
        )

    def test_that_says_it_is_where_it_is_has_not_moved(self):
        moved = f"<itunes:new-feed-url>{URL}</itunes:new-feed-url>"
        assert read(rss(moved, ITEM.format(""))).left_out == ()

    def test_is_asked_for_once(self):
        fetcher = fakes.FakeFetcher({URL: rss("", ITEM.format(""))})
        read(fetcher=fetcher)
        assert fetcher.asked == [URL]

    def test_with_files_in_the_archive_is_completed(self):
        item = ITEM.format("").replace("a.mp3", "https://archive.org/download/tea-talk/01 tea.mp3")
        fetcher = fakes.FakeFetcher({URL: rss("", item), METADATA: ITEM_BODY})
        found = read(fetcher=fetcher)
        assert found.documents == ((METADATA, ITEM_BODY),)
        assert found.feed.episodes[0].observations[0].element == "archive:licenseurl"
        assert found.body == rss("", item)

    def test_with_files_in_an_archive_that_is_down_says_so(self):
        item = ITEM.format("").replace("a.mp3", "https://archive.org/download/tea-talk/a.mp3")
        found = read(rss("", item))
        assert "could not be asked about “tea-talk”" in found.left_out[0]
        assert len(found.feed.episodes) == 1


class TestArchiveAddress:
    @pytest.mark.parametrize(
        "address",
        [
            METADATA,
            "https://archive.org/details/tea-talk",
            "https://archive.org/download/tea-talk/01%20tea.mp3",
        ],
    )
    def test_is_read_by_its_metadata(self, address):
        fetcher = fakes.FakeFetcher({METADATA: ITEM_BODY})
        found = sources.read(address, fetcher=fetcher)
        assert fetcher.asked == [METADATA]  # and not a second time for the licence
        assert (found.location, found.body, found.urls) == (METADATA, ITEM_BODY, (METADATA,))
        assert [one.title for one in found.feed.episodes] == ["First tea", "02_vbr"]

    def test_of_one_file_says_that_all_are_here(self):
        fetcher = fakes.FakeFetcher({METADATA: ITEM_BODY})
        found = sources.read("https://archive.org/download/tea-talk/01%20tea.mp3", fetcher=fetcher)
        assert "all 2 recordings of the item" in found.left_out[0]

    def test_of_a_feed_that_is_kept_there_is_read_as_a_feed(self):
        address = "https://archive.org/download/tea-talk/feed.xml"
        found = read(
            rss("<podcast:license>cc0-1.0</podcast:license>", ITEM.format("")), url=address
        )
        assert found.location == address
        assert found.feed.episodes[0].enclosure_url == "https://archive.org/download/tea-talk/a.mp3"

    def test_of_nothing_is_told(self):
        with pytest.raises(BadSource, match="has no item “tea-talk”"):
            read(b"{}", url=METADATA)

    def test_that_fails_is_a_failure(self):
        with pytest.raises(FetchFailed):
            read(url=METADATA, fetcher=fakes.FakeFetcher())


class TestFile:
    def test_of_a_feed_is_completed_too(self, tmp_path):
        item = ITEM.format("").replace("a.mp3", "https://archive.org/download/tea-talk/a.mp3")
        (tmp_path / "feed.xml").write_bytes(rss("", item))
        fetcher = fakes.FakeFetcher({METADATA: ITEM_BODY})
        for path in (tmp_path, tmp_path / "feed.xml"):
            assert sources.read(str(path), fetcher=fetcher).documents == ((METADATA, ITEM_BODY),)

    def test_of_archive_metadata_is_read(self, tmp_path):
        (tmp_path / "tea.json").write_bytes(ITEM_BODY)
        found = sources.read(str(tmp_path / "tea.json"), fetcher=None)
        assert found.feed.title == "Tea talk"


class TestOfDocument:
    def test_is_what_was_read(self):
        body = rss("", ITEM.format(""))
        assert sources.of_document(body, location=URL, base=URL).feed == read(body).feed

    def test_reads_archive_metadata(self):
        found = sources.of_document(ITEM_BODY, location=METADATA, base=METADATA)
        assert found.feed.title == "Tea talk"

    def test_of_a_file_finds_what_lies_beside_it(self, tmp_path):
        fakes.write_wav(tmp_path / "a.wav", fakes.voice(1))
        (tmp_path / "a.wav").rename(tmp_path / "a.mp3")
        body = rss("", ITEM.format(""))
        found = sources.of_document(body, location=str(tmp_path / "feed.xml"), base=None)
        assert found.feed.episodes[0].enclosure_url == (tmp_path / "a.mp3").as_uri()

    @pytest.mark.parametrize(
        ("body", "refusal"),
        [(b"{}", BadSource), (b'{"x": 1}', NotAFeed), (b"x", NotAFeed), (rss(), EmptyFeed)],
    )
    def test_refuses_with_a_sentence(self, body, refusal):
        with pytest.raises(refusal, match=r"\w+ \w+"):
            sources.of_document(body, location=URL, base=URL)

    @pytest.mark.slow
    def test_of_mutated_feeds_is_a_source_or_a_sentence(self):
        for case in range(150):
            body = mutations.mutated(SAMPLES, random.Random(f"sources {case}"))
            try:
                found = sources.of_document(body, location=URL, base=URL)
            except (NotAFeed, EmptyFeed, BadSource) as told:
                assert str(told)  # noqa: PT017
            else:
                assert found.feed.episodes

    @pytest.mark.slow
    def test_of_mutated_shared_feeds_is_a_source_or_a_sentence(self, shared_data):
        paths = sorted((shared_data / "feeds").rglob("*.rss"))
        bodies = [path.read_bytes() for path in paths]
        for case in range(100):
            body = mutations.mutated(bodies, random.Random(f"shared {case}"))
            try:
                sources.of_document(body, location=URL, base=URL)
            except (NotAFeed, EmptyFeed, BadSource) as told:
                assert str(told)  # noqa: PT017


class TestOpml:
    def test_is_a_list_of_feeds(self):
        assert [outline.title for outline in sources.opml(OPML)] == ["Tea", "The"]

    def test_that_is_none_is_a_bad_source(self):
        with pytest.raises(BadSource, match="no OPML list"):
            sources.opml(b"x")

    def test_tells_what_it_leaves_out(self):
        body = OPML.replace(b"https://tee.example/feed", b"/etc/passwd")
        assert "'/etc/passwd' is not an http" in sources.listing(body).left_out[0]


class TestRead:
    @pytest.mark.parametrize(
        ("source", "told"),
        [
            ("", "empty"),
            (" ", "empty"),
            ("x" * 3000, "longer than any"),
            ("/nowhere/at/all", "does not exist"),
        ],
    )
    def test_refuses_what_is_nothing(self, source, told):
        with pytest.raises(BadSource, match=told):
            sources.read(source, fetcher=None)


class TestALook:
    """At a feed file whose recordings lie elsewhere."""

    FEED = (
        '<rss version="2.0"><channel><title>T</title><item><title>One</title>'
        '<enclosure url="audio/1.mp3" type="audio/mpeg"/></item></channel></rss>'
    )

    def test_keeps_what_cannot_be_had_and_says_so(self, tmp_path):
        (tmp_path / "feed.xml").write_text(self.FEED)
        found = sources.read(str(tmp_path / "feed.xml"), fetcher=None, is_look=True)
        assert [one.title for one in found.feed.episodes] == ["One"]
        assert "neither beside the feed" in found.left_out[0]

    def test_is_not_enough_to_take_it_in(self, tmp_path):
        (tmp_path / "feed.xml").write_text(self.FEED)
        with pytest.raises(BadSource, match="No episode of this feed can be had"):
            sources.read(str(tmp_path / "feed.xml"), fetcher=None)

    @pytest.mark.parametrize("name", ["ftp://a.example/feed.xml", "file:///etc/passwd"])
    def test_is_not_taken_at_other_schemes(self, name):
        with pytest.raises(BadSource, match="only http"):
            sources.read(name, fetcher=None)
