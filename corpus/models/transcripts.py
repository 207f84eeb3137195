"""Words with times."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from corpus.models.episodes import Episode
from corpus.models.runs import StageRun


class Word(models.Model):
    """One spoken word, in samples."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="words")
    run = models.ForeignKey(StageRun, on_delete=models.PROTECT, related_name="+")
    start = models.BigIntegerField()
    end = models.BigIntegerField()
    text = models.CharField(max_length=200)
    confidence = models.FloatField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_word_has_length", condition=Q(start__gte=0, end__gt=F("start"))
            )
        ]
        indexes: ClassVar = [models.Index(fields=["run", "start"])]

    def __str__(self) -> str:
        return self.text
