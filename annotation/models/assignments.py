"""Assignments: a clip handed to a rater, on a lease."""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from annotation.models.campaigns import Campaign, CampaignClip
from annotation.models.raters import Rater
from corpus.models import Clip


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def live(self) -> Self:
        return self.filter(closed_at=None)


class Assignment(models.Model):
    """One rater's turn at one clip; at most one open and one prefetched at a time."""

    class Slot(models.TextChoices):
        OPEN = "open"
        PREFETCHED = "prefetched"

    class Outcome(models.TextChoices):
        RATED = "rated"
        EXPIRED = "expired"
        SKIPPED = "skipped"
        RELEASED = "released"

    class Privacy:
        personal: ClassVar = {
            "rater",
            "slot",
            "token",
            "position",
            "claimed_at",
            "shown_at",
            "expires_at",
            "closed_at",
            "outcome",
            "reason",
        }
        public: ClassVar = {"id", "campaign", "campaign_clip", "clip"}

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="assignments")
    campaign_clip = models.ForeignKey(
        CampaignClip, on_delete=models.PROTECT, related_name="assignments"
    )
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="assignments")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="assignments")
    slot = models.CharField(max_length=10, choices=Slot.choices)
    token = models.UUIDField(
        default=uuid.uuid4, unique=True, help_text="blind address of the sound"
    )
    position = models.PositiveIntegerField(help_text="the rater's how-manieth in the campaign")
    claimed_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, blank=True, choices=Outcome.choices)
    reason = models.CharField(max_length=60, blank=True, help_text="why it was skipped")

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["campaign", "clip", "rater"], name="a_rater_hears_a_clip_once"
            ),
            models.UniqueConstraint(
                fields=["campaign", "rater", "slot"],
                condition=Q(closed_at=None),
                name="a_rater_has_one_assignment_per_slot",
            ),
            models.CheckConstraint(
                name="a_closed_assignment_has_an_outcome",
                condition=Q(closed_at=None, outcome="")
                | (Q(closed_at__isnull=False) & ~Q(outcome="")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["expires_at"], condition=Q(closed_at=None), name="leases_by_their_end"
            )
        ]

    def __str__(self) -> str:
        return f"clip {self.clip_id} for {self.rater_id}"
