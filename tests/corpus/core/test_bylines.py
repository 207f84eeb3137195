"""Who and when, by feedparser."""

import feedparser
import pytest

from corpus.core import feeds
from tests.feed_samples import ATOM, ITEM, RDF, URL, episode, many_items, parse, rss


class TestFacts:
    def test_of_each_item_stay_its_own(self):
        items = [
            ITEM.replace("<guid>1", f"<guid>{n}").format(
                f"<pubDate>0{n} May 2026 10:00:00 GMT</pubDate><dc:creator>{n}</dc:creator>"
            )
            for n in range(1, 6)
        ]
        read = [(one.guid, one.published.day, one.author) for one in parse("", *items).episodes]
        assert read == [(str(n), n, str(n)) for n in range(1, 6)]

    @pytest.mark.parametrize(
        "inside", ["<item>", "<entry>", "&lt;item&gt;", "</author>", "]]>", "<guid/>"]
    )
    def test_cannot_be_smuggled_from_one_item_into_another(self, inside):
        author = f"<author><![CDATA[{inside.replace(']]>', '')}]]>{inside if inside[1] == 'g' else ''}x</author>"
        two = ITEM.replace("<guid>1", "<guid>2").format(
            "<pubDate>02 May 2026 10:00:00 GMT</pubDate>"
        )
        feed = parse("", ITEM.format(author), two)
        assert [one.published and one.published.day for one in feed.episodes] == [None, 2]

    def test_of_atom_and_old_rss_are_read(self):
        atom, old = feeds.parse(ATOM, url=URL), feeds.parse(RDF, url=URL)
        assert (atom.author, atom.language) == ("Ann", "fr")
        assert (atom.episodes[0].published.day, old.episodes[0].published.year) == (1, 2004)

    def test_credit_an_owner_where_nobody_else_is_named(self):
        owner = "<itunes:owner><itunes:name>Olga</itunes:name><itunes:email>o@x.example</itunes:email></itunes:owner>"
        assert parse(owner).author == "Olga"
        assert parse(f"{owner}<itunes:author>Ann</itunes:author>").author == "Ann"

    def test_of_a_date_inside_something_else_are_not_taken(self):
        assert (
            episode(
                "<media:group><pubDate>02 May 2026 10:00:00 GMT</pubDate></media:group>"
            ).published
            is None
        )

    def test_are_missing_where_feedparser_stumbles(self, monkeypatch):
        def stumbles(*_, **__):
            raise TypeError

        monkeypatch.setattr(feedparser, "parse", stumbles)
        one = episode(
            "<pubDate>02 May 2026 10:00:00 GMT</pubDate><itunes:author>Ann</itunes:author>"
        )
        assert (one.published, one.author) == (None, "Ann")

    def test_are_missing_where_feedparser_counts_other_items(self, monkeypatch):
        real = feedparser.parse

        def miscounts(*args, **options):
            read = real(*args, **options)
            read.entries.pop()
            return read

        monkeypatch.setattr(feedparser, "parse", miscounts)
        assert episode("<pubDate>02 May 2026 10:00:00 GMT</pubDate>").published is None

    @pytest.mark.parametrize("tag", ["author", "pubDate", "dc:creator", "managingEditor"])
    def test_never_keep_feedparser_busy_with_endless_words(self, monkeypatch, tag):
        """It looks for an e-mail address in quadratic time: a megabyte of letters takes it an hour."""
        seen = []
        real = feedparser.parse

        def watched(file, **options):
            seen.append(len(file.getvalue()))
            return real(file, **options)

        monkeypatch.setattr(feedparser, "parse", watched)
        endless = f"<{tag}>{'a' * 1_000_000}</{tag}>" + f"<{tag}>x</{tag}>" * 1000
        assert episode(endless).guid == "1"
        assert seen[0] < 10_000

    def test_are_asked_of_feedparser_in_a_few_words_per_item(self, monkeypatch):
        seen = []
        real = feedparser.parse

        def watched(file, **options):
            seen.append(len(file.getvalue()))
            return real(file, **options)

        monkeypatch.setattr(feedparser, "parse", watched)
        body = many_items(50)
        assert len(feeds.parse(body, url=URL).episodes) == 50
        assert seen[0] < len(body) / 8

    def test_of_a_page_of_a_feed_name_the_next_one(self):
        feed = feeds.parse(
            rss('<atom:link rel="next" href="https://x.example/2"/>', ITEM.format("")), url=URL
        )
        assert feed.dropped == (
            "The feed goes on at https://x.example/2; only this page of it was read.",
        )
