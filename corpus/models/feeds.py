"""Feeds that are read again and again: what was read, when the next look is due, how each host is treated."""

from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.claims import ClaimQuerySet
from corpus.models.podcasts import SAID_BY, Podcast


class FeedDocument(models.Model):
    """The bytes of a feed as they arrived, kept as evidence in the media store: append-only."""

    sha256 = models.CharField(max_length=64, unique=True)
    file = models.CharField(max_length=120, help_text="key in the media store")
    n_bytes = models.BigIntegerField()
    source = models.CharField(max_length=2000, help_text="where it was first read")
    fetched_at = models.DateTimeField(help_text="the first time")

    def __str__(self) -> str:
        return self.sha256[:12]


class FeedWatchQuerySet(ClaimQuerySet["FeedWatch"]):
    def due(self, *, now: object) -> Self:
        """Feeds to read now; paused and retired ones never are."""
        return self.filter(is_paused=False, done_at=None, retry_at__lte=now)


class FeedWatch(models.Model):
    """How a podcast's feed is read again; `retry_at` is the next look, `done_at` when it was retired."""

    podcast = models.OneToOneField(Podcast, on_delete=models.PROTECT, related_name="watch")
    url = models.CharField(max_length=2000, help_text="where it is read now")
    etag = models.CharField(max_length=1000, blank=True, help_text="byte for byte")
    last_modified = models.CharField(max_length=200, blank=True)
    validators = models.CharField(
        max_length=10, default="both", help_text="both, etag or date: some hosts mishandle two"
    )
    document = models.ForeignKey(
        FeedDocument, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="in a row")
    error = models.TextField(blank=True, help_text="of the last look, for people")
    moved_to = models.CharField(max_length=2000, blank=True, help_text="a permanent redirect")
    moved_on = ArrayField(models.DateField(), default=list, help_text="days it was seen")
    ttl_minutes = models.PositiveIntegerField(default=0, help_text="as the feed asks")
    skip_hours = ArrayField(models.PositiveSmallIntegerField(), default=list, help_text="UTC")
    skip_days = ArrayField(
        models.PositiveSmallIntegerField(), default=list, help_text="Monday is 0"
    )
    is_paused = models.BooleanField(default=False)

    claim = models.UUIDField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=200, blank=True)
    enqueued_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(help_text="when it is read next")
    done_at = models.DateTimeField(null=True, blank=True, help_text="retired: never read again")

    objects = FeedWatchQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["retry_at"], condition=Q(done_at=None), name="feeds_by_next_look")
        ]

    def __str__(self) -> str:
        return self.url


class FeedCheck(models.Model):
    """One look at a feed, or one act of a person on it, and what came of it."""

    class Outcome(models.TextChoices):
        CHANGED = "changed"
        UNCHANGED = "unchanged"
        FAILED = "failed"
        REFUSED = "refused", "read, but not usable"
        RETIRED = "retired"
        PAUSED = "paused"
        RESUMED = "resumed"
        LIFTED = "lifted", "the flag was lifted"

    class Privacy:
        personal: ClassVar = {"asked_by", "said_by"}
        public: ClassVar = {
            "id",
            "podcast",
            "at",
            "outcome",
            "status",
            "urls",
            "document",
            "n_added",
            "n_changed",
            "notes",
            "seconds",
        }

    podcast = models.ForeignKey(Podcast, on_delete=models.PROTECT, related_name="checks")
    at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    said_by = models.CharField(max_length=150, blank=True, default="", help_text=SAID_BY)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="of HTTP")
    urls = models.JSONField(default=list, help_text="the whole chain of redirects")
    document = models.ForeignKey(
        FeedDocument, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    n_added = models.PositiveIntegerField(default=0)
    n_changed = models.PositiveIntegerField(default=0)
    notes = models.JSONField(default=list, help_text="sentences: what was dropped, what went wrong")
    seconds = models.FloatField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["podcast", "-at"])]

    def __str__(self) -> str:
        return f"{self.outcome} at {self.at:%Y-%m-%d %H:%M}"


class Host(models.Model):
    """A host that asked us to wait, or failed: nobody asks it anything before `not_before`."""

    name = models.CharField(max_length=255, unique=True, help_text="lower case, with its port")
    not_before = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="in a row")
    error = models.TextField(blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
