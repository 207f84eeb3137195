"""Who speaks when."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from corpus.models.episodes import Episode
from corpus.models.runs import StageRun
from corpus.models.speakers import Voice


class SpeakerTurn(models.Model):
    """One stretch of one voice, in samples; turns may overlap."""

    class Privacy:
        personal: ClassVar[set[str]] = set()
        public: ClassVar = {"id", "episode", "run", "voice", "start", "end"}

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="turns")
    run = models.ForeignKey(StageRun, on_delete=models.PROTECT, related_name="+")
    voice = models.ForeignKey(Voice, on_delete=models.PROTECT, related_name="turns")
    start = models.BigIntegerField()
    end = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_turn_has_length", condition=Q(start__gte=0, end__gt=F("start"))
            )
        ]
        indexes: ClassVar = [models.Index(fields=["run", "start"])]

    def __str__(self) -> str:
        return f"{self.voice_id}: {self.start}–{self.end}"
