import logging
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError

from common.files import StorageFull
from corpus.actions import runs
from corpus.core.stages import EPISODE_STAGES, Recipe
from corpus.engines.base import EngineMissing, NotAudio
from corpus.engines.failures import Refused, Unreachable
from corpus.engines.failures import StorageFull as NoRoomToFetch
from corpus.models import StageRun
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
RECIPES = {stage.name: Recipe(f"fake.{stage.name}", "1", {}) for stage in EPISODE_STAGES}
IDENTIFY = Recipe("fake.identify", "1", {})


def open_run(episode=None, **fields):
    return make.run(episode or make.episode(), **{"done_at": None, "outcome": "", **fields})


def finish(run):
    StageRun.objects.filter(pk=run.pk).update(done_at=NOW, outcome="done")


def carry_out(run, work, *, now=NOW):
    return runs.carry_out(run_id=run.pk, work=work, now=lambda: now)


def fail_with(error):
    def work(run):
        raise error

    return work


class TestPlan:
    def test_starts_with_what_needs_nothing(self):
        planned = runs.plan(episode=make.episode(), recipes=RECIPES, at=NOW)
        assert [run.stage for run in planned] == ["fetch"]

    def test_goes_on_where_the_inputs_are_there(self):
        episode, seen = make.episode(), []
        while planned := runs.plan(episode=episode, recipes=RECIPES, at=NOW):
            seen.append([run.stage for run in planned])
            for run in planned:
                finish(run)
        assert seen == [
            ["fetch"],
            ["standardise"],
            ["detect", "diarise"],
            ["transcribe"],
            ["cut"],
            ["measure"],
        ]

    def test_changes_nothing_the_second_time(self):
        episode = make.episode()
        first = runs.plan(episode=episode, recipes=RECIPES, at=NOW)
        again = runs.plan(episode=episode, recipes=RECIPES, at=NOW + timedelta(days=1))
        assert [run.pk for run in first] == [run.pk for run in again]
        assert StageRun.objects.get().created_at == NOW

    def test_writes_down_with_what_and_on_what(self):
        episode = make.episode()
        recipes = {**RECIPES, "fetch": Recipe("fake.fetch", "7", {"depth": 2})}
        (run,) = runs.plan(episode=episode, recipes=recipes, at=NOW)
        assert (run.engine, run.version, run.episode) == ("fake.fetch", "7", episode)
        assert run.parameters == {"depth": 2, "inputs": [episode.audio_url]}

    def test_makes_a_new_run_for_a_new_engine_and_all_that_follows(self):
        episode = make.episode()
        while planned := runs.plan(episode=episode, recipes=RECIPES, at=NOW):
            for run in planned:
                finish(run)
        newer = {**RECIPES, "diarise": Recipe("fake.diarise", "2", {})}
        seen = []
        while planned := runs.plan(episode=episode, recipes=newer, at=NOW):
            seen += [run.stage for run in planned]
            for run in planned:
                finish(run)
        assert seen == ["diarise", "cut", "measure"]

    @pytest.mark.parametrize("verdict", ["review", "index_only", "refused", None])
    def test_leaves_alone_what_may_not_be_cut(self, verdict):
        assert runs.plan(episode=make.episode(verdict=verdict), recipes=RECIPES, at=NOW) == []

    def test_leaves_copies_alone(self):
        copy = make.episode(duplicate_of=make.episode())
        assert runs.plan(episode=copy, recipes=RECIPES, at=NOW) == []

    def test_does_not_go_beyond_what_failed(self):
        episode = make.episode()
        (run,) = runs.plan(episode=episode, recipes=RECIPES, at=NOW)
        StageRun.objects.filter(pk=run.pk).update(done_at=NOW, outcome="failed")
        assert [r.pk for r in runs.plan(episode=episode, recipes=RECIPES, at=NOW)] == [run.pk]


class TestPlanIdentify:
    def test_waits_while_a_diarisation_is_under_way(self):
        make.voice()
        open_run(stage="diarise")
        assert runs.plan_identify(recipe=IDENTIFY, at=NOW) is None

    def test_does_not_wait_for_what_nobody_will_try_again(self):
        make.voice()
        open_run(stage="fetch", attempts=runs.MOST_ATTEMPTS)
        assert runs.plan_identify(recipe=IDENTIFY, at=NOW) is not None

    def test_has_nothing_to_do_without_voices(self):
        assert runs.plan_identify(recipe=IDENTIFY, at=NOW) is None

    def test_is_the_same_run_for_the_same_voices(self):
        make.voice()
        first = runs.plan_identify(recipe=IDENTIFY, at=NOW)
        assert runs.plan_identify(recipe=IDENTIFY, at=NOW) == first

    def test_replaces_the_one_that_more_voices_overtook(self):
        make.voice()
        first = runs.plan_identify(recipe=IDENTIFY, at=NOW)
        make.voice()
        second = runs.plan_identify(recipe=IDENTIFY, at=NOW)
        first.refresh_from_db()
        assert second != first
        assert first.outcome == "filtered"
        assert first.reason == "More voices came before these were compared."


class TestReady:
    def test_gives_the_oldest_first(self):
        late = open_run(stage="cut", created_at=NOW + timedelta(minutes=1))
        early = open_run(stage="cut", created_at=NOW)
        assert list(runs.ready("cut", now=NOW)) == [early, late]

    def test_leaves_out_what_is_held_waits_is_done_or_hopeless(self):
        open_run(stage="cut", claimed_at=NOW)
        open_run(stage="cut", retry_at=NOW + timedelta(seconds=1))
        open_run(stage="cut", attempts=runs.MOST_ATTEMPTS)
        make.run(stage="cut")
        open_run(stage="fetch")
        assert not runs.ready("cut", now=NOW).exists()

    def test_takes_what_a_silent_holder_had(self):
        run = open_run(stage="cut", claimed_at=NOW - timedelta(minutes=5))
        assert list(runs.ready("cut", now=NOW)) == [run]


class TestToEnqueue:
    def test_sends_a_run_once_a_minute_at_most(self):
        run = open_run(stage="cut")
        assert runs.to_enqueue("cut", now=NOW, most=5) == [run]
        assert runs.to_enqueue("cut", now=NOW + timedelta(seconds=59), most=5) == []
        assert runs.to_enqueue("cut", now=NOW + timedelta(seconds=61), most=5) == [run]

    def test_sends_no_more_than_asked(self):
        for _ in range(3):
            open_run(stage="cut")
        assert len(runs.to_enqueue("cut", now=NOW, most=2)) == 2


class TestCarryOut:
    def test_claims_works_and_notes_how_long_it_took(self):
        run = open_run()
        done = carry_out(run, lambda row: runs.finish(row, at=NOW, result={"turns": 3}))
        assert (done.outcome, done.result, done.done_at) == ("done", {"turns": 3}, NOW)
        assert (done.attempts, done.claim, done.claimed_at) == (1, None, None)
        assert done.seconds >= 0

    def test_gives_nothing_to_the_second_comer(self):
        run = open_run()
        seen = []

        def work(row):
            assert carry_out(run, seen.append) is None
            runs.finish(row, at=NOW, result={})

        assert carry_out(run, work).outcome == "done"
        assert seen == []

    def test_does_nothing_the_second_time(self):
        run, calls = open_run(), []

        def work(row):
            calls.append(row.pk)
            runs.finish(row, at=NOW, result={})

        carry_out(run, work)
        assert carry_out(run, work) is None
        assert calls == [run.pk]

    def test_throws_away_what_was_made_when_the_lease_was_lost(self, caplog):
        run = open_run()

        def work(row):
            StageRun.objects.filter(pk=row.pk).update(claimed_at=NOW - timedelta(minutes=5))
            taken = StageRun.objects.claim(pk=row.pk, now=NOW)
            assert taken is not None
            runs.finish(row, at=NOW, result={"from": "the first"})

        row = carry_out(run, work)
        assert row.done_at is None
        assert row.claim is not None
        assert "another worker took over" in caplog.text

    @pytest.mark.parametrize("reason", [NotAudio("a web page"), runs.Filtered("nothing to cut")])
    def test_filters_with_the_reason(self, reason):
        run = open_run()
        done = carry_out(run, fail_with(reason))
        assert (done.outcome, done.reason) == ("filtered", str(reason))

    @pytest.mark.parametrize("full", [StorageFull("No room left on x."), NoRoomToFetch("full")])
    def test_does_not_count_a_full_disk(self, full):
        run = open_run()
        for attempt in range(2 * runs.MOST_ATTEMPTS):
            row = carry_out(run, fail_with(full), now=NOW + timedelta(minutes=attempt))
            assert (row.done_at, row.attempts, row.error) == (None, 0, str(full))
            assert row.retry_at == NOW + timedelta(minutes=attempt, seconds=30)

    @pytest.mark.parametrize(
        "error", [Unreachable("gone"), EngineMissing("no weights"), OperationalError("restart")]
    )
    def test_tries_known_failures_again_later_and_later(self, error, caplog):
        run, waits, now = open_run(), [], NOW
        while (row := carry_out(run, fail_with(error), now=now)).done_at is None:
            assert row.error == str(error)
            waits.append((row.retry_at - now).total_seconds())
            assert carry_out(run, fail_with(error), now=now) is None
            now = row.retry_at
        assert waits == [10, 20, 40, 80]
        assert (row.outcome, row.reason) == ("failed", str(error))
        assert row.attempts == runs.MOST_ATTEMPTS
        assert caplog.text == ""

    def test_gives_up_at_once_where_trying_again_helps_nobody(self):
        row = carry_out(open_run(), fail_with(Refused("not a public address")))
        assert (row.outcome, row.reason) == ("failed", "not a public address")

    def test_records_a_bug_with_its_kind_and_logs_its_trace(self, caplog):
        row = carry_out(open_run(), fail_with(KeyError("x")))
        assert (row.done_at, row.error) == (None, "KeyError: 'x'")
        assert caplog.records[0].levelno == logging.ERROR
        assert caplog.records[0].exc_info[0] is KeyError

    def test_keeps_the_claim_when_the_process_is_killed(self):
        run = open_run()
        with pytest.raises(KeyboardInterrupt):
            carry_out(run, fail_with(KeyboardInterrupt()))
        run.refresh_from_db()
        assert run.claim is not None
        assert run.done_at is None

    def test_writes_nothing_of_a_stage_that_broke_off(self):
        from django.db import transaction

        run = open_run()

        def work(row):
            with transaction.atomic():
                make.podcast(guid="half-made")
                raise IntegrityError("in the middle")

        assert carry_out(run, work).error == "in the middle"
        assert not type(run.episode.podcast).objects.filter(guid="half-made").exists()


class TestTheHopeless:
    def test_are_closed_with_a_reason(self):
        run = open_run(attempts=runs.MOST_ATTEMPTS)
        assert runs.give_up_on_the_hopeless(now=NOW) == 1
        run.refresh_from_db()
        assert run.outcome == "failed"
        assert "a person has to look" in run.reason

    def test_are_not_those_that_somebody_works_on(self):
        open_run(attempts=runs.MOST_ATTEMPTS, claimed_at=NOW)
        open_run(attempts=runs.MOST_ATTEMPTS - 1)
        assert runs.give_up_on_the_hopeless(now=NOW) == 0


class TestRetryFailed:
    def test_opens_them_with_all_attempts_before_them(self):
        run = make.run(make.episode(), outcome="failed", attempts=5, reason="unreachable")
        make.run(outcome="filtered", reason="not audio")
        assert runs.retry_failed(at=NOW) == 1
        run.refresh_from_db()
        assert (run.done_at, run.outcome, run.attempts, run.reason) == (None, "", 0, "")
        assert list(runs.ready(run.stage, now=NOW)) == [run]

    def test_can_be_asked_of_one_episode(self):
        one, other = (make.run(make.episode(), outcome="failed") for _ in range(2))
        assert runs.retry_failed(at=NOW, episode=one.episode) == 1
        other.refresh_from_db()
        assert other.outcome == "failed"


class TestRecord:
    def test_enters_work_that_is_done(self):
        how = {"stage": "release", "subject": "release:1", "recipe": IDENTIFY, "inputs": ["a"]}
        run = runs.record(**how, result={"clips": 3}, at=NOW)
        run.refresh_from_db()
        assert (run.outcome, run.result, run.done_at) == ("done", {"clips": 3}, NOW)
        assert runs.record(**how, result={"clips": 3}, at=NOW) == run


class TestInputRuns:
    def test_are_the_runs_that_a_stage_builds_on(self):
        episode = make.episode()
        while planned := runs.plan(episode=episode, recipes=RECIPES, at=NOW):
            for run in planned:
                finish(run)
        cut = StageRun.objects.get(stage="cut")
        assert set(runs.input_runs(cut)) == {"detect", "diarise", "transcribe"}

    def test_of_another_episode_are_never_meant(self):
        for episode in (make.episode(audio_url="https://same.example/a") for _ in range(2)):
            while planned := runs.plan(episode=episode, recipes=RECIPES, at=NOW):
                for run in planned:
                    finish(run)
        for cut in StageRun.objects.filter(stage="cut"):
            assert {r.subject for r in runs.input_runs(cut).values()} == {cut.subject}


class TestEpisodeOf:
    def test_is_refused_for_a_stage_of_the_whole_corpus(self):
        with pytest.raises(ValueError, match="corpus is none"):
            runs.episode_of(make.run(stage="identify"))


class TestIsStorageFull:
    @pytest.mark.parametrize(
        "error", ["No room left on /media. …", "The disk that holds /scratch is full. …"]
    )
    def test_is_told_by_what_waits(self, error):
        assert not runs.is_storage_full()
        open_run(error=error)
        assert runs.is_storage_full()


class TestClaimsOfTheDead:
    def test_come_back_without_waiting_for_the_lease(self):
        import socket

        run = open_run(claimed_at=NOW, claimed_by=f"{socket.gethostname()}:999999999:1.00")
        assert runs.release_claims_of_the_dead() == 1
        assert list(runs.ready(run.stage, now=NOW)) == [run]
