"""Campaigns: a set of clips, a protocol, and how many raters each clip needs."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from corpus.models import Clip


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def open(self) -> Self:
        return self.filter(state=Campaign.State.OPEN)


class Campaign(models.Model):
    """What raters are asked about a set of clips."""

    class State(models.TextChoices):
        DRAFT = "draft"
        OPEN = "open"
        PAUSED = "paused"
        CLOSED = "closed"

    class Privacy:
        personal: ClassVar = {"created_by"}
        public: ClassVar = {
            "id",
            "name",
            "title",
            "protocol",
            "need",
            "state",
            "guidelines",
            "created_at",
        }

    name = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    protocol = models.JSONField(help_text="questions, frozen with the first rating")
    need = models.PositiveSmallIntegerField(default=5, help_text="ratings wanted per clip")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    guidelines = models.TextField(blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = CampaignQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="a_campaign_needs_a_rating", condition=Q(need__gte=1))
        ]

    def __str__(self) -> str:
        return self.title


class CampaignClipQuerySet(models.QuerySet["CampaignClip"]):
    def wanting(self) -> Self:
        """Which still have a free place."""
        return self.filter(need__gt=F("n_done") + F("n_live"))

    def standing(self) -> Self:
        """Whose clips nobody took back, as is marked on them."""
        return self.filter(clip__withdrawal=None, clip__episode__withdrawal=None)

    def complete(self) -> Self:
        return self.filter(n_done__gte=F("need"))


class CampaignClip(models.Model):
    """The queue row: a clip in a campaign, with its counters."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="clips")
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="campaign_clips")
    wave = models.PositiveIntegerField(default=0, help_text="about 200 clips, shuffled")
    need = models.PositiveSmallIntegerField()
    n_done = models.PositiveSmallIntegerField(default=0, help_text="raters who answered")
    n_live = models.PositiveSmallIntegerField(default=0, help_text="leases out now")

    objects = CampaignClipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "clip"], name="a_campaign_has_a_clip_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["campaign", "wave", "clip"],
                condition=Q(need__gt=F("n_done") + F("n_live")),
                name="clips_that_want_raters",
            )
        ]

    def __str__(self) -> str:
        return f"clip {self.clip_id} in campaign {self.campaign_id}"
