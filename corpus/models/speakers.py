"""Voices of an episode, and the people they belong to across episodes."""

from typing import Any, ClassVar, Self

from django.apps import apps
from django.db import models
from django.db.models import Q
from pgvector.django import VectorField

from corpus.models.episodes import Episode
from corpus.models.runs import StageRun


class Speaker(models.Model):
    """A person, known by the voice alone."""

    class Gender(models.TextChoices):
        MALE = "Male"
        FEMALE = "Female"
        UNKNOWN = "Unknown"

    class Privacy:
        personal: ClassVar[set[str]] = set()
        public: ClassVar = {"id", "gender"}

    gender = models.CharField(max_length=8, choices=Gender.choices, default=Gender.UNKNOWN)

    def __str__(self) -> str:
        return f"speaker {self.pk}"


class VoiceQuerySet(models.QuerySet["Voice"]):
    def current(self) -> Self:
        """Of the newest diarisation of each episode."""
        return self.filter(run__in=_newest().values("pk"))

    def to_compare(self) -> Self:
        """Those of today, and those of any clip, superseded ones too: they may have been rated."""
        clips: Any = apps.get_model("corpus", "Clip")  # which points here
        heard = Q(pk__in=clips.objects.values("voice"))
        return self.filter(Q(run__in=_newest().values("pk")) | heard)


def _newest() -> models.QuerySet[StageRun]:
    diarised = StageRun.objects.done().filter(stage="diarise")
    return diarised.order_by("episode", "-done_at").distinct("episode")


class Voice(models.Model):
    """One diarised label of one episode, with its mean embedding."""

    class Privacy:
        personal: ClassVar = {"embedding"}
        public: ClassVar = {"id", "episode", "run", "label", "speaker"}

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="voices")
    run = models.ForeignKey(StageRun, on_delete=models.PROTECT, related_name="voices")
    label = models.CharField(max_length=40)
    embedding = VectorField(null=True, blank=True)
    speaker = models.ForeignKey(
        Speaker, null=True, blank=True, on_delete=models.PROTECT, related_name="voices"
    )

    objects = VoiceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "label"], name="a_run_has_a_label_once")
        ]

    def __str__(self) -> str:
        return f"{self.label} of episode {self.episode_id}"
