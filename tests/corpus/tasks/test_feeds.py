from datetime import timedelta

import pytest
from django.utils import timezone

from corpus.engines.failures import HostWaits
from corpus.models import Episode, FeedCheck, FeedWatch, Host, StageRun
from corpus.tasks import feeds as tasks
from tests import fakes, loopback
from tests.refreshed import entered, rss, serve

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def host():
    with loopback.serving() as server:
        yield server


@pytest.fixture(autouse=True)
def _engines(settings, monkeypatch):
    with fakes.installed(settings):
        monkeypatch.setattr(tasks, "load", lambda _role: loopback.fetcher())
        yield


@pytest.fixture
def sent(monkeypatch):
    calls = []
    monkeypatch.setattr(
        tasks.refresh, "apply_async", lambda *, kwargs, expires: calls.append((kwargs, expires))
    )
    return calls


class TestRefresh:
    def test_plans_what_came_in(self, host):
        watch = entered(host)
        serve(host, rss("1", "2", "3"))
        tasks.refresh(watch_id=watch.pk)
        run = StageRun.objects.get()
        assert (run.stage, run.episode.guid) == ("fetch", "3")

    def test_running_it_twice_is_running_it_once(self, host):
        watch = entered(host)
        serve(host, rss("1", "2", "3"))
        for _ in range(2):
            tasks.refresh(watch_id=watch.pk)
        assert len(host.asked) == 2  # with the one that added it
        assert FeedCheck.objects.count() == 2  # with the first, when it was added
        assert Episode.objects.count() == 3

    def test_leaves_a_feed_to_who_holds_it(self, host):
        watch = entered(host)
        FeedWatch.objects.update(claimed_at=timezone.now(), claimed_by="somebody")
        tasks.refresh(watch_id=watch.pk)
        assert FeedCheck.objects.count() == 1  # the first, when it was added

    def test_is_nothing_for_a_feed_that_is_gone(self):
        tasks.refresh(watch_id=9)

    def test_comes_back_later_to_a_host_that_wants_to_be_left_alone(self, host):
        watch = entered(host)
        name = host.url.removeprefix("http://")
        later = timezone.now() + timedelta(hours=2)
        Host.objects.update_or_create(name=name, defaults={"not_before": later, "failures": 1})
        tasks.refresh(watch_id=watch.pk)
        watch.refresh_from_db()
        assert watch.claim is None
        assert watch.retry_at > timezone.now() + timedelta(hours=1)
        assert FeedCheck.objects.count() == 1  # the first, when it was added
        assert len(host.asked) == 1

    def test_tells_of_no_bug_where_a_host_waits(self, host, monkeypatch, caplog):
        watch = entered(host)

        class Waits:
            def among(self, _hosts):
                return self

            def fetch(self, _url, **_wishes):
                raise HostWaits("Not now.", retry_after=5)

        monkeypatch.setattr(tasks, "load", lambda _role: Waits())
        tasks.refresh(watch_id=watch.pk)
        assert "could not be refreshed" not in caplog.text


class TestEnqueueDue:
    def test_sends_what_is_due_once(self, host, sent):
        watch = entered(host)
        tasks.enqueue_due()
        tasks.enqueue_due()
        assert sent == [({"watch_id": watch.pk}, 60)]

    def test_takes_back_what_a_killed_worker_held(self, host, sent):
        entered(host)
        FeedWatch.objects.update(claimed_at=timezone.now(), claimed_by=fakes.dead_worker())
        tasks.enqueue_due()
        assert len(sent) == 1
