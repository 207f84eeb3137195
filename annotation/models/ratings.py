"""Ratings: what one rater said about one clip. Append-only; a correction is a new row."""

import uuid
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from annotation.models.campaigns import Campaign
from annotation.models.raters import Rater
from corpus.models import Clip


def _on_scale(field: str) -> Q:
    return Q(**{f"{field}": None}) | Q(**{f"{field}__gte": 1, f"{field}__lte": 7})


class RatingQuerySet(models.QuerySet["Rating"]):
    def current(self) -> Self:
        """Which no later row replaces."""
        return self.filter(replaced_by=None)


class Rating(models.Model):
    """One answer, with how it came about."""

    class Privacy:
        personal: ClassVar = {
            "rater",
            "comment",
            "plays",
            "heard_ms",
            "client_uuid",
            "received_at",
            "position",
            "shown_at",
            "source",
        }
        public: ClassVar = {
            "id",
            "campaign",
            "clip",
            "valence",
            "arousal",
            "dominance",
            "primary",
            "primary_other",
            "secondary",
            "secondary_other",
            "distribution",
            "rated_at",
            "form_version",
            "is_late",
            "replaces",
        }

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="ratings")
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="ratings")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="ratings")
    client_uuid = models.UUIDField(default=uuid.uuid4, unique=True, help_text="idempotency key")
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    valence = models.PositiveSmallIntegerField(null=True, blank=True)
    arousal = models.PositiveSmallIntegerField(null=True, blank=True)
    dominance = models.PositiveSmallIntegerField(null=True, blank=True)
    primary = models.CharField(max_length=20, blank=True)
    primary_other = models.CharField(max_length=100, blank=True)
    secondary = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    secondary_other = models.CharField(max_length=100, blank=True)
    distribution = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    comment = models.TextField(blank=True)
    form_version = models.CharField(max_length=40)
    position = models.PositiveIntegerField(null=True, blank=True)
    plays = models.PositiveSmallIntegerField(null=True, blank=True)
    heard_ms = models.PositiveIntegerField(null=True, blank=True)
    shown_at = models.DateTimeField(null=True, blank=True)
    rated_at = models.DateTimeField()
    received_at = models.DateTimeField()
    is_late = models.BooleanField(default=False, help_text="sent after its lease had ended")
    source = models.CharField(max_length=300, blank=True, help_text="file it was imported from")

    objects = RatingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["campaign", "clip", "rater"],
                condition=Q(replaces=None),
                name="a_rater_rates_a_clip_once",
            ),
            *(
                models.CheckConstraint(
                    name=f"{field}_is_1_to_7_or_missing", condition=_on_scale(field)
                )
                for field in ("valence", "arousal", "dominance")
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["campaign", "clip"])]

    def __str__(self) -> str:
        return f"{self.rater_id} on clip {self.clip_id}"
