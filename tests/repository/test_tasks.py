"""Every task is safe to deliver twice: declared in one way, in a lane, told everything by name."""

import importlib
import inspect
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings

from common.tasks import IdempotentTask, Lane, route

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for app in ("corpus", "annotation", "selection")
    for path in (ROOT / app / "tasks").glob("*.py")
    if path.stem != "__init__"
)


def tasks() -> dict[str, IdempotentTask]:
    """Every task of ours that Celery knows, by its dotted name."""
    for module in MODULES:
        importlib.import_module(module)
    ours = ("corpus.", "annotation.", "selection.", "common.", "config.")
    return {name: task for name, task in current_app.tasks.items() if name.startswith(ours)}


NAMES = sorted(tasks())


class TestTasks:
    def test_are_there(self) -> None:
        assert len(NAMES) >= len(MODULES)

    @pytest.mark.parametrize("name", NAMES)
    def test_are_acknowledged_only_when_their_work_is_committed(self, name: str) -> None:
        task = tasks()[name]
        assert isinstance(task, IdempotentTask)
        assert (task.acks_late, task.reject_on_worker_lost) == (True, True)
        assert task.ignore_result is True

    @pytest.mark.parametrize("name", NAMES)
    def test_wait_in_the_queue_of_their_lane(self, name: str) -> None:
        task = tasks()[name]
        assert task.lane in Lane
        assert route(name, (), {}, {}, task) == {"queue": str(task.lane)}

    @pytest.mark.parametrize("name", NAMES)
    def test_are_told_everything_by_name_and_answer_nothing(self, name: str) -> None:
        signature = inspect.signature(inspect.unwrap(tasks()[name].run))
        kinds = {parameter.kind for parameter in signature.parameters.values()}
        assert kinds <= {inspect.Parameter.KEYWORD_ONLY}
        assert signature.return_annotation in (None, "None")

    @pytest.mark.parametrize("name", NAMES)
    def test_take_ids_and_no_rows(self, name: str) -> None:
        """What waits in Redis must be small, and still true when it is read."""
        signature = inspect.signature(inspect.unwrap(tasks()[name].run))
        kinds = {parameter.annotation for parameter in signature.parameters.values()}
        assert kinds <= {int, str, bool, "int", "str", "bool"}


class TestTimetable:
    @pytest.mark.parametrize("entry", sorted(settings.CELERY_BEAT_SCHEDULE))
    def test_calls_tasks_that_exist_and_need_nothing(self, entry: str) -> None:
        task = tasks()[settings.CELERY_BEAT_SCHEDULE[entry]["task"]]
        assert inspect.signature(inspect.unwrap(task.run)).parameters == {}

    def test_lets_no_call_outlive_the_next(self) -> None:
        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            assert entry["options"]["expires"] == entry["schedule"].total_seconds()


class TestWorkers:
    def test_load_every_module_of_tasks(self) -> None:
        text = (ROOT / "config" / "celery.py").read_text()
        assert [module for module in MODULES if f'"{module}"' not in text] == []
