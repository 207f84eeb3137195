"""Selection jobs: which clips went to a campaign, and why. No rater ever sees these rows."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from annotation.models import Campaign
from corpus.models import Clip


class SelectionJob(models.Model):
    """One choice of clips, repeatable from its seed."""

    class Privacy:
        personal: ClassVar = {"created_by"}
        public: ClassVar = {
            "id",
            "campaign",
            "strategy",
            "wanted",
            "seed",
            "parameters",
            "n_candidates",
            "notes",
            "created_at",
        }

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="selection_jobs")
    strategy = models.CharField(max_length=20)
    wanted = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    parameters = models.JSONField(default=dict)
    n_candidates = models.PositiveIntegerField()
    notes = models.JSONField(default=list, help_text="shortfalls, in sentences")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.strategy} for campaign {self.campaign_id}"


class SelectedClip(models.Model):
    """One pick, with its reason and score."""

    job = models.ForeignKey(SelectionJob, on_delete=models.PROTECT, related_name="picks")
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="picks")
    rank = models.PositiveIntegerField()
    reason = models.CharField(max_length=100)
    score = models.FloatField(null=True, blank=True)
    propensity = models.FloatField(help_text="chance of this pick, 0 … 1")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "clip"], name="a_job_picks_a_clip_once"),
            models.UniqueConstraint(fields=["job", "rank"], name="picks_are_ranked"),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.reason}"
