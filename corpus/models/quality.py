"""What was measured on a clip, and what a gate made of it."""

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef, Q, Subquery

from corpus.models.clips import Clip
from corpus.models.runs import StageRun


class Measurement(models.Model):
    """Values of one clip; kept, so that a new gate decides without measuring again."""

    clip = models.OneToOneField(Clip, on_delete=models.PROTECT, related_name="measurement")
    run = models.ForeignKey(StageRun, on_delete=models.PROTECT, related_name="+")
    snr_db = models.FloatField(null=True, blank=True)
    bandwidth_hz = models.FloatField(null=True, blank=True)
    clipping = models.FloatField(help_text="share of samples")
    speech_share = models.FloatField()
    overlap_share = models.FloatField()
    level_db = models.FloatField(null=True, blank=True, help_text="dBFS")
    measured_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"measures of clip {self.clip_id}"


class QualityVerdictQuerySet(models.QuerySet["QualityVerdict"]):
    def newest(self) -> Self:
        """The last word on each clip."""
        last = QualityVerdict.objects.filter(clip=OuterRef("clip")).order_by("-judged_at", "-pk")
        return self.filter(pk=Subquery(last.values("pk")[:1]))


class QualityVerdict(models.Model):
    """Accepted, or filtered with reasons, by a named and versioned gate."""

    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="verdicts")
    gate = models.CharField(max_length=40)
    gate_version = models.CharField(max_length=20)
    gate_parameters = models.JSONField()
    is_accepted = models.BooleanField()
    reasons = ArrayField(models.CharField(max_length=300), default=list)
    judged_at = models.DateTimeField()

    objects = QualityVerdictQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["clip", "gate", "gate_version"], name="a_gate_judges_a_clip_once"
            ),
            models.CheckConstraint(
                name="filtered_has_reasons_accepted_has_none",
                condition=Q(is_accepted=True, reasons=[]) | (Q(is_accepted=False) & ~Q(reasons=[])),
            ),
        ]

    def __str__(self) -> str:
        return "accepted" if self.is_accepted else "filtered: " + ", ".join(self.reasons)
