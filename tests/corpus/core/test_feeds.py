"""Feeds as they are in the wild."""

import json
from datetime import UTC, datetime

import pytest

from corpus.core import feeds, guids
from corpus.core.evidence import Block, Observation
from corpus.core.feeds import EmptyFeed, NotAFeed, Person, TranscriptFile

NAMESPACES = (
    'xmlns:podcast="https://podcastindex.org/namespace/1.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:cc="http://web.resource.org/cc/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:creativeCommons="http://backend.userland.com/creativeCommonsRssModule"'
)
URL = "https://example.org/show/feed.xml"
BY = "https://creativecommons.org/licenses/by/4.0/"
ITEM = '<item><title>One</title><guid>1</guid><enclosure url="a.mp3" type="audio/mpeg" length="5"/>{}</item>'


def rss(channel="", *items):
    return f'<rss version="2.0" {NAMESPACES}><channel>{channel}{"".join(items)}</channel></rss>'.encode()


def parse(channel="", *items, url=URL):
    return feeds.parse(rss(channel, *(items or (ITEM.format(""),))), url=url)


def episode(inside="", *, channel="", url=URL):
    (only,) = parse(channel, ITEM.format(inside), url=url).episodes
    return only


DATA = "file://tests/data/"
# Where we differ on purpose from what podcastparser expects: (feed, field) → why.
DELIBERATE = {
    ("image_and_audio", "link"): "a permalink that is no web address is nothing to click on",
    ("no_guid", "guid"): "many episodes share one link; the enclosure's address tells them apart",
    ("max_episodes", "episodes"): "we keep every episode; podcastparser's test asks for one",
    (
        "no_title_multi_enclosure",
        "episodes",
    ): "an item without a title is named after its first file",
}


class TestPodcastparserFeeds:
    def read(self, path):
        """Our reading and theirs, addresses of their test folder turned into web addresses."""
        base = "https://example.org/data/"
        theirs = json.loads(path.with_suffix(".json").read_text().replace(DATA, base))
        try:
            return feeds.parse(path.read_bytes(), url=f"{base}{path.name}"), theirs
        except EmptyFeed as empty:
            return empty.feed, theirs

    def differences(self, path):
        ours, theirs = self.read(path)
        if ours.title != theirs["title"]:
            yield path.stem, "title"
        yield from (
            (path.stem, key)
            for key in ("link", "language")
            if theirs.get(key) != getattr(ours, key) and key in theirs
        )
        if theirs.get("new_url", ours.new_feed_url) != ours.new_feed_url:
            yield path.stem, "new_url"
        playable = {e["enclosures"][0]["url"]: e for e in theirs["episodes"] if e["enclosures"]}
        found = {their_url: e for e in ours.episodes for their_url in self.urls(e, theirs)}
        if found.keys() != playable.keys():
            yield path.stem, "episodes"
        for url in found.keys() & playable.keys():
            yield from (
                (path.stem, key)
                for key, mine in self.shared(found[url]).items()
                if mine != playable[url][key]
            )

    def urls(self, ours, theirs):
        """The first file of the item of theirs that offers our choice among its files."""
        offers = [e["enclosures"] for e in theirs["episodes"] if e["enclosures"]]
        first = [
            offer[0]["url"]
            for offer in offers
            if ours.enclosure_url in [file["url"] for file in offer]
        ]
        return first or [ours.enclosure_url]

    def shared(self, ours):
        return {
            "title": ours.title,
            "guid": ours.guid,
            "link": ours.link or "",
            "published": int(ours.published.timestamp()) if ours.published else 0,
            "total_time": ours.duration_s or 0,
        }

    def test_are_read_as_podcastparser_reads_them(self, shared_data):
        paths = sorted((shared_data / "feeds" / "podcastparser").glob("*.rss"))
        assert len(paths) == 70
        assert {difference for path in paths for difference in self.differences(path)} == set(
            DELIBERATE
        )

    def test_choose_the_audio_among_several_files(self, shared_data):
        ours, _ = self.read(shared_data / "feeds" / "podcastparser" / "image_and_audio.rss")
        assert ours.episodes[0].enclosure_url == "http://example.net/audio.mp3"


class TestSharedPodcasts:
    @pytest.mark.parametrize(("name", "n_episodes"), [("dialogues", 6), ("meetings", 12)])
    def test_list_files_that_exist(self, shared_data, name, n_episodes):
        body = (shared_data / "podcasts" / name / "feed.xml").read_bytes()
        feed = feeds.parse(
            body.replace(b"@BASE@", b"http://127.0.0.1:8765"), url="http://127.0.0.1:8765/feed.xml"
        )
        assert len(feed.episodes) == n_episodes
        for found in feed.episodes:
            path = shared_data / found.enclosure_url.removeprefix("http://127.0.0.1:8765/")
            assert path.stat().st_size == found.enclosure_bytes

    def test_credit_everybody_they_name(self, shared_data):
        feed = feeds.parse(
            (shared_data / "podcasts" / "meetings" / "feed.xml").read_bytes(), url=None
        )
        assert (
            feed.author
            == "Meeting excerpts makers; AMI Meeting Corpus (University of Edinburgh and partners)"
        )

    def test_the_namespace_example_is_read_whole(self, shared_data):
        feed = feeds.parse(
            (shared_data / "feeds" / "podcast_namespace" / "example.xml").read_bytes(), url=URL
        )
        newest = feed.episodes[0]
        assert feed.block == Block("podcast:block", "yes")
        assert feed.link == "https://example.com/podcast"  # not that of the live item
        assert feed.language == "en-US"
        assert [(person.name, person.role, person.group) for person in newest.persons] == [
            ("Adam Curry", "host", "cast"),
            ("Dave Jones", "guest", "cast"),
            ("Becky Smith", "cover art designer", "visuals"),
        ]
        assert newest.transcripts[1] == TranscriptFile(
            "https://example.com/episode1/transcript.vtt", "text/vtt", "es"
        )
        assert feed.observations[0] == Observation(
            "podcast:license",
            "channel",
            "my-podcast-license-v1",
            "https://example.org/mypodcastlicense/full.pdf",
        )


class TestPodcast:
    def test_keeps_its_own_guid(self):
        written = "<podcast:guid> 917393E3-1b1e-5cef-ace4-edaa54e1f810 </podcast:guid>"
        assert parse(written).guid == "917393e3-1b1e-5cef-ace4-edaa54e1f810"

    @pytest.mark.parametrize(
        "url",
        ["https://mp3s.nashownotes.com/pc20rss.xml", "http://mp3s.nashownotes.com/pc20rss.xml//"],
    )
    def test_computes_a_guid_as_the_namespace_says(self, url):
        assert parse(url=url).guid == "917393e3-1b1e-5cef-ace4-edaa54e1f810"

    def test_computes_a_guid_where_its_own_is_none(self):
        assert parse("<podcast:guid>y0ur-gu1d</podcast:guid>").guid == guids.of_address(URL)

    def test_from_a_file_stays_the_same_with_one_more_episode(self):
        told = "<title>Show</title><link>https://example.org/</link>"
        two = ITEM.format("") + ITEM.format("").replace("<guid>1", "<guid>2")
        assert parse(told, url=None).guid == parse(told, two, url=None).guid

    def test_from_a_file_is_told_apart_from_others(self):
        assert parse("<title>A</title>", url=None).guid != parse("<title>B</title>", url=None).guid

    def test_is_named_after_its_address_without_a_title(self):
        assert (parse().title, parse(url=None).title) == ("feed", "untitled")

    def test_says_what_it_is(self):
        feed = parse(
            "<title>A &lt;b&gt;show&lt;/b&gt; &amp;amp; more</title><link>https://example.org/</link><language>de-AT</language>"
            "<description><![CDATA[<p>Hello <script>x()</script>you</p>]]></description><podcast:medium>Music</podcast:medium>"
            '<podcast:txt purpose="ai-content">true</podcast:txt><itunes:new-feed-url>https://new.example/f</itunes:new-feed-url>'
        )
        assert (feed.title, feed.link, feed.language) == (
            "A show & more",
            "https://example.org/",
            "de-AT",
        )
        assert (feed.description, feed.medium, feed.ai_content) == ("Hello you", "music", True)
        assert (feed.new_feed_url, feed.author, feed.block) == ("https://new.example/f", None, None)

    def test_is_a_natural_one_unless_it_says_otherwise(self):
        assert (parse().medium, parse().ai_content) == ("podcast", False)


class TestEpisode:
    def test_carries_its_file(self):
        one = episode()
        assert one.enclosure_url == "https://example.org/show/a.mp3"
        assert (one.enclosure_type, one.enclosure_bytes) == ("audio/mpeg", 5)

    def test_of_a_feed_without_address_keeps_a_relative_path(self):
        assert episode(url=None).enclosure_url == "a.mp3"

    def test_respects_xml_base(self):
        body = rss().replace(
            b"<channel>", b'<channel xml:base="https://cdn.example/x/">' + ITEM.format("").encode()
        )
        assert feeds.parse(body, url=URL).episodes[0].enclosure_url == "https://cdn.example/x/a.mp3"

    @pytest.mark.parametrize("length", ["", "0", "-1", "many", "9" * 30, "1.5"])
    def test_ignores_a_size_that_is_none(self, length):
        item = ITEM.format("").replace('length="5"', f'length="{length}"')
        assert parse("", item).episodes[0].enclosure_bytes is None

    @pytest.mark.parametrize(
        ("written", "seconds"),
        [("90", 90), ("1:30", 90), ("00:01:30", 90), ("1:00:00", 3600), ("1:30.5", 90.5), ("0", None), ("", None),
         ("soon", None), ("-3", None), ("1:2:3:4", None), ("9" * 40, None)],
    )  # fmt: skip
    def test_reads_durations(self, written, seconds):
        assert episode(f"<itunes:duration>{written}</itunes:duration>").duration_s == seconds

    @pytest.mark.parametrize(
        ("written", "moment"),
        [
            ("Fri, 01 May 2026 10:00:00 GMT", datetime(2026, 5, 1, 10, tzinfo=UTC)),
            ("Fri, 01 May 2026 10:00:00 +0200", datetime(2026, 5, 1, 8, tzinfo=UTC)),
            ("2026-05-01T10:00:00Z", datetime(2026, 5, 1, 10, tzinfo=UTC)),
            ("yesterday", None),
            ("", None),
        ],
    )
    def test_reads_dates(self, written, moment):
        assert episode(f"<pubDate>{written}</pubDate>").published == moment

    def test_has_its_own_people_or_those_of_the_podcast(self):
        host = "<podcast:person>Ann</podcast:person>"
        guest = '<podcast:person role="Guest" href="https://b.example/">Bob</podcast:person>'
        assert episode(channel=host).persons == (Person("Ann"),)
        assert episode(guest, channel=host).persons == (
            Person("Bob", "guest", "cast", "https://b.example/"),
        )

    def test_has_its_own_author_or_that_of_the_podcast(self):
        ann, bob = "<itunes:author>Ann</itunes:author>", "<itunes:author>Bob</itunes:author>"
        assert (episode(channel=ann).author, episode(bob, channel=ann).author) == ("Ann", "Bob")

    def test_is_blocked_with_its_podcast_or_alone(self):
        block = "<itunes:block>Yes</itunes:block>"
        assert episode(channel=block).block == episode(block).block == Block("itunes:block", "Yes")
        assert (
            episode(channel=block + '<podcast:block id="emocast">no</podcast:block>').block is None
        )

    def test_falls_back_to_its_address_for_a_guid(self):
        item = '<item><enclosure url="https://op3.dev/e/h.example/a.mp3?utm_source=x"/></item>'
        assert parse("", item).episodes[0].guid == "https://h.example/a.mp3"

    def test_keeps_its_guid_when_the_feed_moves(self):
        assert episode(url=URL).guid == episode(url="https://elsewhere.example/f").guid == "1"


class TestLicenceElements:
    ALL = (
        "<podcast:license>cc-by-4.0</podcast:license>"
        f"<creativeCommons:license>{BY}</creativeCommons:license>"
        f'<cc:license rdf:resource="{BY}"/>'
        f"<dcterms:license>{BY}</dcterms:license>"
        f'<media:license href="{BY}">CC BY</media:license>'
        f'<atom:link rel="license" href="{BY}"/>'
        "<atom:rights>a</atom:rights><dc:rights>b</dc:rights><copyright>c</copyright>"
    )
    FOUND = (
        ("podcast:license", "cc-by-4.0", None),
        ("creativeCommons:license", BY, None),
        ("cc:license", "", BY),
        ("dcterms:license", BY, None),
        ("media:license", "CC BY", BY),
        ("atom:link", "", BY),
        ("atom:rights", "a", None),
        ("dc:rights", "b", None),
        ("copyright", "c", None),
    )

    def test_are_all_seen_at_both_levels(self):
        feed = parse(self.ALL, ITEM.format(self.ALL))
        assert feed.observations == tuple(
            Observation(e, "channel", text, url) for e, text, url in self.FOUND
        )
        assert feed.episodes[0].observations == tuple(
            Observation(e, "item", text, url) for e, text, url in self.FOUND
        )

    def test_of_an_item_never_leak_into_another(self):
        nd = "<podcast:license>cc-by-nd-4.0</podcast:license>"
        broken = "<item><title>no file</title><podcast:license>cc0</podcast:license></item>"
        items = [
            ITEM.replace("<guid>1", f"<guid>{n}").format(nd if n == 2 else "") for n in range(4)
        ]
        feed = parse("", broken, *items)
        assert [[seen.text for seen in e.observations] for e in feed.episodes] == [
            [],
            [],
            ["cc-by-nd-4.0"],
            [],
        ]

    def test_inside_media_groups_belong_to_the_item(self):
        group = f'<media:group><media:content url="b.mp3"><media:license href="{BY}"/></media:content></media:group>'
        assert episode(group).observations == (Observation("media:license", "item", "", BY),)

    def test_of_an_undeclared_prefix_are_marked(self):
        body = rss("<podcast:license>cc-by-4.0</podcast:license>", ITEM.format(""))
        body = body.replace(b'xmlns:podcast="https://podcastindex.org/namespace/1.0"', b"")
        (seen,) = feeds.parse(body, url=URL).observations
        assert seen == Observation("undeclared podcast:license", "channel", "cc-by-4.0")

    def test_of_the_copyright_of_atom_are_seen(self):
        body = (
            f'<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><rights>r</rights><link rel="license" href="{BY}"/>'
            '<entry><title>E</title><id>urn:1</id><link rel="enclosure" href="a.mp3" type="audio/mpeg" length="9"/>'
            '<link href="page.html"/><updated>2026-05-01T10:00:00Z</updated><rights>mine</rights></entry></feed>'
        )
        feed = feeds.parse(body.encode(), url=URL)
        (one,) = feed.episodes
        assert [seen.element for seen in feed.observations] == ["atom:link", "atom:rights"]
        assert [seen.text for seen in one.observations] == ["mine"]
        assert (one.guid, one.enclosure_bytes, one.link) == (
            "urn:1",
            9,
            "https://example.org/show/page.html",
        )
        assert one.published == datetime(2026, 5, 1, 10, tzinfo=UTC)


class TestDropped:
    @pytest.mark.parametrize(
        ("inside", "reason"),
        [
            ("", "it has no enclosure"),
            ('<enclosure url="c.jpg" type="image/jpeg"/>', "no audio or video, only image/jpeg"),
            (
                '<enclosure url="file:///etc/passwd"/>',
                "'file:///etc/passwd', which is not an http or https address",
            ),
        ],
    )
    def test_items_are_named_with_the_reason(self, inside, reason):
        feed = parse("", f"<item><title>Bad</title>{inside}</item>", ITEM.format(""))
        (sentence,) = feed.dropped
        assert sentence.startswith("Item 1 (“Bad”) was left out:")
        assert reason in sentence

    def test_items_that_repeat_a_guid_are_counted(self):
        feed = parse("", ITEM.format(""), ITEM.format(""), ITEM.format(""))
        assert len(feed.episodes) == 1
        assert feed.dropped == ("2 more item(s) were left out: they repeat the guid '1' of “One”.",)

    def test_the_item_in_which_a_feed_breaks_off_is_not_trusted(self):
        whole = rss("", ITEM.format(""), ITEM.replace("<guid>1", "<guid>2").format("<title/>"))
        cut = whole[: whole.rindex(b"<title/>")]
        feed = feeds.parse(cut, url=URL)
        assert [one.guid for one in feed.episodes] == ["1"]
        assert "breaks off" in feed.dropped[0]


class TestEmptyFeed:
    @pytest.mark.parametrize(
        ("channel", "message"),
        [
            ("<title>New</title>", "lists no episodes yet"),
            ("<item><title>x</title></item>", "No item of “feed” can be played"),
            (
                "<itunes:new-feed-url>https://new.example/</itunes:new-feed-url>",
                "Add https://new.example/ instead",
            ),
        ],
    )
    def test_says_why_and_keeps_what_was_read(self, channel, message):
        with pytest.raises(EmptyFeed, match=message) as caught:
            feeds.parse(rss(channel), url=URL)
        assert caught.value.feed.guid == guids.of_address(URL)


class TestHostileBodies:
    def test_that_are_a_path_are_not_opened(self, tmp_path):
        path = tmp_path / "feed.xml"
        path.write_bytes(rss("", ITEM.format("")))
        with pytest.raises(NotAFeed):
            feeds.parse(str(path).encode(), url=None)

    def test_that_are_an_address_are_not_fetched(self):
        with pytest.raises(NotAFeed):
            feeds.parse(b"http://127.0.0.1:1/feed.xml", url=None)

    def test_cannot_renumber_the_items(self):
        forged = '<e:n xmlns:e="urn:emocast:number">2</e:n>'
        items = [
            ITEM.replace("<guid>1", f"<guid>{n}").format(
                f"<pubDate>0{n} May 2026 10:00:00 GMT</pubDate>{forged}"
            )
            for n in (1, 2)
        ]
        assert [one.published.day for one in parse("", *items).episodes] == [1, 2]

    def test_cut_anywhere_end_in_a_feed_or_a_sentence(self):
        body = rss(
            "<title>A &amp; B</title>", ITEM.format("<itunes:duration>1:00</itunes:duration>")
        )
        told = [self.outcome(body[:end]) for end in range(0, len(body), 7)]
        assert {"", "NotAFeed", "EmptyFeed"} >= set(told)
        assert told[0] == "NotAFeed"

    def outcome(self, body):
        try:
            feeds.parse(body, url=URL)
        except (NotAFeed, EmptyFeed) as told:
            return type(told).__name__
        return ""


class TestOldRss:
    def test_with_items_beside_the_channel_is_read(self):
        body = (
            b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
            b"<channel><title>Old</title></channel>"
            b'<item><title>One</title><enclosure url="https://h.example/a.mp3"/></item></rdf:RDF>'
        )
        feed = feeds.parse(body, url=URL)
        assert (feed.title, [one.title for one in feed.episodes]) == ("Old", ["One"])


class TestWithoutAFeed:
    def test_a_file_is_an_episode_of_a_podcast_that_says_nothing(self):
        one = feeds.episode(guid="a.wav", title="a", enclosure_url="file:///a.wav")
        show = feeds.empty(guid="917393e3-1b1e-5cef-ace4-edaa54e1f810", title="Folder")
        assert (one.observations, one.block, show.observations, show.episodes) == ((), None, (), ())
