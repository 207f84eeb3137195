"""What was taken back: by whom asked, by whom decided, when its audio goes, and whether it came back."""

import secrets
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from corpus.models.episodes import Episode
from corpus.models.podcasts import SAID_BY, Podcast
from corpus.models.speakers import Speaker, Voice


def new_token() -> str:
    """An address that nobody guesses."""
    return secrets.token_urlsafe(24)


class ReasonClass(models.TextChoices):
    """What tombstones say: a class, never names."""

    SPEAKER = "speaker", "a person who is heard asked for it"
    RIGHTS = "rights", "the makers or holders of rights asked for it"
    LICENCE = "licence", "its licence does not allow it"
    CONTENT = "content", "what is said must not be spread"
    ERROR = "error", "it should never have been in"


class WithdrawalRequest(models.Model):
    """Somebody outside asks for something to be taken back; a curator decides."""

    class State(models.TextChoices):
        OPEN = "open"
        GRANTED = "granted"
        DECLINED = "declined"

    class Privacy:
        personal: ClassVar = {
            "token",
            "named",
            "name",
            "contact",
            "relation",
            "text",
            "answer",
            "decided_by",
        }
        public: ClassVar = {
            "id",
            "podcast",
            "episode",
            "clip_name",
            "state",
            "received_at",
            "decided_at",
        }

    token = models.CharField(max_length=64, unique=True, default=new_token)
    podcast = models.ForeignKey(
        Podcast, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    episode = models.ForeignKey(
        Episode, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    clip_name = models.CharField(max_length=40, blank=True)
    named = models.TextField(blank=True, help_text="what is meant, in the person's own words")
    name = models.CharField(max_length=200, blank=True)
    contact = models.CharField(max_length=300, help_text="address for the answer")
    relation = models.CharField(max_length=10, choices=ReasonClass.choices)
    text = models.TextField(help_text="why")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    received_at = models.DateTimeField()
    answer = models.TextField(blank=True, help_text="what the person is told")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_decided_request_says_when",
                condition=Q(state="open", decided_at=None)
                | (~Q(state="open") & Q(decided_at__isnull=False)),
            )
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    def standing(self) -> Self:
        """Not taken back itself."""
        return self.filter(reinstatement=None)

    def to_erase(self, *, now: object) -> Self:
        """Whose time of grace is over, and whose audio is still here."""
        return self.standing().filter(erase_after__lte=now, erasure=None)

    def of_whole(self, episode: Any, podcast: Any) -> Self:
        """Of an episode, or of all of its podcast."""
        own = Q(kind=Withdrawal.Kind.EPISODE, episode=episode)
        return self.filter(own | Q(kind=Withdrawal.Kind.PODCAST, podcast=podcast))

    def of_span(self, episode: Any, start: Any, end: Any) -> Self:
        """Of a span that shares a sample with this one."""
        spans = self.filter(kind=Withdrawal.Kind.SPAN, episode=episode)
        return spans.filter(start__lt=end, end__gt=start)


class Withdrawal(models.Model):
    """A podcast, an episode, a speaker or a span of time taken back: append-only."""

    class Kind(models.TextChoices):
        PODCAST = "podcast"
        EPISODE = "episode"
        SPEAKER = "speaker"
        SPAN = "span"

    class Privacy:
        personal: ClassVar = {
            "speaker",
            "reason",
            "requester",
            "request",
            "withdrawn_by",
            "said_by",
        }
        public: ClassVar = {
            "id",
            "kind",
            "podcast",
            "episode",
            "start",
            "end",
            "reason_class",
            "withdrawn_at",
            "erase_after",
        }

    kind = models.CharField(max_length=10, choices=Kind.choices)
    podcast = models.ForeignKey(
        Podcast, null=True, blank=True, on_delete=models.PROTECT, related_name="withdrawals"
    )
    episode = models.ForeignKey(
        Episode, null=True, blank=True, on_delete=models.PROTECT, related_name="withdrawals"
    )
    speaker = models.ForeignKey(
        Speaker, null=True, blank=True, on_delete=models.PROTECT, related_name="withdrawals"
    )
    start = models.BigIntegerField(null=True, blank=True, help_text="samples at 16 kHz")
    end = models.BigIntegerField(null=True, blank=True)
    reason_class = models.CharField(max_length=10, choices=ReasonClass.choices)
    reason = models.TextField()
    requester = models.CharField(max_length=300, blank=True, help_text="who asked for it")
    request = models.ForeignKey(
        WithdrawalRequest,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="withdrawals",
    )
    withdrawn_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    said_by = models.CharField(max_length=150, blank=True, default="", help_text=SAID_BY)
    erase_after = models.DateTimeField(help_text="until then it can be brought back")

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_withdrawal_has_the_target_of_its_kind",
                condition=Q(
                    kind="podcast", podcast__isnull=False, episode=None, speaker=None, start=None
                )
                | Q(kind="episode", episode__isnull=False, podcast=None, speaker=None, start=None)
                | Q(kind="speaker", speaker__isnull=False, podcast=None, episode=None, start=None)
                | Q(
                    kind="span",
                    episode__isnull=False,
                    podcast=None,
                    speaker=None,
                    start__gte=0,
                    end__gt=F("start"),
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} withdrawn at {self.withdrawn_at:%Y-%m-%d}"


class WithdrawnVoice(models.Model):
    """A voice that the withdrawn speaker had at that time: append-only."""

    class Privacy:
        personal: ClassVar = {"voice"}
        public: ClassVar = {"id", "withdrawal"}

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="voices")
    voice = models.ForeignKey(Voice, on_delete=models.PROTECT, related_name="withdrawals")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["withdrawal", "voice"], name="a_voice_is_withdrawn_once"
            )
        ]

    def __str__(self) -> str:
        return f"voice {self.voice_id}"


class Reinstatement(models.Model):
    """That a withdrawal no longer holds: append-only."""

    class Privacy:
        personal: ClassVar = {"reason", "by", "said_by"}
        public: ClassVar = {"id", "withdrawal", "at"}

    withdrawal = models.OneToOneField(Withdrawal, on_delete=models.PROTECT)
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    said_by = models.CharField(max_length=150, blank=True, default="", help_text=SAID_BY)

    def __str__(self) -> str:
        return f"withdrawal {self.withdrawal_id} lifted"


class Erasure(models.Model):
    """That the audio of a withdrawal left the store: append-only."""

    class Privacy:
        personal: ClassVar = {"by", "said_by", "files"}
        public: ClassVar = {"id", "withdrawal", "at", "n_bytes"}

    withdrawal = models.OneToOneField(Withdrawal, on_delete=models.PROTECT)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="who asked for it; nobody where the grace was over",
    )
    said_by = models.CharField(max_length=150, blank=True, default="", help_text=SAID_BY)
    files = models.JSONField(default=list, help_text="what was removed, and what was kept and why")
    n_bytes = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{len(self.files)} files erased"
