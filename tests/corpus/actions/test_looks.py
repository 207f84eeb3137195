"""What is at the address of a feed: the same as before, the podcast's feed, or something else."""

import pytest

from corpus.actions import documents, feeds
from corpus.engines import sources
from corpus.models import Episode, FeedCheck, FeedWatch, LicenceEvidence
from tests import loopback
from tests.factories.corpus import NOW
from tests.refreshed import (
    DATE,
    DAY,
    HOUR,
    OTHER,
    entered,
    refresh,
    rss,
    serve,
    state,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def host():
    with loopback.serving() as server:
        yield server


class TestUnchanged:
    def test_is_asked_with_both_validators_byte_for_byte(self, host):
        entered(host)
        serve(host, rss("1", "2"), ETag='W/"odd \\ one"', Last_Modified=DATE)
        refresh()
        check = refresh(at=NOW + 2 * HOUR)
        asked = host.asked[-1][1]
        assert (asked["If-None-Match"], asked["If-Modified-Since"]) == ('W/"odd \\ one"', DATE)
        assert (check.outcome, check.status) == ("unchanged", 304)
        watch = FeedWatch.objects.get()
        assert (watch.etag, watch.checked_at) == ('W/"odd \\ one"', NOW + 2 * HOUR)

    def test_is_not_parsed(self, host, monkeypatch):
        entered(host, ETag='"1"')
        refresh()
        monkeypatch.setattr(sources, "of_document", None)
        assert refresh().outcome == "unchanged"
        serve(host, rss("1", "2"))
        assert refresh().outcome == "unchanged"

    def test_goes_on_with_one_validator_where_two_are_mishandled(self, host):
        entered(host)

        def page(handler):
            asked = handler.headers.get("If-None-Match"), handler.headers.get("If-Modified-Since")
            if asked == (None, DATE):
                return handler.answer(304)
            return handler.answer(body=rss("1", "2"), ETag='"1"', Last_Modified=DATE)

        host.pages["/feed"] = page
        seen = [(refresh().status, FeedWatch.objects.get().validators) for _ in range(5)]
        assert seen == [
            (200, "both"),
            (200, "etag"),
            (200, "date"),
            (304, "date"),
            (304, "date"),
        ]

    def test_forgets_a_validator_that_cannot_be_given_back(self, host):
        entered(host)
        serve(host, rss("1", "3"), ETag='"' + "x" * 2000 + '"')
        refresh()
        assert FeedWatch.objects.get().etag == ""

    def test_remembers_the_latest_looks_only(self, host, monkeypatch):
        monkeypatch.setattr(feeds, "KEPT", 3)
        entered(host)
        serve(host, rss("1", "3"))
        refresh()
        for n in range(6):
            refresh(at=NOW + n * DAY)
        assert FeedCheck.objects.filter(outcome="unchanged").count() == 3
        assert FeedCheck.objects.filter(outcome="changed").count() == 2  # the first one too
        assert FeedCheck.objects.filter(at=NOW + 5 * DAY).exists()


class TestRefused:
    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"<!doctype html><html><body>Parked</body></html>", ""),
            (b"", ""),
            (
                b"<rss version='2.0'><channel><title>Small talk</title></channel></rss>",
                "no episodes",
            ),
            (rss("8", "9", guid=OTHER, title="Other"), "“Other”"),
        ],
    )
    def test_keeps_the_document_and_the_good_state(self, host, body, words):
        entered(host, ETag='"1"')
        refresh()
        before = state()
        serve(host, body, ETag='"2"')
        check = refresh()
        assert check.outcome == "refused"
        assert words in check.notes[0]
        assert state() == before
        assert FeedWatch.objects.get().failures == 1
        if body:
            assert documents.read(check.document) == body
        assert refresh().outcome == "refused"  # not taken for unchanged

    def test_is_what_took_an_address_over(self, host):
        entered(host, rss("1", guid=""))
        serve(host, rss("7", guid="", title="Casino"))
        assert refresh().outcome == "refused"

    def test_is_no_feed_that_only_rolls_on(self, host):
        entered(host, rss("1", guid=""))
        serve(host, rss("7", guid=""))
        assert refresh().n_added == 1


class TestCutOff:
    WHOLE = rss("1", "2", "3").replace(
        b"</channel>", b"<podcast:block>yes</podcast:block></channel>"
    )

    def test_takes_nothing_of_a_feed_that_was_whole(self, host):
        entered(host, self.WHOLE)
        before = state()
        serve(host, self.WHOLE[:-60])
        check = refresh()
        assert (check.outcome, state()) == ("refused", before)
        assert "breaks off" in check.notes[0]
        assert set(Episode.objects.values_list("licence__verdict", flat=True)) == {"blocked"}

    def test_goes_on_where_the_makers_never_write_the_end(self, host):
        def open_ended(*guids):
            return rss(*guids).removesuffix(b"</channel></rss>")

        entered(host, open_ended("1", "2"))
        serve(host, open_ended("1", "2", "3"))
        assert refresh().n_added == 1


class TestPermanentRedirect:
    def redirect(self, host, status=301, to="/new"):
        host.pages["/feed"] = lambda h: h.answer(status, Location=f"{host.url}{to}")

    @pytest.mark.parametrize("status", [301, 308])
    def test_is_followed_at_once_and_believed_after_three_days(self, host, status):
        entered(host)
        self.redirect(host, status)
        serve(host, rss("1", "2", "3"), "/new", ETag='"n"')
        assert refresh(at=NOW + DAY).n_added == 1
        assert refresh(at=NOW + DAY + HOUR).status == 304
        assert refresh(at=NOW + 2 * DAY).urls == [f"{host.url}/feed", f"{host.url}/new"]
        watch = FeedWatch.objects.get()
        assert (watch.url, watch.moved_to) == (f"{host.url}/feed", f"{host.url}/new")
        assert len(watch.moved_on) == 2
        check = refresh(at=NOW + 5 * DAY)
        watch = FeedWatch.objects.select_related("podcast").get()
        assert (watch.url, watch.moved_to, watch.moved_on) == (f"{host.url}/new", "", [])
        assert watch.podcast.source == watch.url
        assert "on 3 days" in check.notes[0]
        assert refresh(at=NOW + 6 * DAY).urls == [f"{host.url}/new"]

    def test_to_somewhere_else_is_counted_anew(self, host):
        entered(host)
        for day, to in enumerate(("/new", "/new", "/other", "/other"), start=1):
            self.redirect(host, to=to)
            serve(host, rss("1", "2"), to)
            refresh(at=NOW + day * DAY)
        watch = FeedWatch.objects.get()
        assert (watch.url, len(watch.moved_on)) == (f"{host.url}/feed", 2)

    @pytest.mark.parametrize("status", [302, 303, 307])
    def test_is_not_one_that_is_for_now(self, host, status):
        entered(host)
        self.redirect(host, status)
        serve(host, rss("1", "2"), "/new")
        for day in range(1, 6):
            refresh(at=NOW + day * DAY)
        watch = FeedWatch.objects.get()
        assert (watch.url, watch.moved_to) == (f"{host.url}/feed", "")

    def test_is_not_one_to_a_page_that_is_no_feed(self, host):
        entered(host)
        self.redirect(host)
        serve(host, b"<html>Please log in</html>", "/new")
        for day in range(1, 5):
            assert refresh(at=NOW + day * DAY).outcome == "refused"
        assert FeedWatch.objects.get().url == f"{host.url}/feed"


class TestNewFeedUrl:
    def moving(self, host, there, *, items=("1", "2")):
        entered(host)
        extra = f"<itunes:new-feed-url>{host.url}/new</itunes:new-feed-url>"
        serve(host, rss(*items, extra=extra))
        serve(host, there, "/new")
        return refresh()

    @pytest.mark.parametrize("items", [("1", "2"), ()])
    def test_is_believed_where_the_same_podcast_is_there(self, host, items):
        check = self.moving(host, rss("1", "2", "3"), items=items)
        assert (check.outcome, check.n_added) == ("changed", 1)
        assert "moved to" in check.notes[0]
        watch = FeedWatch.objects.select_related("podcast").get()
        assert watch.url == watch.podcast.source == f"{host.url}/new"
        assert refresh().urls == [f"{host.url}/new"]

    @pytest.mark.parametrize(
        ("there", "words"),
        [
            (b"<html/>", "cannot be read there"),
            (rss("9", guid=OTHER), "another podcast"),
            (
                rss("1", extra="<itunes:new-feed-url>https://z.example/</itunes:new-feed-url>"),
                "once more",
            ),
        ],
    )
    def test_is_not_believed_otherwise(self, host, there, words):
        check = self.moving(host, there)
        assert words in check.notes[0]
        assert FeedWatch.objects.get().url == f"{host.url}/feed"

    @pytest.mark.parametrize("written", ["{folder}/own.xml", "{folder}", "file://{folder}/own.xml"])
    def test_that_names_a_file_of_ours_is_never_read(self, host, tmp_path, written):
        (tmp_path / "own.xml").write_bytes(rss("1", "2", "3"))
        entered(host)
        moved = written.format(folder=tmp_path)
        serve(host, rss("1", "2", extra=f"<itunes:new-feed-url>{moved}</itunes:new-feed-url>"))
        assert refresh().n_added == 0
        assert not LicenceEvidence.objects.filter(source__contains=tmp_path.name).exists()
