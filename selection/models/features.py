"""What a feature extractor found in a clip."""

from typing import ClassVar

from django.db import models

from corpus.models import Clip, StageRun


class ClipFeatures(models.Model):
    """Named values of one clip by one version of an extractor."""

    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="features")
    run = models.ForeignKey(StageRun, on_delete=models.PROTECT, related_name="+")
    extractor = models.CharField(max_length=200)
    version = models.CharField(max_length=200)
    values = models.JSONField(help_text="name → number, units in the extractor's docstring")
    extracted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["clip", "extractor", "version"], name="features_are_extracted_once"
            )
        ]

    def __str__(self) -> str:
        return f"features of clip {self.clip_id}"
