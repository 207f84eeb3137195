import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from corpus.management.commands import feeds as command
from corpus.models import Episode, FeedCheck, FeedWatch, StageRun
from tests import fakes, loopback
from tests.factories import corpus as make
from tests.factories.corpus import NOW
from tests.refreshed import GUID, entered, rss, serve

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def host():
    with loopback.serving() as server:
        yield server


@pytest.fixture(autouse=True)
def _engines(settings, monkeypatch):
    with fakes.installed(settings):
        monkeypatch.setattr(command, "load", lambda _role: loopback.fetcher())
        yield


def call(*args):
    out = StringIO()
    call_command("feeds", *args, stdout=out)
    return out.getvalue()


def document(*args):
    return json.loads(call(*args, "--json"))


class TestList:
    def test_shows_state_and_next_look(self, host):
        entered(host)
        (row,) = document("list")
        assert (row["title"], row["state"], row["last_outcome"]) == (
            "Small talk",
            "active",
            "changed",
        )
        assert row["next_look"]
        assert "Small talk: active, next look 2026-03-01" in call("list")

    def test_is_short_where_there_is_none(self):
        assert call("list") == "0 feeds.\n"


class TestRefresh:
    @pytest.mark.parametrize("which", ["Small talk", GUID, "--due", "--all"])
    def test_reads_now_and_plans(self, host, which):
        entered(host)
        serve(host, rss("1", "2", "3"))
        assert "Small talk: changed. 1 added, 0 changed." in call("refresh", which)
        assert StageRun.objects.get().episode.guid == "3"

    def test_takes_id_and_address_for_a_name(self, host):
        watch = entered(host)
        for name in (str(watch.podcast_id), watch.url):
            assert document("refresh", name)[0]["outcome"] == "unchanged"

    def test_reads_before_its_time_only_what_is_named(self, host):
        entered(host)
        FeedWatch.objects.update(retry_at="2100-01-01T00:00Z")
        assert document("refresh", "--due") == []
        assert document("refresh", "Small talk")[0]["outcome"] == "unchanged"

    def test_says_what_went_wrong_and_ends_badly(self, host):
        entered(host)
        serve(host, b"", status=404)
        with pytest.raises(CommandError, match="stays as it is"):
            call("refresh", "Small talk")
        assert Episode.objects.count() == 2

    def test_goes_on_after_one_that_fails(self, host):
        entered(host)
        serve(host, b"", status=404)
        assert "Small talk: failed." in call("refresh", "--all")

    def test_leaves_a_feed_to_who_reads_it(self, host):
        entered(host)
        FeedWatch.objects.update(claimed_at="2100-01-01T00:00Z", claimed_by="somebody")
        assert document("refresh", "Small talk")[0]["outcome"] == "busy"

    @pytest.mark.parametrize("args", [(), ("--due", "--all"), ("x", "--due")])
    def test_asks_which(self, host, args):
        with pytest.raises(CommandError, match="Say which"):
            call("refresh", *args)

    def test_reads_nothing_that_rests(self, host):
        entered(host)
        call("pause", "Small talk")
        with pytest.raises(CommandError, match="feeds resume"):
            call("refresh", "Small talk")
        assert document("refresh", "--all") == []


class TestActs:
    def test_are_done_and_told(self, host):
        entered(host)
        assert "paused" in call("pause", "Small talk", "--reason", "They asked.")
        assert "active" in call("resume", "Small talk")
        assert "retired" in call("retire", "Small talk", "--yes")
        assert FeedCheck.objects.filter(outcome="paused", notes=["They asked."]).exists()
        assert FeedWatch.objects.get().done_at

    def test_say_who(self, host, monkeypatch):
        entered(host)
        monkeypatch.setenv("LOGNAME", "cora")
        make.user("curator", username="anna")
        call("pause", "Small talk", "--by", "anna")
        call("resume", "Small talk")
        rows = document("history", "Small talk")
        assert [row["by"] for row in rows[:2]] == ["cora, on the command line", "anna"]
        with pytest.raises(CommandError, match="nobody called nobody"):
            call("retire", "Small talk", "--yes", "--by", "nobody")
        assert FeedWatch.objects.get().done_at is None

    def test_are_refused_where_they_are_done(self, host):
        entered(host)
        with pytest.raises(CommandError, match="is active: nothing to resume"):
            call("resume", "Small talk")

    def test_retire_asks(self, host, monkeypatch):
        entered(host)
        monkeypatch.setattr("builtins.input", lambda _question: "no")
        with pytest.raises(CommandError, match="Nothing was changed"):
            call("retire", "Small talk")
        assert FeedWatch.objects.get().done_at is None
        monkeypatch.setattr("builtins.input", lambda _question: "yes")
        call("retire", "Small talk")
        assert FeedWatch.objects.get().done_at

    def test_want_a_feed_that_is_known(self, host):
        with pytest.raises(CommandError, match="No feed goes by Nobody"):
            call("pause", "Nobody")

    def test_want_one_feed(self, host):
        entered(host)
        entered_twice = rss("8", guid="", title="Small talk")
        FeedWatch.objects.update(url="https://a.example")
        serve(host, entered_twice, "/b")
        from corpus.actions import podcasts
        from corpus.engines import sources

        source = sources.read(f"{host.url}/b", fetcher=loopback.fetcher())
        podcasts.add(source=source, judged=podcasts.judge(source), attribution="", by=None, at=NOW)
        with pytest.raises(CommandError, match="Several feeds go by small talk"):
            call("pause", "small talk")


class TestHistory:
    def test_tells_every_look_the_latest_first(self, host):
        entered(host)
        serve(host, rss("1", "2", "3").replace(b"</channel>", b"<item/></channel>"))
        call("refresh", "Small talk")
        call("pause", "Small talk", "--reason", "They asked.")
        rows = document("history", "Small talk")
        assert [row["outcome"] for row in rows] == ["paused", "changed", "changed"]
        assert (rows[1]["added"], rows[1]["status"]) == (1, 200)
        text = call("history", "Small talk")
        assert "changed (200), 1 added, 0 changed" in text
        assert "  – They asked." in text
