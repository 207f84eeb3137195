"""Episodes and their files, by hash."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from corpus.models.podcasts import LicenceDecision, Podcast


class EpisodeQuerySet(models.QuerySet["Episode"]):
    def may_be_cut(self) -> Self:
        """Whose licence lets us cut and share, kept apart by class, and that nobody took back."""
        return self.filter(licence__verdict__in=LicenceDecision.MAY_BE_CUT, withdrawal=None)

    def original(self) -> Self:
        """Not the same recording as an earlier one."""
        return self.filter(duplicate_of=None)


class Episode(models.Model):
    """One recording of a podcast, from its address to its 16 kHz master."""

    podcast = models.ForeignKey(Podcast, on_delete=models.PROTECT, related_name="episodes")
    number = models.PositiveIntegerField(unique=True, help_text="the first number in clip names")
    guid = models.CharField(max_length=1000)
    title = models.CharField(max_length=1000)
    link = models.CharField(max_length=2000, blank=True)
    author = models.CharField(max_length=500, blank=True)
    language = models.CharField(max_length=35, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    claimed_seconds = models.FloatField(null=True, blank=True)
    audio_url = models.CharField(max_length=2000, help_text="enclosure, or file:// path")
    attribution = models.TextField(blank=True)
    added_at = models.DateTimeField()
    licence = models.ForeignKey(
        LicenceDecision, null=True, on_delete=models.PROTECT, related_name="+"
    )

    withdrawal = models.ForeignKey(
        "corpus.Withdrawal",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="what took it back whole; spans and speakers are with their clips",
    )
    erased_at = models.DateTimeField(
        null=True, blank=True, help_text="its audio, or parts of it, left the store for good"
    )
    address_key = models.CharField(
        max_length=2000, blank=True, db_index=True, help_text="the address, normalised"
    )
    integrity = models.CharField(
        max_length=500, blank=True, help_text="subresource integrity of the file, as announced"
    )

    source_file = models.CharField(max_length=120, blank=True, help_text="key in the media store")
    source_bytes = models.BigIntegerField(null=True, blank=True)
    source_urls = models.JSONField(default=list, help_text="the whole chain of redirects")
    duplicate_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="duplicates"
    )
    duplicate_by = models.CharField(
        max_length=12, blank=True, help_text="rung: address, bytes, samples, fingerprint"
    )
    master_file = models.CharField(max_length=120, blank=True)
    n_samples = models.BigIntegerField(null=True, blank=True, help_text="of the master, at 16 kHz")
    codec = models.CharField(max_length=40, blank=True)
    native_rate = models.PositiveIntegerField(null=True, blank=True, help_text="Hz")
    native_channels = models.PositiveSmallIntegerField(null=True, blank=True)
    bandwidth_hz = models.FloatField(null=True, blank=True, help_text="of the native file")
    decoding_notes = models.JSONField(default=list)
    speech = models.JSONField(default=list, help_text="[start, end] in samples")
    spoken_language = models.CharField(max_length=8, blank=True, help_text="ISO 639-3")
    transcript_is_draft = models.BooleanField(default=True)
    transcript_notes = models.JSONField(default=list)

    objects = EpisodeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["podcast", "guid"], name="a_podcast_has_an_episode_once"
            ),
            models.CheckConstraint(
                name="a_master_has_a_length",
                condition=Q(master_file="") | Q(n_samples__isnull=False),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["source_file"])]

    def __str__(self) -> str:
        return self.title

    @property
    def seconds(self) -> float | None:
        return None if self.n_samples is None else self.n_samples / 16_000
