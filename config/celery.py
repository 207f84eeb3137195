"""The Celery app; its beat timetable is in settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("emocast")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "corpus.tasks.pipeline",
        "corpus.tasks.sweeps",
        "annotation.tasks.assignments",
        "annotation.tasks.consensus",
        "selection.tasks.features",
    ],
    related_name=None,  # type: ignore[arg-type]  # as Celery has it: these are the modules
)
