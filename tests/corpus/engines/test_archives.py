"""Feeds whose files lie in the Internet Archive: it is asked for the licence that they leave out."""

import json

import pytest

from corpus.core import feeds, licences
from corpus.engines import archives
from tests import fakes
from tests.feed_samples import ARCHIVE, URL, rss

BY_SA = "http://creativecommons.org/licenses/by-sa/3.0/de/"


def item(name, *, inside=""):
    return f'<item><title>{name}</title><guid>{name}</guid><enclosure url="https://archive.org/download/{name}/01 tea.mp3"/>{inside}</item>'


def feed(*items, channel=""):
    return feeds.parse(rss(channel, *items), url=URL)


def web(*names):
    body = json.dumps(ARCHIVE).encode()
    return fakes.FakeFetcher({f"https://archive.org/metadata/{name}": body for name in names})


def verdicts(found):
    return [
        licences.decide((*one.observations, *found.observations), block=None).verdict
        for one in found.episodes
    ]


class TestCompleted:
    def test_adds_what_the_archive_says_and_keeps_the_proof(self):
        found, documents, notes = archives.completed(feed(item("a")), fetcher=web("a"))
        assert verdicts(found) == ["accepted"]
        assert found.episodes[0].observations[0].url == BY_SA
        assert found.episodes[0].integrity == "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="
        assert documents == (("https://archive.org/metadata/a", json.dumps(ARCHIVE).encode()),)
        assert notes == ()

    @pytest.mark.parametrize("where", ["channel", "item"])
    def test_does_not_ask_where_a_licence_is_stated(self, where):
        stated = "<podcast:license>cc-by-nd-4.0</podcast:license>"
        told = (
            feed(item("a", inside=stated)) if where == "item" else feed(item("a"), channel=stated)
        )
        fetcher = web("a")
        found, _, _ = archives.completed(told, fetcher=fetcher)
        assert fetcher.asked == []
        assert verdicts(found) == ["index_only"]

    @pytest.mark.parametrize(
        "vague", ["<podcast:license>ours</podcast:license>", "<copyright>© Ann</copyright>"]
    )
    def test_asks_where_what_is_stated_decides_nothing(self, vague):
        fetcher = web("a")
        archives.completed(feed(item("a"), channel=vague), fetcher=fetcher)
        assert len(fetcher.asked) == 1

    def test_does_not_ask_about_files_elsewhere(self):
        fetcher = web()
        elsewhere = '<item><enclosure url="https://h.example/download/a/b.mp3"/></item>'
        archives.completed(feed(elsewhere), fetcher=fetcher)
        assert fetcher.asked == []

    def test_asks_about_each_item_once(self):
        fetcher = web("a", "b")
        twice = item("a").replace("<guid>a", "<guid>other")
        found, documents, _ = archives.completed(feed(item("a"), twice, item("b")), fetcher=fetcher)
        assert [address[-1] for address in fetcher.asked] == ["a", "b"]
        assert len(documents) == 2
        assert verdicts(found) == ["accepted"] * 3

    def test_leaves_an_episode_as_it_was_where_asking_fails(self):
        found, documents, notes = archives.completed(feed(item("a"), item("b")), fetcher=web("b"))
        assert verdicts(found) == ["review", "accepted"]
        assert len(documents) == 1
        assert "could not be asked about “a”" in notes[0]

    @pytest.mark.parametrize("answer", [b"[]", b'{"is_dark": true}', b"<html/>", b'{"x": 1}'])
    def test_says_what_answers_nothing(self, answer):
        fetcher = fakes.FakeFetcher({"https://archive.org/metadata/a": answer})
        found, documents, notes = archives.completed(feed(item("a")), fetcher=fetcher)
        assert (verdicts(found), documents) == (["review"], ())
        assert notes[0].endswith("Its episodes stay as the feed tells them.")

    def test_asks_about_fifty_at_most_and_says_so(self):
        names = [f"n{n}" for n in range(archives.MOST + 3)]
        fetcher = web(*names)
        found, _, notes = archives.completed(feed(*map(item, names)), fetcher=fetcher)
        assert len(fetcher.asked) == archives.MOST
        assert verdicts(found) == ["accepted"] * archives.MOST + ["review"] * 3
        assert notes == (
            "The licence of 3 more item(s) of the Internet Archive was not looked up, since at most 50 are asked "
            "about in one reading: their episodes wait for a person, or for the next reading.",
        )

    def test_leaves_an_archive_that_is_down_alone(self):
        names = [f"n{n}" for n in range(10)]
        fetcher = web()
        _, _, notes = archives.completed(feed(*map(item, names)), fetcher=fetcher)
        assert len(fetcher.asked) == archives.PATIENCE
        assert "7 more item(s)" in notes[-1]
        assert "the last 3 questions failed" in notes[-1]
