import os
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import DataError, OperationalError

from common import claims
from corpus.models import StageRun
from tests import fakes
from tests.factories import corpus as make
from tests.factories.corpus import NOW

LATER = NOW + claims.LEASE + timedelta(seconds=1)


def open_run(**fields):
    return make.run(**{"done_at": None, "outcome": "", **fields})


def take(run, *, now=NOW):
    return StageRun.objects.claim(pk=run.pk, now=now)


@pytest.mark.django_db
class TestClaim:
    def test_takes_a_free_row_and_says_who_has_it(self):
        row = take(open_run())
        assert (row.claimed_at, row.attempts) == (NOW, 1)
        assert row.claimed_by == claims.worker_name()

    def test_gives_nothing_to_the_second_comer(self):
        run = open_run()
        assert take(run)
        assert take(run) is None

    def test_gives_it_away_once_the_holder_was_silent_for_a_lease(self):
        run = open_run()
        first = take(run)
        assert take(run, now=NOW + claims.LEASE) is None
        second = take(run, now=LATER)
        assert second.claim != first.claim
        assert second.attempts == 2

    def test_waits_until_a_row_may_be_tried_again(self):
        run = open_run(retry_at=NOW + timedelta(minutes=1))
        assert take(run) is None
        assert take(run, now=NOW + timedelta(minutes=1))

    def test_gives_nothing_that_is_done_or_gone(self):
        run = make.run()
        assert take(run) is None
        assert StageRun.objects.claim(pk=0, now=NOW) is None


@pytest.mark.django_db
class TestFinish:
    def test_closes_the_row_under_its_claim(self):
        row = take(open_run(retry_at=NOW))
        assert StageRun.objects.finish(pk=row.pk, claim=row.claim, at=NOW, outcome="done")
        row.refresh_from_db()
        assert (row.done_at, row.claim, row.claimed_at, row.retry_at) == (NOW, None, None, None)

    def test_says_no_when_the_lease_was_lost(self):
        run = open_run()
        first, second = take(run), take(run, now=LATER)
        assert not StageRun.objects.finish(pk=run.pk, claim=first.claim, at=NOW, outcome="done")
        assert StageRun.objects.finish(pk=run.pk, claim=second.claim, at=NOW, outcome="done")
        assert not StageRun.objects.finish(pk=run.pk, claim=second.claim, at=NOW, outcome="done")


@pytest.mark.django_db
class TestGiveBack:
    def test_lets_go_until_a_time(self):
        row, later = take(open_run()), NOW + timedelta(minutes=1)
        assert StageRun.objects.give_back(pk=row.pk, claim=row.claim, retry_at=later, error="x")
        row.refresh_from_db()
        assert (row.claim, row.claimed_at, row.retry_at, row.error) == (None, None, later, "x")
        assert take(row) is None
        assert take(row, now=later)

    def test_of_somebody_else_s_claim_does_nothing(self):
        run = open_run()
        first, second = take(run), take(run, now=LATER)
        assert not StageRun.objects.give_back(pk=run.pk, claim=first.claim, retry_at=NOW)
        run.refresh_from_db()
        assert run.claim == second.claim


class TestIsDead:
    def test_says_no_of_this_very_process(self):
        assert not claims.is_dead(claims.worker_name())

    def test_says_yes_of_a_number_that_another_process_has_now(self):
        name, _, start = claims.worker_name().rpartition(":")
        assert claims.is_dead(f"{name}:{int(start) - 1}")

    @pytest.mark.parametrize("rest", ["999999999:1", "x:1", "1:x"])
    def test_says_yes_where_there_is_no_such_process(self, rest):
        here = claims.worker_name().rsplit(":", 2)[0]
        assert claims.is_dead(f"{here}:{rest}")

    @pytest.mark.parametrize("part", [0, 1])
    def test_leaves_another_machine_and_another_container_to_their_lease(self, part):
        parts = fakes.dead_worker().split(":")
        parts[part] = "elsewhere"
        assert not claims.is_dead(":".join(parts))

    @pytest.mark.parametrize("name", ["elsewhere:1:1.00", "", "vm", "a:b:c:d:e"])
    def test_leaves_names_it_cannot_read_to_their_lease(self, name):
        assert not claims.is_dead(name)

    def test_says_yes_of_a_killed_child_that_nobody_has_buried(self):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        with child, child.stdin:
            name = claims.name_of(child.pid)
            assert not claims.is_dead(name)
            child.kill()
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            assert claims.is_dead(name)

    def test_does_without_proc_where_there_is_none(self, monkeypatch):
        def gone(self, *args, **options):
            raise FileNotFoundError(self)

        monkeypatch.setattr(claims.Path, "read_text", gone)
        name = claims.worker_name()
        assert not claims.is_dead(name)
        assert claims.is_dead(f"{name}1")


@pytest.mark.django_db
class TestFreeTheDead:
    def test_frees_what_dead_processes_of_this_namespace_held(self):
        dead = open_run(claimed_at=NOW, claimed_by=fakes.dead_worker())
        alive = open_run(claimed_at=NOW, claimed_by=claims.worker_name())
        elsewhere = open_run(claimed_at=NOW, claimed_by="elsewhere:1:999999999:1")
        done = make.run(claimed_by=fakes.dead_worker())
        assert StageRun.objects.free_the_dead() == 1
        free = StageRun.objects.filter(claimed_at=None, done_at=None)
        assert list(free) == [dead]
        assert StageRun.objects.filter(pk__in=[alive.pk, elsewhere.pk, done.pk]).count() == 3

    def test_keeps_the_count_of_attempts(self):
        run = open_run(claimed_at=NOW, claimed_by=fakes.dead_worker(), attempts=3)
        StageRun.objects.free_the_dead()
        run.refresh_from_db()
        assert run.attempts == 3


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestHeld:
    """The heartbeat has a thread, and so a connection, of its own."""

    @pytest.fixture(autouse=True)
    def _fast(self, monkeypatch):
        monkeypatch.setattr(claims, "BEAT", timedelta(milliseconds=20))

    @staticmethod
    def wait(condition):
        for _ in range(500):
            if condition():
                return True
            time.sleep(0.01)
        return False

    def test_keeps_a_claim_young_while_the_block_works(self):
        row = take(open_run(), now=NOW - timedelta(days=365))
        old = row.claimed_at

        def is_renewed():
            row.refresh_from_db()
            return row.claimed_at != old

        with claims.held(StageRun.objects.all(), pk=row.pk, claim=row.claim):
            assert self.wait(is_renewed)
        row.refresh_from_db()  # after the block nobody renews it any more
        last = row.claimed_at
        time.sleep(0.1)
        row.refresh_from_db()
        assert row.claimed_at == last
        assert row.claim is not None

    def test_does_not_renew_what_another_took(self):
        run = open_run()
        first = take(run)
        second = take(run, now=LATER)
        beats = []

        class Counting(type(StageRun.objects.all())):
            def filter(self, *args, **kwargs):
                beats.append(1)
                return super().filter(*args, **kwargs)

        rows = Counting(StageRun)
        with claims.held(rows, pk=run.pk, claim=first.claim):
            assert self.wait(lambda: len(beats) > 2)
        second.refresh_from_db()
        assert second.claimed_at == LATER

    @pytest.mark.parametrize("error", [OperationalError, DataError])
    def test_outlives_what_the_database_says_and_logs_it(self, error, caplog):
        row = take(open_run(), now=NOW)
        failures = []

        class Falling(type(StageRun.objects.all())):
            def filter(self, *args, **kwargs):
                if len(failures) < 3:
                    failures.append(1)
                    raise error("the server closed the connection")
                return super().filter(*args, **kwargs)

        def is_renewed():
            row.refresh_from_db()
            return row.claimed_at != NOW

        with claims.held(Falling(StageRun), pk=row.pk, claim=row.claim):
            assert self.wait(is_renewed)
        assert len(failures) == 3
        assert caplog.text.count("the server closed the connection") == 3
