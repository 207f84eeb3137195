"""Feeds as they are in the wild."""

from datetime import UTC, datetime

import pytest

from corpus.core import feeds, guids, markup
from corpus.core.evidence import Block
from corpus.core.feeds import EmptyFeed, NotAFeed, Person
from tests import known_feeds
from tests.feed_samples import EXAMPLE_FACTS, ITEM, URL, episode, parse, rss


class TestPodcastparserFeeds:
    def test_are_read_as_podcastparser_reads_them(self, shared_data):
        paths = sorted((shared_data / "feeds" / "podcastparser").glob("*.rss"))
        fields = [field for path in paths for field in known_feeds.podcastparser_fields(path)]
        unequal = {field.key for field in fields if not field.is_equal}
        assert (len(paths), len(fields)) == (70, 448)
        assert unequal == set(known_feeds.DELIBERATE)

    def test_choose_the_audio_among_several_files(self, shared_data):
        feed = known_feeds.read(shared_data / "feeds" / "podcastparser" / "image_and_audio.rss")
        assert feed.episodes[0].enclosure_url == "http://example.net/audio.mp3"


class TestLicenceFeeds:
    @pytest.mark.parametrize("name", known_feeds.VERDICTS)
    def test_come_to_what_their_name_says(self, shared_data, name):
        path = shared_data / "feeds" / "licences" / f"{name}.xml"
        assert known_feeds.verdicts(path) == known_feeds.VERDICTS[name]


class TestNamespaceExample:
    @pytest.mark.parametrize("fact", EXAMPLE_FACTS)
    def test_is_read(self, shared_data, fact):
        path = shared_data / "feeds" / "podcast_namespace" / "example.xml"
        assert EXAMPLE_FACTS[fact](known_feeds.read(path))


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


class TestDropped:
    @pytest.mark.parametrize(
        ("inside", "reason"),
        [
            ("", "it has no enclosure"),
            ('<enclosure url="c.jpg" type="image/jpeg"/>', "no audio, only image/jpeg"),
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

    def test_entities_of_the_feed_itself_are_told(self):
        body = b'<!DOCTYPE rss [<!ENTITY me "Anna">]>' + rss(
            "", ITEM.format("<author>&me;</author>")
        )
        assert feeds.parse(body, url=URL).dropped == (
            "The feed declares entities of its own; they were left out.",
        )

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

    def test_of_more_items_than_anybody_has_are_cut(self, monkeypatch):
        monkeypatch.setattr(feeds, "MOST_ITEMS", 2)
        items = [ITEM.replace("<guid>1", f"<guid>{n}").format("") for n in range(5)]
        feed = parse("", *items)
        assert [one.guid for one in feed.episodes] == ["0", "1"]
        assert feed.dropped == ("3 items beyond the first 2 were left out.",)

    def test_of_more_markup_than_fits_are_refused(self, monkeypatch):
        monkeypatch.setattr(markup, "MOST_MARKS", 50)
        with pytest.raises(NotAFeed, match="more than 50 pieces of markup"):
            parse("<a/>" * 50)

    @pytest.mark.parametrize(
        "inside",
        [
            "<description><![CDATA[" + "<b" * 300_000 + "]]></description>",
            "<description>" + "&amp;#a" * 100_000 + "</description>",
            "<title>" + "<![CDATA[x]]>" * 50_000 + "&x </title>",
            "<podcast:license>" + "a-" * 200_000 + "b</podcast:license>",
            "<guid>" + "9" * 1_000_000 + "</guid>",
            '<enclosure url="' + "https://op3.dev/e/" * 50_000 + 'x.mp3"/>',
        ],
        ids=["tags", "entities", "sections", "licence", "guid", "trackers"],
    )
    def test_of_endless_words_come_to_an_end(self, inside):
        assert len(parse("", ITEM.format(inside)).episodes) == 1

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
