"""The selection app's stage and its sweep."""

import pytest

from corpus.models import StageRun
from selection.models import ClipFeatures
from selection.tasks.features import extract, sweep
from tests import fakes, road

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fakes(settings):
    with fakes.installed(settings):
        yield


@pytest.fixture
def measured(tmp_path):
    """An episode whose clips wait for their features."""
    road.ingest(road.folder(tmp_path / "talk", episodes=1))
    road.walk(until="features")


class TestExtract:
    def test_running_it_twice_is_running_it_once(self, measured):
        run = StageRun.objects.get(stage="features")
        for _ in range(2):
            extract(run_id=run.pk)
        assert ClipFeatures.objects.count() == 2
        run.refresh_from_db()
        assert (run.outcome, run.attempts) == ("done", 1)


class TestSweep:
    def test_running_it_twice_is_running_it_once(self, measured, monkeypatch):
        sent = []
        monkeypatch.setattr(extract, "apply_async", lambda **message: sent.append(message))
        sweep()
        sweep()
        run = StageRun.objects.get(stage="features")
        assert sent == [{"kwargs": {"run_id": run.pk}, "expires": 60}]
