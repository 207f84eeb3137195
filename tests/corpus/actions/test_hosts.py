"""One connection per host, and never before its time."""

import os
import random
import signal
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction

from corpus.actions import hosts
from corpus.engines import failures, http
from corpus.models import Host, StageRun
from tests import fakes, loopback
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
HOST = "feeds.example"


class Half(random.Random):
    """Jitter that changes nothing."""

    def uniform(self, a, b):
        return 1.0


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    def advance(self, **by):
        self.now += timedelta(**by)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def turns(clock):
    return hosts.Turns(now=clock, patience=0.0, rng=Half())


def ask(turns, error=None, *, host=HOST):
    """One turn, and what comes of it."""
    if error is None:
        with turns.turn(host):
            return
    with pytest.raises(type(error)) as caught, turns.turn(host):
        raise error
    assert caught.value is error


def wait(turns):
    """Seconds until the host may be asked again."""
    with pytest.raises(failures.HostWaits) as caught, turns.turn(HOST):
        pytest.fail("it was asked")
    assert caught.value.retry
    return caught.value.retry_after


def refused(status=429, *, retry_after=None):
    return failures.HttpError(f"answered {status}", status=status, retry_after=retry_after)


def unreachable(*, arrived=0):
    error = failures.Unreachable("nobody answers")
    error.arrived = arrived
    return error


class TestTurn:
    def test_is_one_at_a_time(self, turns):
        with (
            turns.turn(HOST),
            pytest.raises(failures.HostBusy, match="one thing at a time") as caught,
            turns.turn(HOST),
        ):
            pytest.fail("both have it")
        assert isinstance(caught.value, failures.Busy)
        ask(turns)

    def test_at_one_host_is_none_at_another(self, turns):
        with turns.turn(HOST), turns.turn("other.example"):
            assert set(Host.objects.values_list("name", flat=True)) == {HOST, "other.example"}

    @pytest.mark.parametrize("error", [refused(404), unreachable(), OSError("disk"), KeyError()])
    def test_ends_whatever_happens(self, turns, error):
        ask(turns, error)
        ask(turns)

    def test_ends_where_the_host_must_wait(self, turns, clock):
        ask(turns, refused(retry_after=60))
        assert wait(turns) == 60
        clock.advance(seconds=60)
        ask(turns)

    def test_is_not_touched_by_transactions_around_it(self, turns):
        with pytest.raises(RuntimeError), transaction.atomic(), turns.turn(HOST):
            raise RuntimeError
        ask(turns)

    def test_leaves_no_connection_behind(self, turns):
        ask(turns)
        with pytest.raises(failures.HostBusy), turns.turn(HOST), turns.turn(HOST):
            pass
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
            assert cursor.fetchone() == (0,)

    def test_is_waited_for_a_moment(self, clock, monkeypatch):
        first = hosts.Turns(now=clock).turn(HOST)
        first.__enter__()
        monkeypatch.setattr(hosts.time, "sleep", lambda _: first.__exit__(None, None, None))
        ask(hosts.Turns(now=clock, patience=30.0))

    def test_is_not_waited_for_where_it_lasts(self, clock):
        patient = hosts.Turns(now=clock, patience=3600.0)
        with patient.turn(HOST):
            clock.advance(hours=2)
            with pytest.raises(failures.HostBusy), patient.turn(HOST):
                pytest.fail("both have it")

    def test_ends_with_the_process(self, turns):
        ready, tell = os.pipe()
        child = os.fork()
        if not child:  # holds the turn until it is killed; leaves the parent's connection alone
            with turns._alone(HOST):
                os.write(tell, b".")
                signal.pause()
        assert os.read(ready, 1) == b"."
        with pytest.raises(failures.HostBusy), turns.turn(HOST):
            pytest.fail("both have it")
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        ask(hosts.Turns(now=turns._now, patience=30.0))
        os.close(ready)
        os.close(tell)


@pytest.mark.django_db(transaction=True)
class TestTurnOfThreads:
    def test_is_one_at_a_time(self, clock):
        patient, inside, most = hosts.Turns(now=clock, patience=30.0), [], []

        def work():
            try:
                for _ in range(3):
                    with patient.turn(HOST):
                        inside.append(1)
                        most.append(len(inside))
                        inside.pop()
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most == [1] * 12
        assert Host.objects.get().failures == 0

    def test_survives_a_restart_of_the_database(self, clock, turns, caplog):
        with turns.turn(HOST):
            kill_all_connections()
        assert "was lost on the way" in caplog.text
        assert Host.objects.get().asked_at == NOW  # our own connection is new, and works
        ask(turns)

    def test_notes_a_failure_after_a_restart_too(self, clock, turns):
        error = refused(retry_after=30)
        with pytest.raises(failures.HttpError), turns.turn(HOST):
            kill_all_connections()
            raise error
        assert wait(turns) == 30

    def test_of_a_lost_lock_is_another_ones(self, clock, turns):
        with turns.turn(HOST):
            kill_all_connections()
            connection.close()
            ask(turns)


def kill_all_connections():
    own = connection.copy()
    with own.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    own.close()


class TestWait:
    @pytest.mark.parametrize("status", [429, 503])
    def test_is_as_long_as_the_host_asks(self, turns, status):
        ask(turns, refused(status, retry_after=90))
        assert wait(turns) == 90

    def test_is_told_with_the_reason(self, turns):
        ask(turns, refused(retry_after=90))
        with pytest.raises(failures.HostWaits, match=r"12:01 UTC\. answered 429"), turns.turn(HOST):
            pass

    def test_is_a_day_at_most(self, turns):
        ask(turns, refused(retry_after=1e9))
        assert wait(turns) == 86_400

    def test_is_never_nothing(self, turns):
        ask(turns, refused(retry_after=0.0))
        assert wait(turns) == 1

    def test_grows_where_the_host_names_none_and_is_told_to_the_run(self, turns, clock):
        waits = []
        for _ in range(12):
            error = refused()
            ask(turns, error)
            waits.append(wait(turns))
            assert error.retry_after == waits[-1]
            clock.advance(seconds=waits[-1])
        assert waits[:4] == [60, 120, 240, 480]
        assert max(waits) == waits[-1] == 6 * 3600

    def test_is_believed_three_times_only_where_it_is_short(self, turns, clock):
        waits = []
        for _ in range(5):
            ask(turns, refused(retry_after=5))
            waits.append(wait(turns))
            clock.advance(seconds=waits[-1])
        assert waits == [5, 5, 5, 480, 960]

    @pytest.mark.parametrize("error", [unreachable(), refused(500), refused(502)])
    def test_begins_with_the_second_failure_in_a_row(self, turns, clock, error):
        waits = []
        ask(turns, error)
        for _ in range(3):
            ask(turns, error)
            waits.append(wait(turns))
            clock.advance(seconds=waits[-1])
        assert waits == [60, 120, 240]
        assert error.retry_after is None  # such a failure is an attempt

    def test_is_spread(self, clock):
        waits = set()
        for n in range(8):
            turns = hosts.Turns(now=clock, rng=random.Random(n))
            ask(turns, refused(), host=f"{n}.example")
            row = Host.objects.get(name=f"{n}.example")
            waits.add((row.not_before - NOW).total_seconds())
        assert len(waits) == 8
        assert all(30 <= wait <= 90 for wait in waits)

    @pytest.mark.parametrize(
        "harmless",
        [
            None,
            refused(404),
            refused(403),
            failures.Gone("gone", status=410),
            failures.TooLarge("2 GB"),
            failures.OtherContent("another file"),
            unreachable(arrived=hosts.A_LOT),
        ],
    )
    def test_starts_afresh_where_the_host_works(self, turns, clock, harmless):
        for _ in range(2):
            ask(turns, unreachable())
        clock.advance(minutes=1)
        ask(turns, harmless)
        row = Host.objects.get()
        assert (row.failures, row.not_before, row.error) == (0, None, "")
        ask(turns, unreachable())
        ask(turns)

    @pytest.mark.parametrize("ours", [failures.Refused("private"), OSError(28, "full"), KeyError()])
    def test_has_nothing_to_do_with_failures_of_our_own(self, turns, ours):
        ask(turns, unreachable())
        ask(turns, ours)
        assert Host.objects.get().failures == 1

    def test_is_the_same_for_everybody(self, turns, clock):
        ask(turns, refused(retry_after=90))
        assert wait(hosts.Turns(now=clock)) == 90


class TestPolite:
    @contextmanager
    def host(self):
        with loopback.serving() as server:
            yield server

    def test_asks_as_the_fetcher_does(self, clock):
        with self.host() as host:
            host.pages["/a"] = lambda h: h.answer(302, Location="/b")
            host.pages["/b"] = lambda h: h.answer(body=b"x")
            fetcher = hosts.polite(loopback.fetcher(), now=clock)
            assert fetcher.fetch(f"{host.url}/a").body == b"x"
            row = Host.objects.get()
            assert (row.name, row.asked_at) == (f"127.0.0.1:{host.server_port}", NOW)

    def test_asks_nothing_more_of_a_host_that_wants_a_rest(self, clock, tmp_path):
        with self.host() as host:
            host.pages["/a"] = lambda h: h.answer(429, Retry_After="120")
            fetcher = hosts.polite(loopback.fetcher(), now=clock)
            with pytest.raises(http.HttpError):
                fetcher.fetch(f"{host.url}/a")
            for _ in range(2):
                with pytest.raises(failures.HostWaits):
                    fetcher.download(f"{host.url}/b", tmp_path / "b")
            assert len(host.asked) == 1
            clock.advance(seconds=120)
            host.pages["/b"] = loopback.ranged
            assert fetcher.download(f"{host.url}/b", tmp_path / "b").n_bytes
            assert len(host.asked) == 2

    def test_waits_at_the_hop_that_must(self, clock):
        with self.host() as first, self.host() as second:
            first.pages["/a"] = lambda h: h.answer(302, Location=f"{second.url}/b")
            second.pages["/b"] = lambda h: h.answer(503, Retry_After="120")
            fetcher = hosts.polite(loopback.fetcher(), now=clock)
            with pytest.raises(http.HttpError):
                fetcher.fetch(f"{first.url}/a")
            with pytest.raises(failures.HostWaits, match=f":{second.server_port} is not asked"):
                fetcher.fetch(f"{first.url}/a")
            assert (len(first.asked), len(second.asked)) == (2, 1)

    def test_refuses_what_the_fetcher_refuses_and_notes_no_host(self, clock):
        fetcher = hosts.polite(loopback.fetcher(allow_private=[]), now=clock)
        with pytest.raises(http.Refused):
            fetcher.fetch("http://127.0.0.1/")
        assert not Host.objects.exists()

    def test_keeps_the_peace_for_a_fake_too(self, clock):
        fetcher = hosts.polite(fakes.FakeFetcher({f"https://{HOST}/a": b"x"}), now=clock)
        fetcher.fetch(f"https://{HOST}/a")
        assert Host.objects.get().name == HOST


class TestSpread:
    def run(self, url, n=0, **fields):
        at = NOW + timedelta(seconds=n)
        episode = make.episode(audio_url=url)
        given = {"stage": "fetch", "done_at": None, "outcome": "", "created_at": at}
        return make.run(episode, **{**given, **fields})

    def test_takes_a_few_of_each_host(self):
        many = [self.run(f"https://A.example/{n}.mp3", n) for n in range(5)]
        late = self.run("http://b.example:8000/a.mp3", 9)
        assert list(hosts.spread(StageRun.objects.all())) == [*many[:2], late]

    def test_takes_all_files_of_our_own(self):
        files = [self.run(f"file:///a/{n}.wav", n) for n in range(4)]
        assert list(hosts.spread(StageRun.objects.all())) == files

    def test_begins_with_those_never_tried_and_then_the_longest_untried(self):
        tried = [
            self.run("https://a.example/a", n, enqueued_at=NOW - timedelta(hours=n))
            for n in range(3)
        ]
        fresh = self.run("https://a.example/b", 9)
        assert list(hosts.spread(StageRun.objects.all())) == [fresh, tried[2]]
