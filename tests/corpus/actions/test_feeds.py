"""Feeds on a real host are read again, and nothing that was there is lost."""

from datetime import timedelta

import pytest

from corpus.actions import documents, feeds, podcasts
from corpus.engines import sources
from corpus.engines.failures import HostWaits
from corpus.engines.sources import digest
from corpus.models import Episode, FeedCheck, FeedDocument, FeedWatch, Podcast
from tests import fakes, loopback
from tests.factories import corpus as make
from tests.factories.corpus import NOW
from tests.refreshed import (
    DATE,
    DAY,
    HOUR,
    ND,
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


class TestNews:
    def test_come_in(self, host):
        entered(host)
        serve(host, rss("1", "2", "3"), ETag='"2"', Last_Modified=DATE)
        person = make.user()
        check = refresh(by=person)
        assert (check.outcome, check.status, check.n_added, check.n_changed) == (
            "changed",
            200,
            1,
            0,
        )
        assert (check.asked_by, check.urls) == (person, [f"{host.url}/feed"])
        assert Episode.objects.get(guid="3").licence.verdict == "accepted"
        watch = FeedWatch.objects.get()
        assert (watch.etag, watch.last_modified) == ('"2"', DATE)
        assert watch.checked_at == watch.changed_at == NOW + HOUR
        assert watch.document == check.document
        assert documents.read(check.document) == rss("1", "2", "3")

    def test_leave_what_vanished_as_it_is(self, host):
        entered(host)
        serve(host, rss("3"))
        assert refresh().n_added == 1
        assert set(Episode.objects.values_list("guid", flat=True)) == {"1", "2", "3"}

    def test_say_what_was_dropped(self, host):
        entered(host)
        broken = rss("1", "2", "3").replace(
            b"</channel>", b"<item><title>Text</title></item></channel>"
        )
        serve(host, broken)
        (note,) = refresh().notes
        assert "“Text”" in note
        assert "nothing to play" in note

    def test_are_told_in_few_sentences(self, host):
        entered(host)
        serve(host, rss("1").replace(b"</channel>", b"<item/>" * 80 + b"</channel>"))
        assert len(refresh().notes) == podcasts.MOST_NOTES + 1

    def test_of_a_stricter_statement_raise_the_flag(self, host):
        entered(host)
        serve(host, rss("1", "2", "3", licence=ND))
        assert refresh().n_changed == 2
        assert Podcast.objects.get().flag
        assert Episode.objects.get(guid="3").licence.verdict == "index_only"

    def test_keep_the_podcast_whatever_guid_its_address_gives(self, host):
        entered(host, rss("1", guid=""))
        serve(host, rss("1", "2", guid=OTHER))
        assert refresh().n_added == 1
        assert Podcast.objects.count() == 1

    def test_are_found_by_those_who_plan(self, host):
        entered(host)
        serve(host, rss("1", "3"))
        assert [episode.guid for episode in feeds.touched(refresh())] == ["3"]

    def test_that_hold_nothing_new_are_no_news(self, host):
        entered(host)
        serve(host, rss("1", "2", extra="<pubDate>today</pubDate>"), ETag='"9"')
        check = refresh()
        assert (check.outcome, check.document) == ("unchanged", None)
        assert FeedDocument.objects.count() == 1
        assert FeedWatch.objects.get().etag == '"9"'


class TestNextLook:
    def wait(self, host, body=None, **headers):
        entered(host)
        serve(host, body or rss("1", "2", "3"), **headers)
        refresh()
        return FeedWatch.objects.get().retry_at - (NOW + HOUR)

    def test_is_within_the_hour_after_news(self, host):
        assert HOUR <= self.wait(host) < 1.2 * HOUR

    def test_waits_as_the_host_asks(self, host):
        assert self.wait(host, Cache_Control="public, max-age=14400") >= 4 * HOUR

    def test_waits_as_the_feed_asks_also_when_it_was_not_read(self, host):
        body = rss("1", extra="<ttl>600</ttl>")
        assert self.wait(host, body, ETag='"1"') >= 10 * HOUR
        assert refresh().status == 304
        assert FeedWatch.objects.get().retry_at >= NOW + 11 * HOUR

    def test_leaves_hours_out(self, host):
        hours = "".join(f"<hour>{h}</hour>" for h in range(13, 20))
        self.wait(host, rss("1", extra=f"<skipHours>{hours}</skipHours>"))
        assert FeedWatch.objects.get().retry_at.hour == 20

    def test_is_rarer_the_longer_a_feed_was_quiet(self, host):
        entered(host)
        refresh(at=NOW + 100 * DAY)
        assert FeedWatch.objects.get().retry_at >= NOW + 107 * DAY


class TestFailure:
    @pytest.mark.parametrize("status", [404, 403, 500, 503])
    def test_changes_nothing_and_is_tried_ever_later(self, host, status):
        entered(host)
        before, waits = state(), []
        serve(host, b"no", status=status)
        for n in (1, 2, 3):
            check = refresh()
            assert (check.outcome, check.status) == ("failed", status)
            watch = FeedWatch.objects.get()
            assert watch.failures == n
            assert str(status) in watch.error
            waits.append(watch.retry_at - watch.checked_at)
        assert waits == sorted(waits)
        assert waits[2] > 1.5 * waits[1]
        assert state() == before

    def test_is_forgotten_after_a_good_look(self, host):
        entered(host)
        serve(host, b"", status=500)
        refresh()
        serve(host, rss("1", "2"))
        refresh()
        watch = FeedWatch.objects.get()
        assert (watch.failures, watch.error) == (0, "")

    @pytest.mark.parametrize("status", [429, 503])
    def test_waits_as_long_as_the_host_says(self, host, status):
        entered(host)
        serve(host, b"", status=status, Retry_After="36000")
        refresh()
        assert FeedWatch.objects.get().retry_at >= NOW + 11 * HOUR

    def test_of_a_host_that_is_not_there_is_a_sentence(self, host):
        entered(host)
        FeedWatch.objects.update(url="http://127.0.0.1:9/feed")
        assert refresh().outcome == "failed"
        assert "cannot be reached" in FeedWatch.objects.get().error

    def test_of_our_own_is_told_too(self, host, monkeypatch, caplog):
        entered(host)
        before = state()
        serve(host, rss("1", "3"))
        monkeypatch.setattr(podcasts, "add", lambda **_: 1 / 0)
        check = refresh()
        assert (check.outcome, check.notes) == ("failed", ["ZeroDivisionError: division by zero"])
        assert state() == before
        assert "could not be refreshed" in caplog.text

    def test_is_none_where_the_host_is_not_to_be_asked_now(self, host):
        entered(host)

        class Waits:
            def fetch(self, _url, **_wishes):
                raise HostWaits("Not now.", retry_after=90)

        with pytest.raises(HostWaits):
            refresh(fetcher=Waits())
        watch = FeedWatch.objects.get()
        assert (watch.failures, watch.claim) == (0, None)
        assert watch.retry_at == NOW + HOUR + timedelta(seconds=90)
        assert FeedCheck.objects.count() == 1  # the first look, when it was added


class TestGone:
    def test_retires_the_feed_and_nothing_else(self, host):
        entered(host)
        before = state()
        serve(host, b"", status=410)
        check = refresh()
        assert (check.outcome, check.status) == ("retired", 410)
        assert "stay" in check.notes[0]
        watch = FeedWatch.objects.get()
        assert (watch.done_at, watch.claim) == (NOW + HOUR, None)
        assert not FeedWatch.objects.due(now=NOW + 365 * DAY).exists()
        assert state() == before


class TestClaims:
    def test_let_one_worker_read_a_feed(self, host):
        watch = entered(host)
        FeedWatch.objects.filter(pk=watch.pk).update(claimed_at=NOW, claimed_by="somebody")
        fetcher = loopback.fetcher()
        assert (
            feeds.carry_out(watch=watch, fetcher=fetcher, now=lambda: NOW + timedelta(1e-4)) is None
        )
        assert FeedCheck.objects.count() == 1  # the first look, when it was added

    def test_end_with_the_look(self, host):
        watch = entered(host)
        check = feeds.carry_out(watch=watch, fetcher=loopback.fetcher(), now=lambda: NOW + HOUR)
        assert check.outcome == "unchanged"
        watch = FeedWatch.objects.get()
        assert (watch.claim, watch.claimed_at, watch.enqueued_at) == (None, None, None)

    def test_of_killed_workers_are_freed(self, host):
        watch = entered(host)
        FeedWatch.objects.update(claimed_at=NOW, claimed_by=fakes.dead_worker())
        assert feeds.to_enqueue(now=NOW, most=9) == [watch]

    def test_that_are_lost_undo_what_was_found(self, host):
        watch = entered(host)
        serve(host, rss("1", "2", "3"))
        mine = FeedWatch.objects.select_related("podcast", "document").claim(pk=watch.pk, now=NOW)
        feeds.retire(watch=watch, by=None, at=NOW)
        with pytest.raises(feeds.LeaseLost):
            refresh(mine)
        assert Episode.objects.count() == 2
        assert FeedWatch.objects.get().done_at == NOW

    def test_that_took_long_throws_away_what_is_older_than_what_is_known(self, host):
        watch = entered(host)
        serve(host, rss("1", "2", licence=ND))
        source = sources.read(watch.url, fetcher=loopback.fetcher())
        podcasts.add(
            source=source,
            judged=podcasts.judge(source),
            attribution="",
            by=None,
            at=NOW + 2 * HOUR,
        )
        before = state()
        serve(host, rss("1", "2", "3"))
        with pytest.raises(feeds.LeaseLost):
            refresh(watch, at=NOW + HOUR)
        assert state() == before


class TestToEnqueue:
    def test_gives_what_is_due_once(self, host):
        watch = entered(host)
        assert feeds.to_enqueue(now=NOW - HOUR, most=9) == []
        assert feeds.to_enqueue(now=NOW, most=9) == [watch]
        assert feeds.to_enqueue(now=NOW, most=9) == []
        assert feeds.to_enqueue(now=NOW + timedelta(minutes=2), most=9) == [watch]

    @pytest.mark.parametrize("fields", [{"is_paused": True}, {"done_at": NOW}])
    def test_leaves_out_what_rests(self, host, fields):
        entered(host)
        FeedWatch.objects.update(**fields)
        assert feeds.to_enqueue(now=NOW + DAY, most=9) == []


class TestActs:
    def test_are_written_down(self, host):
        watch, person = entered(host), make.user()
        who = {"watch": watch, "by": person}
        feeds.pause(**who, at=NOW, reason="They asked.")
        assert feeds.state(FeedWatch.objects.get()) == "paused"
        feeds.resume(**who, at=NOW + HOUR)
        assert feeds.state(FeedWatch.objects.get()) == "active"
        feeds.retire(**who, at=NOW + 2 * HOUR, reason="It ended.")
        assert feeds.state(FeedWatch.objects.get()) == "retired"
        told = FeedCheck.objects.order_by("at", "pk").values_list("outcome", "asked_by", "notes")
        assert list(told)[1:] == [
            ("paused", person.pk, ["They asked."]),
            ("resumed", person.pk, []),
            ("retired", person.pk, ["It ended."]),
        ]

    def test_happen_once(self, host):
        watch = entered(host)
        for act in (feeds.pause, feeds.resume, feeds.retire):
            act(watch=watch, by=None, at=NOW)
            with pytest.raises(feeds.Already):
                act(watch=watch, by=None, at=NOW)
        with pytest.raises(feeds.Resting):
            feeds.pause(watch=watch, by=None, at=NOW)

    def test_wake_a_retired_feed(self, host):
        watch = entered(host)
        feeds.retire(watch=watch, by=None, at=NOW)
        feeds.resume(watch=watch, by=None, at=NOW + HOUR)
        assert feeds.to_enqueue(now=NOW + HOUR, most=9) == [watch]

    def test_make_a_feed_due_now(self, host):
        watch = entered(host)
        FeedWatch.objects.update(retry_at=NOW + DAY)
        feeds.check_now(watch=watch, at=NOW)
        assert FeedWatch.objects.due(now=NOW).exists()

    @pytest.mark.parametrize("rest", [feeds.pause, feeds.retire])
    def test_make_nothing_due_that_rests(self, host, rest):
        watch = entered(host)
        rest(watch=watch, by=None, at=NOW)
        with pytest.raises(feeds.Resting):
            feeds.check_now(watch=watch, at=NOW)


class TestFirstLook:
    def test_sees_that_nothing_changed_since_the_feed_was_added(self, host):
        entered(host)
        assert refresh().outcome == "unchanged"
        assert FeedDocument.objects.get().sha256 == digest(rss("1", "2"))
