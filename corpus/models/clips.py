"""Clips: a span of one speaker, cut into a file of its own."""

from typing import Any, ClassVar, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Least

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
        return self._allowed().standing()

    def standing(self) -> Self:
        """Not taken back: neither the whole episode, nor the span, nor whoever speaks."""
        return self.filter(*(~Exists(rows) for rows in _takings()), episode__withdrawal=None)

    def withdrawn(self) -> Self:
        """Taken back, for whichever reason."""
        whole = self.model.objects.filter(episode__withdrawal__isnull=False)
        return self.filter(Q(pk__in=whole.values("pk")) | Q(pk__in=_taken()))

    def withdrawn_in_part(self) -> Self:
        """Taken back by its span or by whoever speaks, whatever became of the episode."""
        return self.filter(pk__in=_taken())

    def playable(self) -> Self:
        """Shareable as far as is marked on the rows themselves: for queues, which ask all the time."""
        return self._allowed().filter(episode__withdrawal=None, withdrawal=None)

    def with_withdrawal(self) -> models.QuerySet[Any]:
        """With `taken`: the key of the earliest withdrawal that takes the clip out, or None.

        `taken_in_part` is the earliest that takes no whole episode.
        """
        parts = [_spans().values("pk"), *(rows.values("withdrawal") for rows in _voices())]
        own, podcast = OuterRef("episode"), OuterRef("episode__podcast")
        whole = Withdrawal.objects.standing().of_whole(own, podcast).values("pk")
        earliest = [Subquery(rows.order_by("pk")[:1]) for rows in parts]
        rows = self.annotate(taken_in_part=Least(*earliest, output_field=models.BigIntegerField()))
        first = Subquery(whole.order_by("pk")[:1])
        every = Least(
            first,
            F("episode__withdrawal"),
            F("taken_in_part"),
            output_field=models.BigIntegerField(),
        )
        return rows.annotate(taken=every)

    def heard_as(self, voices: models.QuerySet[Voice]) -> Self:
        """Of these voices; and what another diarisation made of the time when they speak."""
        again = voices.filter(~Q(run=OuterRef("voice__run")), **_same_time())
        return self.filter(Q(voice__in=voices.values("pk")) | Exists(again))

    def accepted(self) -> Self:
        """Let through by the newest gate that judged them."""
        verdicts: Any = apps.get_model("corpus", "QualityVerdict")  # which points here
        newest = verdicts.objects.newest().filter(clip=OuterRef("pk"))
        return self.filter(Exists(newest.filter(is_accepted=True)))

    def eligible(self) -> Self:
        """What may be rated: current, shareable, accepted."""
        return self.current().shareable().accepted()

    def _allowed(self) -> Self:
        verdicts = LicenceDecision.MAY_BE_CUT
        return self.filter(episode__licence__verdict__in=verdicts, episode__duplicate_of=None)


def _takings() -> list[models.QuerySet[Any]]:
    """Standing withdrawals of a part of the clip's episode: of the span, or of whoever speaks."""
    return [_spans(), *_voices()]


def _taken() -> models.QuerySet[Any]:
    """Keys of clips that a part of their episode took out, found from the few withdrawals on."""
    first, *others = [Clip.objects.filter(Exists(rows)).values("pk") for rows in _takings()]
    return first.union(*others)


def _spans() -> models.QuerySet[Withdrawal]:
    standing = Withdrawal.objects.standing()
    return standing.of_span(OuterRef("episode"), OuterRef("start"), OuterRef("end"))


def _voices() -> list[models.QuerySet[WithdrawnVoice]]:
    """By the voice, by its speaker of today, by the time of a turn that another diarisation found.

    One query each and none with an OR: so PostgreSQL joins the clips to the few that are withdrawn.
    """
    rows = WithdrawnVoice.objects.filter(withdrawal__reinstatement=None)
    turns = {f"voice__{name}": value for name, value in _same_time().items()}
    return [
        rows.filter(voice=OuterRef("voice")),
        rows.filter(voice__speaker=OuterRef("voice__speaker")),
        rows.filter(~Q(voice__run=OuterRef("voice__run")), **turns),
    ]


def _same_time() -> dict[str, OuterRef]:
    """A voice with a turn while the clip lasts, in filters of voices."""
    return {
        "episode": OuterRef("episode"),
        "turns__start__lt": OuterRef("end"),
        "turns__end__gt": OuterRef("start"),
    }


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
            "withdrawal",
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
    withdrawal = models.ForeignKey(
        Withdrawal,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="a mark for queues: what took it back by span or speaker; see actions/marks.py",
    )
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
