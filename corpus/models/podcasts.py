"""Podcasts, and what is known of the right to share their episodes."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

SAID_BY = "who, where no account stands for them: the login name on the command line"


class Podcast(models.Model):
    """A show: where its episodes come from and who made it."""

    class Privacy:
        personal: ClassVar = {"added_by"}
        public: ClassVar = {
            "id",
            "guid",
            "title",
            "source",
            "link",
            "author",
            "language",
            "description",
            "added_at",
            "flagged_at",
            "flag",
        }

    guid = models.CharField(max_length=64, unique=True)
    title = models.CharField(max_length=500)
    source = models.CharField(max_length=2000, help_text="feed URL, or the path it was read from")
    link = models.CharField(max_length=2000, blank=True)
    author = models.CharField(max_length=500, blank=True)
    language = models.CharField(max_length=35, blank=True, help_text="as the feed says it")
    description = models.TextField(blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    flagged_at = models.DateTimeField(
        null=True, blank=True, help_text="its feed now states another licence: a person has to look"
    )
    flag = models.TextField(blank=True, help_text="what changed, for people")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_flag_says_what_changed",
                condition=Q(flagged_at=None, flag="") | (Q(flagged_at__isnull=False) & ~Q(flag="")),
            )
        ]

    def __str__(self) -> str:
        return self.title


class LicenceEvidence(models.Model):
    """One thing that was seen about a licence: append-only."""

    class Level(models.TextChoices):
        ITEM = "item"
        CHANNEL = "channel"
        GIVEN = "given"

    episode = models.ForeignKey(
        "corpus.Episode", on_delete=models.PROTECT, related_name="licence_evidence"
    )
    level = models.CharField(max_length=8, choices=Level.choices)
    element = models.CharField(max_length=100)
    text = models.TextField(blank=True)
    url = models.CharField(max_length=2000, blank=True)
    source = models.CharField(max_length=2000)
    source_sha256 = models.CharField(
        max_length=64, blank=True, help_text="of the feed's bytes, kept as a FeedDocument"
    )
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.level} {self.element}: {self.text or self.url}"


class LicenceDecision(models.Model):
    """What the policy, or a person, made of the evidence: append-only, the newest one counts."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted"
        NON_COMMERCIAL = "non_commercial"
        INDEX_ONLY = "index_only"
        REVIEW = "review"
        BLOCKED = "blocked"
        REFUSED = "refused"

    MAY_BE_CUT: ClassVar = (Verdict.ACCEPTED, Verdict.NON_COMMERCIAL)

    class Privacy:
        personal: ClassVar = {"decided_by", "said_by"}
        public: ClassVar = {
            "id",
            "episode",
            "spdx",
            "url",
            "verdict",
            "rule",
            "reason",
            "policy_version",
            "decided_at",
        }

    episode = models.ForeignKey(
        "corpus.Episode", on_delete=models.PROTECT, related_name="licence_decisions"
    )
    spdx = models.CharField(max_length=40, blank=True)
    url = models.CharField(max_length=500, blank=True)
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    rule = models.CharField(max_length=20, blank=True, help_text="of the policy table")
    reason = models.TextField()
    policy_version = models.CharField(max_length=20)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    said_by = models.CharField(max_length=150, blank=True, default="", help_text=SAID_BY)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="what_may_be_cut_names_its_licence",
                condition=~Q(verdict__in=["accepted", "non_commercial"]) | ~Q(spdx=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.verdict} ({self.spdx or 'no licence'})"

    @property
    def may_be_cut(self) -> bool:
        return self.verdict in self.MAY_BE_CUT
