"""Clips: a span of one speaker, cut into a file of its own."""

from typing import Any, ClassVar, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from corpus.models.episodes import Episode
from corpus.models.podcasts import LicenceDecision
from corpus.models.runs import StageRun
from corpus.models.speakers import Voice
from corpus.models.withdrawals import Withdrawal, WithdrawnVoice

MIN_SAMPLES, MAX_SAMPLES = 44_000, 176_000  # 2.75 s is a clip, 11 s is none


class ClipQuerySet(models.QuerySet["Clip"]):
    def current(self) -> Self:
        """As the newest cut of their episode has them."""
        return self.filter(superseded_at=None)

    def of_episode(self, name: str) -> Self:
        """Of the episode with this guid or number."""
        which = Q(episode__guid=name)
        if name.isdecimal():
            which |= Q(episode__number=int(name))
        return self.filter(which)

    def shareable(self) -> Self:
        """Whose episode may be cut and shared, and is no copy of another; and that nobody took back."""
        return self.filter(
            episode__licence__verdict__in=LicenceDecision.MAY_BE_CUT, episode__duplicate_of=None
        ).standing()

    def standing(self) -> Self:
        """Not taken back: neither the whole episode, nor the span, nor whoever speaks."""
        return self.filter(~Exists(_spans()), ~Exists(_voices()), episode__withdrawal=None)

    def withdrawn(self) -> Self:
        """Taken back, for whichever reason."""
        return self.filter(
            Exists(_spans()) | Exists(_voices()) | Q(episode__withdrawal__isnull=False)
        )

    def accepted(self) -> Self:
        """Let through by the newest gate that judged them."""
        verdicts: Any = apps.get_model("corpus", "QualityVerdict")  # which points here
        newest = verdicts.objects.newest().filter(clip=OuterRef("pk"))
        return self.filter(Exists(newest.filter(is_accepted=True)))

    def eligible(self) -> Self:
        """What may be rated: current, shareable, accepted."""
        return self.current().shareable().accepted()


def _spans() -> models.QuerySet[Withdrawal]:
    """Standing withdrawals of a span that the clip touches."""
    return Withdrawal.objects.standing().filter(
        kind=Withdrawal.Kind.SPAN,
        episode=OuterRef("episode"),
        start__lt=OuterRef("end"),
        end__gt=OuterRef("start"),
    )


def _voices() -> models.QuerySet[WithdrawnVoice]:
    """Standing withdrawals of whoever speaks: by the voice of then, and by its speaker of today."""
    same = Q(voice=OuterRef("voice")) | Q(voice__speaker=OuterRef("voice__speaker"))
    return WithdrawnVoice.objects.filter(same, withdrawal__reinstatement=None)


class Clip(models.Model):
    """Samples start … end - 1 of a master, as a FLAC file named by its content."""

    class Privacy:
        personal: ClassVar[set[str]] = set()
        public: ClassVar = {
            "id",
            "episode",
            "run",
            "voice",
            "name",
            "number",
            "start",
            "end",
            "text",
            "n_words",
            "file",
            "peaks",
            "created_at",
            "superseded_at",
            "erased_at",
        }

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="clips")
    run = models.ForeignKey(StageRun, on_delete=models.PROTECT, related_name="clips")
    voice = models.ForeignKey(Voice, on_delete=models.PROTECT, related_name="clips")
    name = models.CharField(max_length=40, unique=True)
    number = models.PositiveIntegerField()
    start = models.BigIntegerField(help_text="samples at 16 kHz")
    end = models.BigIntegerField()
    text = models.TextField(blank=True)
    n_words = models.PositiveSmallIntegerField(null=True, blank=True)
    file = models.CharField(max_length=120, help_text="key in the media store")
    peaks = models.JSONField(default=list, help_text="[low, high] pairs, −128 … 127")
    created_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(
        null=True, blank=True, help_text="its audio left the store: `file` still names its hash"
    )

    objects = ClipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["episode", "number"], name="clips_are_numbered"),
            models.UniqueConstraint(
                fields=["episode", "start", "end"],
                condition=Q(superseded_at=None),
                name="a_span_is_cut_once",
            ),
            models.CheckConstraint(
                name="a_clip_is_2_75_to_11_seconds",
                condition=Q(
                    start__gte=0,
                    end__gte=F("start") + MIN_SAMPLES,
                    end__lt=F("start") + MAX_SAMPLES,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / 16_000
