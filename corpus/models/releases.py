"""Releases: a frozen set of clips under a name and a version."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from corpus.models.clips import Clip


class Release(models.Model):
    """One version of a corpus, and where its folder lies."""

    class State(models.TextChoices):
        BUILDING = "building"
        BUILT = "built"

    class Privacy:
        personal: ClassVar = {"created_by"}
        public: ClassVar = {
            "id",
            "name",
            "version",
            "state",
            "parameters",
            "folder",
            "digest",
            "report",
            "created_at",
            "built_at",
        }

    name = models.CharField(max_length=60)
    version = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.BUILDING)
    parameters = models.JSONField(default=dict)
    folder = models.CharField(max_length=2000, blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text="sha256 of SHA256SUMS")
    report = models.JSONField(default=dict, help_text="counts, hours, warnings")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    built_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "version"], name="a_version_is_released_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class ReleaseItem(models.Model):
    """A clip in a release, on its side of the split."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="items")
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="release_items")
    partition = models.CharField(max_length=20)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "clip"], name="a_release_has_a_clip_once")
        ]

    def __str__(self) -> str:
        return f"{self.clip_id} in {self.partition}"
