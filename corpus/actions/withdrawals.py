"""Taking back a podcast, an episode, a speaker or a span of time; and letting it stand again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from corpus.actions import marks, quality, reaches, roads, runs, twins
from corpus.actions.erasures import erase, erase_due, has_begun
from corpus.actions.reaches import Span, Target, target_of
from corpus.core.quality import Gate
from corpus.core.segments import RATE
from corpus.models import (
    Clip,
    Episode,
    Podcast,
    Reinstatement,
    ReleaseItem,
    Speaker,
    StageRun,
    Voice,
    Withdrawal,
    WithdrawalRequest,
    WithdrawnVoice,
)

__all__ = (
    "Already",
    "NoReason",
    "Nothing",
    "Reach",
    "Span",
    "TooLate",
    "erase",
    "erase_due",
    "of_clip",
    "reach",
    "reinstate",
    "target_of",
    "withdraw",
)


class NoReason(Exception):
    """What is taken back, or let stand again, needs a reason for those who ask later."""


class Already(Exception):
    """This was done before: the same target for the same requester, or the same withdrawal lifted."""


class Nothing(Exception):
    """There is nothing there to take back: a span outside the recording, a speaker without a voice."""


class TooLate(Exception):
    """Its audio was erased, or is being erased: nothing brings that back."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a withdrawal would take out today: current clips, all episodes, releases that hold any."""

    clips: int
    seconds: float
    episodes: int
    releases: tuple[str, ...]


def reach(target: Target) -> Reach:
    """What would go, before it is done; what is withdrawn already is not counted again."""
    every = reaches.clips(target)
    current = every.current().standing()
    spans = current.values_list("start", "end")
    held = ReleaseItem.objects.filter(clip__in=every.values("pk"))
    releases = {str(item.release) for item in held.select_related("release")}
    return Reach(
        clips=len(spans),
        seconds=sum(end - start for start, end in spans) / RATE,
        episodes=reaches.episodes(target).count(),
        releases=tuple(sorted(releases)),
    )


@transaction.atomic
def withdraw(
    *,
    target: Target,
    reason: str,
    reason_class: str,
    by: Any,
    at: datetime,
    grace: timedelta,
    requester: str = "",
    request: WithdrawalRequest | None = None,
    said_by: str = "",
) -> Withdrawal:
    """Take it out of queues, pages and coming releases at once; its audio goes after the grace.

    What others ask for the same target is a withdrawal of its own, and so is an earlier end of the
    grace: both stand. Raises NoReason, Nothing, Already.
    """
    if not reason.strip():
        raise NoReason("A withdrawal needs a reason, for those who ask later.")
    marks.alone()
    _check(target)
    fields = reaches.fields(target)
    same = Withdrawal.objects.standing().filter(requester=requester.strip(), request=request)
    if known := same.filter(**fields, erase_after__lte=at + grace).first():
        raise Already(_told(known))
    row = Withdrawal.objects.create(
        **fields,
        reason=reason.strip(),
        reason_class=reason_class,
        requester=requester.strip(),
        request=request,
        withdrawn_at=at,
        withdrawn_by=by,
        said_by=said_by,
        erase_after=at + grace,
    )
    if isinstance(target, Speaker):
        voices = Voice.objects.filter(speaker=target).order_by("pk")
        WithdrawnVoice.objects.bulk_create(
            WithdrawnVoice(withdrawal=row, voice=voice) for voice in voices
        )
    marks.put(row)
    _settle_copies(row, at)
    _listen_again(row, at)
    _close(target, at=at)
    return row


@transaction.atomic
def reinstate(
    *, withdrawal: Withdrawal, reason: str, by: Any, at: datetime, said_by: str = ""
) -> Reinstatement:
    """End a withdrawal: what no other one takes out is in again, and its road goes on.

    Raises NoReason, Already, TooLate.
    """
    if not reason.strip():
        raise NoReason("Letting it stand again needs a reason, for those who ask later.")
    marks.alone()
    if Reinstatement.objects.filter(withdrawal=withdrawal).exists():
        raise Already(f"Withdrawal {withdrawal.pk} was lifted already; nothing was changed.")
    if has_begun(withdrawal):
        raise TooLate(
            f"The audio of withdrawal {withdrawal.pk} was erased, in whole or in part: nothing "
            "brings it back. The withdrawal stands."
        )
    row = Reinstatement.objects.create(
        withdrawal=withdrawal, reason=reason.strip(), by=by, said_by=said_by, at=at
    )
    marks.lift(withdrawal)
    _settle_copies(withdrawal, at)
    _listen_again(withdrawal, at)
    return row


def of_clip(clip: Clip) -> Withdrawal | None:
    """The earliest withdrawal that takes the clip out; None while it stands."""
    found = Clip.objects.filter(pk=clip.pk).with_withdrawal().get().taken
    return None if found is None else Withdrawal.objects.get(pk=found)


def _told(known: Withdrawal) -> str:
    """That the same stands already: for whom, where somebody was named."""
    if known.request_id:
        whom = " for the same request"
    else:
        whom = f" for {known.requester}" if known.requester else ""
    return (
        f"That was withdrawn{whom} on {known.withdrawn_at:%Y-%m-%d} already "
        f"(withdrawal {known.pk}); nothing was changed."
    )


def _check(target: Target) -> None:
    """Raises Nothing where the withdrawal would reach nothing, now or later."""
    if isinstance(target, Podcast):  # new episodes wait, or are seen here
        Podcast.objects.select_for_update().get(pk=target.pk)
    if isinstance(target, Speaker) and not Voice.objects.filter(speaker=target).exists():
        raise Nothing(
            f"No voice belongs to speaker {target.pk} any more: speakers are numbered anew when "
            "voices are compared. Look the number up on the page of a clip."
        )
    if isinstance(target, Span):
        length = target.episode.n_samples
        if not 0 <= target.start < target.end or (length is not None and target.start >= length):
            raise Nothing(
                "A span begins before it ends, and inside the recording"
                + ("." if length is None else f", which is {length / RATE:.1f} s long.")
            )


def _settle_copies(withdrawal: Withdrawal, at: datetime) -> None:
    """What is withdrawn whole bars its copies in other podcasts at once; lifted, not any longer."""
    if withdrawal.kind in (Withdrawal.Kind.PODCAST, Withdrawal.Kind.EPISODE):
        is_copied = Q(duplicate_of__isnull=False) | Q(duplicates__isnull=False)
        for episode in reaches.episodes(withdrawal).filter(is_copied).distinct().order_by("pk"):
            twins.settle(episode, at=at)


def _listen_again(withdrawal: Withdrawal, at: datetime) -> None:
    """What sounds the same elsewhere is judged anew: it is out while this is, and in again after it."""
    near = reaches.episodes(withdrawal).values_list("pk", flat=True)
    quality.reconsider(near=near, gate=Gate(), at=at)


def _close(target: Target, *, at: datetime) -> None:
    """Runs that nobody holds do not begin; those under way end, and nothing follows them."""
    if isinstance(target, (Podcast, Episode)):
        waiting = StageRun.objects.open().filter(claimed_at=None)
        waiting = waiting.filter(episode__in=reaches.episodes(target).values("pk"))
        runs.set_aside(list(waiting.values_list("pk", flat=True)), reason=roads.WITHDRAWN, at=at)
