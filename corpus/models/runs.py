"""The ledger: what ran on what, with which engine, version and parameters, by claim and lease."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from common.claims import ClaimQuerySet
from corpus.models.episodes import Episode


class StageRunQuerySet(ClaimQuerySet["StageRun"]):
    def open(self) -> Self:
        return self.filter(done_at=None)

    def done(self) -> Self:
        return self.filter(outcome=StageRun.Outcome.DONE)

    def failed(self) -> Self:
        return self.filter(outcome=StageRun.Outcome.FAILED)


class StageRun(models.Model):
    """One stage of one subject under one engine: a new engine is a new row, the same one a no-op."""

    class Outcome(models.TextChoices):
        DONE = "done"
        FILTERED = "filtered"
        FAILED = "failed"

    stage = models.CharField(max_length=20)
    subject = models.CharField(max_length=100, help_text="episode:12, corpus, release:3 …")
    episode = models.ForeignKey(
        Episode, null=True, blank=True, on_delete=models.PROTECT, related_name="runs"
    )
    engine = models.CharField(max_length=200)
    version = models.CharField(max_length=500)
    parameters = models.JSONField(default=dict)
    key = models.CharField(max_length=64, help_text="sha256 of stage, engine, version, parameters")
    created_at = models.DateTimeField()

    claim = models.UUIDField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=200, blank=True)
    enqueued_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    waiting_since = models.DateTimeField(
        null=True, blank=True, help_text="its host only asks it to wait"
    )
    error = models.TextField(blank=True, help_text="of the last attempt, for people")

    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, blank=True, choices=Outcome.choices)
    reason = models.TextField(blank=True)
    result = models.JSONField(default=dict, help_text="counts of what came out")
    seconds = models.FloatField(null=True, blank=True, help_text="wall time of the last attempt")

    objects = StageRunQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject", "stage", "key"], name="a_stage_runs_once_per_engine_and_input"
            ),
            models.CheckConstraint(
                name="a_finished_run_has_an_outcome",
                condition=Q(done_at=None, outcome="") | (Q(done_at__isnull=False) & ~Q(outcome="")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["stage", "created_at"], condition=Q(done_at=None), name="runs_that_are_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.stage} of {self.subject}: {self.outcome or 'open'}"
