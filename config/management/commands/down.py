"""`down`: stop the embedded PostgreSQL and Redis."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config import embedded


class Command(BaseCommand):
    help = "Stop the embedded services of this checkout; nothing is deleted."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = embedded.stop(settings.VAR_DIR)
        self.stdout.write(f"Stopped: {', '.join(stopped) or 'nothing was running'}.")
