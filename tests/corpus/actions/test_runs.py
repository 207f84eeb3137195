import logging
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError

from common.files import StorageFull
from corpus.actions import roads, runs
from corpus.core.stages import EPISODE_STAGES, Recipe
from corpus.engines.base import EngineMissing, NotAudio
from corpus.engines.failures import Busy, Refused, Unreachable
from corpus.engines.failures import StorageFull as NoRoomToFetch
from corpus.models import StageRun
from tests import fakes
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
RECIPES = {stage.name: Recipe(f"fake.{stage.name}", "1", {}) for stage in EPISODE_STAGES}
NEWER = {**RECIPES, "fetch": Recipe("fake.fetch", "2", {})}
IDENTIFY = Recipe("fake.identify", "1", {})


def open_run(episode=None, **fields):
    return make.run(episode or make.episode(), **{"done_at": None, "outcome": "", **fields})


def finish(run):
    StageRun.objects.filter(pk=run.pk).update(done_at=NOW, outcome="done")


def walk(episode, recipes, *, days=0):
    """Plan and finish until nothing is left, a second for each run; which stages it took."""
    seen, at = [], NOW + timedelta(days=days)
    while planned := runs.plan(episode=episode, recipes=recipes, at=at):
        for run in planned:
            at += timedelta(seconds=1)
            StageRun.objects.filter(pk=run.pk).update(done_at=at, outcome="done")
            seen.append(run.stage)
    return seen


def rule_out(episode, verdict="refused"):
    episode.licence = make.licence(episode, verdict=verdict)
    episode.save()


def carry_out(run, work, *, now=NOW, **how):
    return runs.carry_out(run_id=run.pk, work=work, now=lambda: now, **how)


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
            ["fingerprint", "detect", "diarise"],
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


class TestPlanWithANewRecipe:
    @pytest.fixture
    def episode(self):
        return make.episode()

    @pytest.fixture
    def old(self, episode):
        (run,) = runs.plan(episode=episode, recipes=RECIPES, at=NOW)
        return run

    def test_closes_what_waits_under_the_old_one(self, episode, old):
        (new,) = runs.plan(episode=episode, recipes=NEWER, at=NOW)
        old.refresh_from_db()
        assert (old.outcome, old.reason) == ("filtered", "A newer recipe took its place.")
        assert list(StageRun.objects.open()) == [new]

    def test_leaves_alone_what_somebody_works_on(self, episode, old):
        StageRun.objects.claim(pk=old.pk, now=NOW)
        runs.plan(episode=episode, recipes=NEWER, at=NOW)
        old.refresh_from_db()
        assert old.done_at is None

    def test_closes_what_failed_so_that_nobody_opens_it_again(self, episode, old):
        StageRun.objects.filter(pk=old.pk).update(done_at=NOW, outcome="failed", reason="gone")
        runs.plan(episode=episode, recipes=NEWER, at=NOW)
        assert runs.retry_failed(at=NOW) == 0
        old.refresh_from_db()
        assert (old.outcome, old.error) == ("filtered", "gone")

    def test_leaves_stages_of_other_apps_alone(self, episode):
        other = open_run(episode, stage="features")
        runs.plan(episode=episode, recipes=NEWER, at=NOW)
        other.refresh_from_db()
        assert other.done_at is None

    def test_opens_the_old_run_when_the_old_recipe_returns(self, episode, old):
        runs.plan(episode=episode, recipes=NEWER, at=NOW)
        (again,) = runs.plan(episode=episode, recipes=RECIPES, at=NOW)
        assert (again, again.done_at, again.reason) == (old, None, "")
        assert list(runs.ready("fetch", now=NOW)) == [old]

    def test_cuts_and_measures_again_on_the_way_back(self, episode):
        newer = {**RECIPES, "diarise": Recipe("fake.diarise", "2", {})}
        walk(episode, RECIPES)
        assert walk(episode, newer, days=1) == ["diarise", "cut", "measure"]
        assert walk(episode, RECIPES, days=2) == ["cut", "measure"]
        assert walk(episode, RECIPES, days=3) == []
        assert StageRun.objects.filter(stage="cut").count() == 2

    def test_judges_again_on_the_way_back_to_an_earlier_gate(self, episode):
        stricter = {**RECIPES, "measure": Recipe("fake.measure", "2", {})}
        walk(episode, RECIPES)
        assert walk(episode, stricter, days=1) == ["measure"]
        assert walk(episode, RECIPES, days=2) == ["measure"]


class TestWhatMayNotGoOn:
    @pytest.fixture
    def run(self):
        (run,) = runs.plan(episode=make.episode(), recipes=RECIPES, at=NOW)
        return run

    @pytest.mark.parametrize("verdict", ["review", "index_only", "refused"])
    def test_is_not_ready_nor_opened_again(self, run, verdict):
        rule_out(run.episode, verdict)
        failed = make.run(run.episode, stage="cut", outcome="failed")
        assert not runs.ready("fetch", now=NOW).exists()
        assert runs.retry_failed(at=NOW) == 0
        failed.refresh_from_db()
        assert failed.outcome == "failed"

    def test_is_not_carried_out_by_who_was_told_before(self, run):
        rule_out(run.episode)
        calls = []
        done = carry_out(run, calls.append)
        assert (done.outcome, done.reason, calls) == ("filtered", roads.NOT_ALLOWED, [])

    def test_is_closed_with_the_reason_and_opened_when_that_is_gone(self, run):
        for change, reason in ((rule_out, roads.NOT_ALLOWED), (self.copy, roads.COPY)):
            change(run.episode)
            runs.plan_missing(recipes=RECIPES, at=NOW)
            run.refresh_from_db()
            assert (run.outcome, run.reason) == ("filtered", reason)
            run.episode.duplicate_of = None
            rule_out(run.episode, "accepted")
            runs.plan_missing(recipes=RECIPES, at=NOW)
            assert list(runs.ready("fetch", now=NOW)) == [run]

    def test_is_closed_by_a_plan_of_the_episode_too(self, run):
        rule_out(run.episode)
        assert runs.plan(episode=run.episode, recipes=RECIPES, at=NOW) == []
        run.refresh_from_db()
        assert run.reason == roads.NOT_ALLOWED

    @staticmethod
    def copy(episode):
        episode.duplicate_of = make.episode(verdict="refused")
        episode.save()


class TestPlanMissing:
    def test_asks_no_more_of_many_episodes_than_of_few(self, django_assert_num_queries):
        for episode in (make.episode() for _ in range(5)):
            walk(episode, RECIPES)
        with django_assert_num_queries(3):
            runs.plan_missing(recipes=RECIPES, at=NOW)

    def test_changes_nothing_while_the_next_runs_wait(self, django_assert_num_queries):
        for _ in range(5):
            make.episode()
        runs.plan_missing(recipes=RECIPES, at=NOW)
        assert StageRun.objects.open().count() == 5
        with django_assert_num_queries(3):
            runs.plan_missing(recipes=RECIPES, at=NOW)

    def test_plans_what_a_new_recipe_asks_for(self):
        episode = make.episode()
        walk(episode, RECIPES)
        runs.plan_missing(recipes={**RECIPES, "detect": Recipe("other", "1", {})}, at=NOW)
        assert [run.stage for run in StageRun.objects.open()] == ["detect"]

    def test_closes_what_a_new_recipe_overtook(self):
        make.episode()
        runs.plan_missing(recipes=RECIPES, at=NOW)
        runs.plan_missing(recipes=NEWER, at=NOW)
        assert [run.version for run in StageRun.objects.open()] == ["2"]


class TestPlanIdentify:
    def test_compares_again_what_more_voices_overtook_for_a_while(self):
        make.voice()
        first = runs.plan_identify(recipe=IDENTIFY, at=NOW)
        other = make.voice()
        runs.plan_identify(recipe=IDENTIFY, at=NOW)
        other.delete()
        assert runs.plan_identify(recipe=IDENTIFY, at=NOW) == first
        first.refresh_from_db()
        assert first.done_at is None

    def test_does_not_wait_for_what_may_not_go_on(self):
        make.voice()
        open_run(make.episode(verdict="refused"), stage="fetch")
        assert runs.plan_identify(recipe=IDENTIFY, at=NOW) is not None

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

    def test_are_few_of_one_host_where_they_fetch(self):
        many = [open_run(stage="fetch", created_at=NOW) for _ in range(4)]
        other = make.episode(audio_url="https://other.example/a.mp3")
        late = make.run(other, stage="fetch", created_at=NOW, done_at=None, outcome="")
        assert set(runs.to_enqueue("fetch", now=NOW, most=5)) == {*many[:2], late}


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

    def test_refuses_what_today_s_engine_would_do_otherwise(self):
        (run,) = runs.plan(episode=make.episode(), recipes=RECIPES, at=NOW)
        calls = []
        done = carry_out(run, calls.append, recipes=NEWER)
        assert (done.outcome, done.reason, calls) == ("filtered", roads.OVERTAKEN, [])

    def test_refuses_what_works_on_the_output_of_an_older_engine(self):
        episode = make.episode()
        walk(episode, {**RECIPES, "fetch": Recipe("fake.fetch", "0", {})})
        late = StageRun.objects.get(stage="measure")
        StageRun.objects.filter(pk=late.pk).update(done_at=None, outcome="")
        assert carry_out(late, lambda _: None, recipes=RECIPES).reason == roads.OVERTAKEN

    @pytest.mark.parametrize("version", ["1", "2"])
    def test_asks_the_recipe_of_a_stage_of_the_whole_corpus_too(self, version):
        make.voice()
        run = runs.plan_identify(recipe=IDENTIFY, at=NOW)
        today = {"identify": Recipe("fake.identify", version, {})}
        done = carry_out(run, lambda row: runs.finish(row, at=NOW, result={}), recipes=today)
        assert done.outcome == {"1": "done", "2": "filtered"}[version]

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

    @pytest.mark.parametrize(
        "full", [StorageFull("No room left on x."), NoRoomToFetch("full"), Busy("at it already")]
    )
    def test_does_not_count_a_full_disk_or_a_busy_colleague(self, full):
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

    def test_enters_nothing_where_a_part_fails(self):
        how = {"stage": "release", "subject": "release:1", "recipe": IDENTIFY, "inputs": ["a"]}
        with pytest.raises(TypeError):
            runs.record(**how, result={"clips": object()}, at=NOW)
        assert not StageRun.objects.exists()


class TestAsOf:
    def test_is_the_episode_as_the_inputs_left_it(self):
        episode = make.episode(speech=[[5, 6]], codec="of another engine")
        detect = make.run(episode, stage="detect", result={"fields": {"speech": [[1, 2]]}})
        cut = make.run(episode, stage="cut", parameters={"inputs": [detect.key]})
        measure = make.run(episode, stage="measure", parameters={"inputs": [cut.key]})
        seen = runs.as_of(measure)
        assert (seen.speech, seen.codec) == ([[1, 2]], "of another engine")
        assert runs.episode_of(measure).speech == [[5, 6]]


class TestInputRuns:
    def test_are_the_runs_that_a_stage_builds_on(self):
        episode = make.episode()
        while planned := runs.plan(episode=episode, recipes=RECIPES, at=NOW):
            for run in planned:
                finish(run)
        cut = StageRun.objects.get(stage="cut")
        assert set(runs.input_runs(cut)) == {"detect", "diarise", "transcribe", "fingerprint"}

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
        run = open_run(claimed_at=NOW, claimed_by=fakes.dead_worker())
        assert runs.release_claims_of_the_dead() == 1
        assert list(runs.ready(run.stage, now=NOW)) == [run]
