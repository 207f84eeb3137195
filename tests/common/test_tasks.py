import pytest
from celery import current_app
from django.db import transaction

from common import tasks
from common.tasks import IdempotentTask, Lane, idempotent_task


@idempotent_task(lane=Lane.CPU, retry_on=(ConnectionError,))
def example(*, number: int) -> None:
    SEEN.append(number)


SEEN: list[int] = []


class TestIdempotentTask:
    def test_is_acknowledged_only_after_its_work(self):
        assert isinstance(example, IdempotentTask)
        assert (example.acks_late, example.reject_on_worker_lost) == (True, True)
        assert example.ignore_result is True

    def test_knows_its_lane_and_what_is_worth_a_retry(self):
        assert example.lane is Lane.CPU
        assert example.autoretry_for == (ConnectionError,)

    def test_runs_inline_when_called(self):
        SEEN.clear()
        example(number=3)
        assert SEEN == [3]

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.slow
    def test_is_sent_after_the_commit_and_never_after_a_rollback(self, monkeypatch):
        sent = []
        monkeypatch.setattr(example, "apply_async", lambda *, kwargs: sent.append(kwargs))
        with transaction.atomic():
            example.delay_on_commit(number=1)
            assert sent == []
        assert sent == [{"number": 1}]
        with pytest.raises(ValueError, match="undone"), transaction.atomic():
            example.delay_on_commit(number=2)
            raise ValueError("undone")
        assert sent == [{"number": 1}]


class TestRoute:
    @pytest.mark.parametrize("lane", list(Lane))
    def test_is_the_queue_of_the_lane(self, lane):
        class Task:
            pass

        task = Task()
        task.lane = lane
        assert tasks.route("name", (), {}, {}, task=task) == {"queue": lane.value}

    def test_of_anything_else_is_the_short_lane(self):
        assert tasks.route("celery.backend_cleanup", (), {}, {}) == {"queue": "short"}


class TestTimetable:
    def test_calls_only_tasks_that_there_are(self, settings):
        current_app.loader.import_default_modules()
        named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
        assert named <= set(current_app.tasks)
