"""How a background task is declared here. Delivery is at-least-once: every task is safe to run twice."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from celery import Task, shared_task
from django.db import transaction


class Lane(StrEnum):
    """Which queue a task waits in; a laptop's workers serve them all."""

    SHORT = "short"
    CPU = "cpu"
    GPU = "gpu"


class IdempotentTask(Task):
    """A task that is acknowledged only once its work is committed."""

    abstract = True
    acks_late = True
    ignore_result = True
    reject_on_worker_lost = True
    retry_backoff = True
    lane: Lane  # not Celery's own `queue`, which is deprecated on tasks

    def delay_on_commit(self, **kwargs: Any) -> None:
        """Enqueue once the surrounding transaction is committed, never before.

        A broker that is down costs nothing but time: the next sweep finds the work.
        """
        transaction.on_commit(lambda: self.apply_async(kwargs=kwargs), robust=True)


def idempotent_task(
    *, lane: Lane, retry_on: tuple[type[Exception], ...] = ()
) -> Callable[[Callable[..., None]], IdempotentTask]:
    """Declare a task, and say which lane it runs in and what is worth a retry."""
    return shared_task(base=IdempotentTask, lane=lane, autoretry_for=retry_on)


def route(
    name: str,
    args: object,
    kwargs: object,
    options: object,
    task: IdempotentTask | None = None,
    **_: object,
) -> dict[str, str]:
    """Send a task to the queue of its lane (named in CELERY_TASK_ROUTES)."""
    return {"queue": getattr(task, "lane", Lane.SHORT).value}
