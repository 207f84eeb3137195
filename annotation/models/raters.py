"""Raters and what they consented to."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class Rater(models.Model):
    """A person who rates, known to releases by a pseudonym; or a script that says so."""

    class Privacy:
        personal: ClassVar = {"user", "joined_at"}
        public: ClassVar = {"id", "code", "is_simulated"}

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rater",
    )
    code = models.CharField(max_length=80, unique=True, help_text="WORKER00000001, or as imported")
    is_simulated = models.BooleanField(default=False)
    joined_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code


class Consent(models.Model):
    """That a rater agreed to a version of the text: append-only."""

    class Privacy:
        personal: ClassVar = {"rater", "consented_at", "version", "text_sha256"}
        public: ClassVar = {"id"}

    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="consents")
    version = models.CharField(max_length=20)
    text_sha256 = models.CharField(max_length=64)
    consented_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rater", "version"], name="a_rater_consents_once_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rater_id} agreed to {self.version}"
