"""What the raters of a clip agree on; derived, and recomputable at any time."""

from typing import ClassVar

from django.db import models

from annotation.models.campaigns import Campaign
from corpus.models import Clip


class Consensus(models.Model):
    """The labels of one clip in one campaign, by the rule named."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="consensus")
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="consensus")
    code = models.CharField(max_length=1, blank=True, help_text="A S H U F D C N O, X for none")
    shares = models.JSONField(default=dict)
    valence = models.FloatField(null=True, blank=True)
    arousal = models.FloatField(null=True, blank=True)
    dominance = models.FloatField(null=True, blank=True)
    secondary = models.JSONField(default=dict)
    distribution_pooled = models.JSONField(null=True, blank=True)
    distribution_rater_equal = models.JSONField(null=True, blank=True)
    entropy = models.FloatField(null=True, blank=True)
    n_ratings = models.PositiveSmallIntegerField()
    n_rows = models.PositiveIntegerField(help_text="ratings seen, corrected ones included")
    rule_version = models.CharField(max_length=20)
    computed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["campaign", "clip"], name="a_clip_has_one_consensus_per_campaign"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code or '–'} for clip {self.clip_id}"


class Agreement(models.Model):
    """How far the raters of a campaign agree, with intervals; derived."""

    campaign = models.OneToOneField(Campaign, on_delete=models.PROTECT, related_name="agreement")
    figures = models.JSONField(default=list)
    n_ratings = models.PositiveIntegerField()
    n_rows = models.PositiveIntegerField(
        default=0, help_text="ratings seen, corrected ones included"
    )
    computed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"agreement of campaign {self.campaign_id}"
