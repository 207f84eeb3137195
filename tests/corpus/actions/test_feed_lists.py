from datetime import timedelta

import pytest

from corpus.actions import feed_lists, intakes
from corpus.core import opml
from corpus.core.opml import Listing, Outline, Unread
from corpus.models import FeedWatch, Intake
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
A, B, C = (f"https://{name}.example/feed.xml" for name in "abc")


def listing(*urls, left_out=()):
    return Listing(tuple(Outline(f"About {url}", url) for url in urls), tuple(left_out))


def ask(found, *, licence="", attribution="", by=None, at=NOW):
    return feed_lists.ask(listing=found, licence=licence, attribution=attribution, by=by, at=at)


class TestAsk:
    def test_puts_every_feed_on_its_way_as_one_batch(self):
        curator = make.user("curator")
        asked = ask(listing(A, B), licence="CC-BY-4.0", attribution="Anna", by=curator)
        rows = Intake.objects.order_by("source")
        assert [(row.source, row.title) for row in rows] == [(A, f"About {A}"), (B, f"About {B}")]
        assert {row.batch for row in rows} == {asked.batch}
        assert {(row.licence, row.attribution, row.asked_by) for row in rows} == {
            ("CC-BY-4.0", "Anna", curator)
        }

    def test_says_what_is_in_the_corpus_already(self):
        by_source = make.podcast(source=A)
        moved = make.podcast()
        FeedWatch.objects.create(podcast=moved, url=B, retry_at=NOW)
        asked = ask(listing(A, B, C))
        assert asked.in_corpus == [by_source, moved]
        assert [row.source for row in asked.intakes] == [C]

    @pytest.mark.parametrize("state", ["waiting", "ready", "failed", "agreed"])
    def test_says_what_is_on_its_way_already(self, state):
        make.intake(source=A, state=state, decided_at=NOW if state == "agreed" else None)
        asked = ask(listing(A, B))
        assert [one.url for one in asked.under_way] == [A]
        assert [row.source for row in asked.intakes] == [B]

    def test_asks_again_for_what_was_left_out_before(self):
        make.intake(source=A, state="dismissed", decided_at=NOW)
        assert len(ask(listing(A)).intakes) == 1

    def test_leaves_out_what_is_never_asked_and_says_so(self):
        asked = ask(listing("https://me:secret@a.example/", B, left_out=["One was odd."]))
        note, secret = asked.left_out
        assert (note.title, note.error) == (feed_lists.THE_LIST, "One was odd.")
        assert "name or password" in secret.error
        assert secret.source == "https://…@a.example/"
        assert [row.source for row in asked.intakes] == [B]

    def test_twice_adds_nothing(self):
        ask(listing(A, B))
        again = ask(listing(A, B))
        assert (again.intakes, len(again.under_way)) == ([], 2)
        assert Intake.objects.asked().count() == 2

    def test_keeps_every_line_that_is_not_read_with_its_reason(self):
        known = make.podcast(source=A, title="Known")
        make.intake(source=B)
        unread = (Unread("Long", "x" * 3000, "It is too long."), Unread("", "", "It is empty."))
        asked = ask(Listing(listing(A, B, C).outlines, (), unread), by=make.user("curator"))
        rows = list(feed_lists.left_out(asked.batch))
        assert [row.error for row in rows] == [
            "It is too long.",
            "It is empty.",
            "It is in the corpus already, as “Known”.",
            "It was on its way in already.",
        ]
        assert len(rows[0].source) == 2000
        assert rows[2].podcast == known

    def test_leaves_lines_alone_that_are_not_read(self):
        asked = ask(Listing(listing(A).outlines, (), (Unread("Odd", "ftp://h", "No."),)))
        assert intakes.retry_failed(at=NOW, batch=asked.batch) == 0
        assert list(intakes.listed(batch=asked.batch)) == asked.intakes
        assert intakes.counts(batch=asked.batch) == {"waiting": 1}
        later = NOW + timedelta(hours=1)
        assert intakes.to_enqueue(now=later, most=9) == asked.intakes
        asked.intakes[0].delete()
        assert not intakes.is_idle(now=later, patience=timedelta(seconds=20))

    def test_says_how_many_lines_are_not_listed(self, monkeypatch):
        monkeypatch.setattr(feed_lists, "MOST_FEEDS", 2)
        unread = tuple(Unread(f"Odd {n}", "", "No.") for n in range(5))
        first, *rest = ask(Listing(listing(A).outlines, (), unread)).left_out
        assert first.error == "3 more lines could not be read and are not listed."
        assert [row.title for row in rest] == ["Odd 0", "Odd 1"]

    def test_refuses_more_than_one_list_may_have(self, monkeypatch):
        monkeypatch.setattr(feed_lists, "MOST_FEEDS", 1)
        with pytest.raises(ValueError, match="names 2 feeds, and 1 are the most"):
            ask(listing(A, B))
        assert not Intake.objects.exists()

    def test_refuses_a_licence_that_we_do_not_know(self):
        with pytest.raises(ValueError, match="no licence that we know"):
            ask(listing(A), licence="free")

    def test_takes_what_podcast_players_export(self):
        found = opml.parse(
            b'<?xml version="1.0"?><opml version="2.0"><body><outline text="News">'
            b'<outline type="rss" text="A" xmlUrl="https://a.example/feed.xml"/>'
            b'<outline type="rss" text="A again" xmlUrl="https://a.example/feed.xml"/>'
            b'<outline type="rss" text="B" xmlUrl="feed://b.example/feed.xml"/>'
            b'<outline type="rss" text="C" xmlUrl="ftp://c.example/"/></outline></body></opml>'
        )
        asked = ask(found)
        assert [row.title for row in asked.intakes] == ["A", "B"]
        assert len(asked.left_out) == 2

    def test_takes_addresses_with_the_rules_of_a_single_one(self):
        (row,) = ask(listing(A)).intakes
        assert intakes.address(row.source) == row.source


class TestReadSince:
    def test_knows_what_was_read_a_moment_ago(self):
        podcast = make.podcast(source=A)
        watch = FeedWatch.objects.create(podcast=podcast, url=A, retry_at=NOW, checked_at=NOW)
        outlines = listing(A, B).outlines
        assert feed_lists.read_since(outlines, moment=NOW) == {A: podcast}
        assert feed_lists.read_since(outlines, moment=NOW + timedelta(seconds=1)) == {}
        FeedWatch.objects.filter(pk=watch.pk).update(error="It failed.")
        assert feed_lists.read_since(outlines, moment=NOW) == {}
