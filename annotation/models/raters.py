"""Raters and what they consented to."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class Rater(models.Model):
    """A person who rates, known to releases by a pseudonym; or a script that says so."""

    class Privacy:
        personal: ClassVar = {"user", "joined_at", "code"}  # files may use addresses as codes
        public: ClassVar = {"id", "number", "is_simulated"}

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rater",
    )
    number = models.PositiveIntegerField(unique=True, help_text="in order of joining")
    code = models.CharField(max_length=80, unique=True, help_text="own, or as imported")
    is_simulated = models.BooleanField(default=False)
    joined_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.pseudonym

    @property
    def pseudonym(self) -> str:
        """What releases call this rater, as the MSP files spell it."""
        return f"WORKER{self.number:08d}"


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
