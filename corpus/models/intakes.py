"""Sources that somebody wants to add: read first, shown, and taken in only when a person confirms."""

import uuid
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.claims import ClaimQuerySet
from corpus.models.feeds import FeedDocument
from corpus.models.podcasts import Podcast


class IntakeQuerySet(ClaimQuerySet["Intake"]):
    def waiting(self) -> Self:
        return self.filter(state=Intake.State.WAITING)

    def to_decide(self) -> Self:
        return self.filter(state=Intake.State.READY)

    def agreed(self) -> Self:
        return self.filter(state=Intake.State.AGREED)

    def asked(self) -> Self:
        """All but the lines of lists that were left out when the list came."""
        return self.exclude(_LEFT_OUT)

    def left_out_of(self, batch: uuid.UUID) -> Self:
        """The lines of a list that were never put on their way; `error` says why."""
        return self.filter(_LEFT_OUT, batch=batch).order_by("pk")

    def open(self) -> Self:
        """Whose answer nobody has given yet."""
        return self.filter(decided_at=None)


class Intake(models.Model):
    """One source on its way in.

    `done_at` is when its preview was made or could not be, and later when what was agreed has entered.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        READY = "ready"
        FAILED = "failed"
        AGREED = "agreed", "confirmed, and on its way in"
        CONFIRMED = "confirmed"
        DISMISSED = "dismissed"

    class Privacy:
        personal: ClassVar = {"asked_by", "decided_by"}
        public: ClassVar = {
            "id",
            "source",
            "title",
            "batch",
            "licence",
            "attribution",
            "state",
            "asked_at",
            "document",
            "preview",
            "error",
            "decided_at",
            "podcast",
            "claim",
            "claimed_at",
            "claimed_by",
            "enqueued_at",
            "attempts",
            "retry_at",
            "done_at",
        }

    source = models.CharField(max_length=2000, help_text="http(s) address of a feed or an item")
    title = models.CharField(max_length=500, blank=True, help_text="as the list names it")
    batch = models.UUIDField(null=True, blank=True, db_index=True, help_text="one OPML file")
    licence = models.CharField(max_length=200, blank=True, help_text="as the curator states it")
    attribution = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    document = models.ForeignKey(
        FeedDocument, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    preview = models.JSONField(default=dict, help_text="what would enter, as `ingest` prints it")
    error = models.TextField(blank=True, help_text="for people")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    podcast = models.ForeignKey(
        Podcast, null=True, blank=True, on_delete=models.PROTECT, related_name="intakes"
    )

    claim = models.UUIDField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=200, blank=True)
    enqueued_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = IntakeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_decided_intake_says_when",
                condition=Q(
                    state__in=["agreed", "confirmed", "dismissed"], decided_at__isnull=False
                )
                | (~Q(state__in=["agreed", "confirmed", "dismissed"]) & Q(decided_at=None)),
            ),
            models.CheckConstraint(
                name="a_confirmed_intake_names_its_podcast",
                condition=~Q(state="confirmed") | Q(podcast__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.source


_LEFT_OUT = Q(state="dismissed", decided_by=None, batch__isnull=False) & ~Q(error="")
