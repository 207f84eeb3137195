import pytest
from django.db import IntegrityError

from corpus.models import StageRun
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


class TestStageRun:
    def test_is_one_per_subject_stage_and_key(self):
        episode = make.episode()
        make.run(episode, stage="cut", key="same")
        make.run(episode, stage="measure", key="same")
        make.run(make.episode(), stage="cut", key="same")
        with pytest.raises(IntegrityError, match="a_stage_runs_once_per_engine_and_input"):
            make.run(episode, stage="cut", key="same")

    @pytest.mark.parametrize(("done_at", "outcome"), [(NOW, ""), (None, "done")])
    def test_has_an_outcome_exactly_when_it_is_finished(self, done_at, outcome):
        with pytest.raises(IntegrityError, match="a_finished_run_has_an_outcome"):
            make.run(done_at=done_at, outcome=outcome)

    def test_says_how_it_stands(self):
        run = make.run(stage="cut", done_at=None, outcome="")
        assert str(run) == "cut of corpus: open"

    def test_is_found_by_how_it_ended(self):
        rows = {name: make.run(outcome=name) for name in ("done", "filtered", "failed")}
        rows["open"] = make.run(done_at=None, outcome="")
        assert list(StageRun.objects.open()) == [rows["open"]]
        assert list(StageRun.objects.done()) == [rows["done"]]
        assert list(StageRun.objects.failed()) == [rows["failed"]]
