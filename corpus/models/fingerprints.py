"""Acoustic fingerprints: the landmarks of a master, and where it repeats what was heard before."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from corpus.models.episodes import Episode
from corpus.models.runs import StageRun


class Landmark(models.Model):
    """Two spectral peaks and the time between them as one number, at one place of an episode."""

    hash = models.IntegerField()
    episode = models.ForeignKey(
        Episode, on_delete=models.PROTECT, related_name="landmarks", db_index=False
    )
    frame = models.IntegerField(help_text="of the fingerprint's own hop")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["hash"], include=["episode", "frame"], name="landmarks_by_hash"),
            models.Index(fields=["episode"], name="landmarks_by_episode"),
        ]

    def __str__(self) -> str:
        return f"{self.hash} at {self.frame}"


class Repeat(models.Model):
    """A span that sounds the same as an earlier one, of another episode or of its own."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="repeats")
    run = models.ForeignKey(StageRun, on_delete=models.PROTECT, related_name="repeats")
    start = models.BigIntegerField(help_text="samples at 16 kHz")
    end = models.BigIntegerField()
    of = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="repeated_in")
    of_start = models.BigIntegerField()
    score = models.PositiveIntegerField(help_text="landmarks in common")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_repeat_has_length",
                condition=Q(start__gte=0, end__gt=F("start"), of_start__gte=0),
            )
        ]

    def __str__(self) -> str:
        return f"{self.start}–{self.end} as in episode {self.of_id}"
