"""The Celery app; its beat timetable is in settings."""

import os
import warnings

from celery import Celery
from celery.exceptions import SecurityWarning

warnings.simplefilter("ignore", SecurityWarning)  # root on a laptop; docker/ has a user of its own

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("emocast")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "corpus.tasks.pipeline",
        "corpus.tasks.sweeps",
        "corpus.tasks.feeds",
        "corpus.tasks.intakes",
        "corpus.tasks.withdrawals",
        "annotation.tasks.assignments",
        "annotation.tasks.consensus",
        "selection.tasks.features",
    ],
    related_name=None,  # type: ignore[arg-type]  # as Celery has it: these are the modules
)
