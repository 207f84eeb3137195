"""The app as Django knows it."""

from django.apps import AppConfig


class CorpusConfig(AppConfig):
    name = "corpus"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from corpus import checks  # noqa: F401, PLC0415 - registers itself
