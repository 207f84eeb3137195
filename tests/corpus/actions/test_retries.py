"""What is no attempt of a run: waits for its host, and downloads that get on."""

from datetime import timedelta

import pytest

from corpus.actions import runs
from corpus.engines.failures import HostBusy, HostWaits, HttpError, Unreachable
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


def open_run(**fields):
    return make.run(make.episode(), **{"done_at": None, "outcome": "", **fields})


def carry_out(run, work, *, now=NOW):
    return runs.carry_out(run_id=run.pk, work=work, now=lambda: now)


def fail_with(error):
    def work(run):
        raise error

    return work


class TestFail:
    def test_does_not_count_turns_of_others_at_its_host(self):
        run = open_run(enqueued_at=NOW)
        for attempt in range(2 * runs.MOST_ATTEMPTS):
            row = carry_out(run, fail_with(HostBusy("one")), now=NOW + timedelta(minutes=attempt))
            assert (row.done_at, row.attempts, row.enqueued_at) == (None, 0, None)
            assert row.retry_at == NOW + timedelta(minutes=attempt, seconds=10)

    @pytest.mark.parametrize(
        "error",
        [
            HostWaits("not before noon", retry_after=3600.0),
            HttpError("slower", status=429, retry_after=3600.0),
            HttpError("closed", status=503, retry_after=3600.0),
        ],
    )
    def test_waits_as_long_as_the_host_asks_but_not_for_ever(self, error):
        run, now, waits = open_run(created_at=NOW - timedelta(days=30)), NOW, 0
        while (row := carry_out(run, fail_with(error), now=now)).done_at is None:
            assert (row.attempts, row.error) == (0, str(error))
            assert row.retry_at == now + timedelta(hours=1)
            now, waits = row.retry_at, waits + 1
        assert waits == 3 * 24
        assert row.outcome == "failed"
        assert row.reason == f"Its host has asked us to wait for 3 days. {error}"

    def test_has_patience_again_after_another_failure_and_when_asked_to_retry(self):
        run, wait = open_run(), fail_with(HostWaits("later", retry_after=3600.0))
        carry_out(run, wait)
        later = NOW + timedelta(days=4)
        assert carry_out(run, fail_with(Unreachable("gone")), now=later).waiting_since is None
        again = later + timedelta(minutes=1)
        assert carry_out(run, wait, now=again).waiting_since == again
        type(run).objects.filter(pk=run.pk).update(done_at=NOW, outcome="failed")
        runs.retry_failed(at=again)
        run.refresh_from_db()
        assert run.waiting_since is None

    def test_does_not_count_a_download_that_got_on(self):
        run, error = open_run(), Unreachable("broke off")
        error.gained = 2**20
        for attempt in range(2 * runs.MOST_ATTEMPTS):
            row = carry_out(run, fail_with(error), now=NOW + timedelta(minutes=attempt))
            assert (row.done_at, row.attempts) == (None, 0)
        error.gained -= 1
        assert carry_out(run, fail_with(error), now=NOW + timedelta(days=1)).attempts == 1
