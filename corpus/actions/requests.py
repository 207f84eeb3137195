"""What people outside ask to have taken back: links for them, their requests, what curators decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from corpus.actions import marks, notices, targets, withdrawals
from corpus.actions.reaches import Target
from corpus.models import Clip, Episode, Podcast, Withdrawal, WithdrawalRequest
from corpus.models.withdrawals import new_token

About = Podcast | Episode | Clip | None  # None: a link that names nothing
MOST_CHARACTERS = 5_000  # of one text
MOST_IN_ALL = 20_000  # of a request with everything that was added to it

_links = Signer(salt="corpus.requests.link", sep=".")
_keys = Signer(salt="corpus.requests.key", sep=".")
_KINDS: dict[str, type[Podcast] | type[Episode] | type[Clip]] = {
    "podcast": Podcast,
    "episode": Episode,
    "clip": Clip,
}


class Section(StrEnum):
    """What the curators' page lists, in its order."""

    OPEN = "open"
    STANDING = "standing"
    LIFTED = "lifted"
    DECIDED = "decided"


class BadLink(Exception):
    """The link was not made by us, or what it leads to is no longer there."""


class AlreadyDecided(Exception):
    """A curator has decided on this request; a new one can be sent."""


class TooLong(Exception):
    """More words than a request holds."""


class NoAnswer(Exception):
    """Whoever is declined is told why."""


class NoTarget(Exception):
    """A request is granted by taking something back."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one thing that was taken back for a request."""

    kind: str
    title: str
    withdrawn_at: datetime
    erase_after: datetime
    erased_at: datetime | None
    lifted_at: datetime | None


def link_for(target: About) -> str:
    """The token of a link that asks for this podcast, episode or clip; it holds for ever."""
    kinds = {model: kind for kind, model in _KINDS.items()}
    return _links.sign("any" if target is None else f"{kinds[type(target)]}-{target.pk}")


def address_of(target: About, *, base: str) -> str:
    """The whole address that makers are given, below the public address of this site."""
    return base.rstrip("/") + reverse("request_about", args=[link_for(target)])


def resolve(token: str) -> About:
    """What the link is about. Raises BadLink."""
    try:
        kind, _, pk = _links.unsign(token).partition("-")
    except BadSignature as error:
        raise BadLink from error
    if kind == "any":
        return None
    found = _KINDS[kind]._default_manager.filter(pk=pk).first()
    if found is None:
        raise BadLink
    return found


def about(request: WithdrawalRequest) -> About:
    """What the link was about that the request came by."""
    if request.clip_name:
        return (
            Clip.objects.select_related("episode__podcast").filter(name=request.clip_name).first()
        )
    return request.episode or request.podcast


def public_name(target: About) -> dict[str, str]:
    """What anybody may read of it: titles, and the name of a clip."""
    if target is None:
        return {}
    if isinstance(target, Podcast):
        return {"podcast": target.title}
    if isinstance(target, Episode):
        return {"podcast": target.podcast.title, "episode": target.title}
    return public_name(target.episode) | {"clip": target.name}


def fresh_key() -> str:
    """For one form: sent twice, it still makes one request."""
    return _keys.sign(new_token())


def receive(
    *,
    target: About,
    named: str,
    name: str,
    contact: str,
    relation: str,
    text: str,
    at: datetime,
    key: str = "",
) -> WithdrawalRequest:
    """Keep what somebody asks for; the same form sent again gives the same request.

    Raises TooLong.
    """
    if max(len(text), len(named)) > MOST_CHARACTERS:
        raise TooLong
    said = {"named": named, "name": name, "contact": contact, "relation": relation, "text": text}
    said |= _about(target)
    token = _token(key)
    before = WithdrawalRequest.objects.filter(token=token).first()
    if before is None:
        try:
            with transaction.atomic():
                return WithdrawalRequest.objects.create(token=token, received_at=at, **said)
        except IntegrityError:  # the same form, sent twice at the same moment
            before = WithdrawalRequest.objects.get(token=token)
    if all(getattr(before, field) == value for field, value in said.items()):
        return before
    return WithdrawalRequest.objects.create(received_at=at, **said)  # sent again with other words


def _token(key: str) -> str:
    try:
        return _keys.unsign(key)
    except BadSignature:  # nobody chooses the address of a request
        return new_token()


def _about(target: About) -> dict[str, Any]:
    if isinstance(target, Clip):
        return {"podcast": None, "episode": target.episode, "clip_name": target.name}
    return {
        "podcast": target if isinstance(target, Podcast) else None,
        "episode": target if isinstance(target, Episode) else None,
        "clip_name": "",
    }


def rows(section: Section) -> QuerySet[Any]:
    """What belongs to a section of the curators' page."""
    if section in (Section.OPEN, Section.DECIDED):
        is_open = Q(state=WithdrawalRequest.State.OPEN)
        found = WithdrawalRequest.objects.filter(is_open if section == Section.OPEN else ~is_open)
        return found.select_related("podcast", "episode", "decided_by")
    return notices.rows().filter(reinstatement__isnull=section == Section.STANDING)


@transaction.atomic
def add(*, request: WithdrawalRequest, text: str, at: datetime) -> WithdrawalRequest:
    """Append further words of the same person, with their date. Raises AlreadyDecided, TooLong."""
    row = _open(request)
    text = f"{row.text}\n\n— {at:%Y-%m-%d %H:%M} UTC —\n{text.strip()}"
    if len(text) > MOST_IN_ALL:
        raise TooLong
    row.text = text
    row.save(update_fields=["text"])
    return row


@transaction.atomic
def grant(
    *,
    request: WithdrawalRequest,
    wanted: Iterable[Target],
    reason: str,
    reason_class: str,
    answer: str,
    by: Any,
    at: datetime,
    grace: timedelta,
) -> list[Withdrawal]:
    """Take back what was asked for, all of it or nothing.

    What is out already is withdrawn for this person too, so that it stays out if the other is lifted.
    Raises AlreadyDecided, NoTarget; NoReason, Nothing and Already of `withdrawals`.
    """
    marks.alone()  # before the row's own lock: everybody takes them in this order
    row = _open(request)
    distinct = {targets.key(target): target for target in wanted}
    if not distinct:
        raise NoTarget
    made = [
        withdrawals.withdraw(
            target=target,
            reason=reason,
            reason_class=reason_class,
            by=by,
            at=at,
            grace=grace,
            requester=_person(row),
            request=row,
        )
        for target in distinct.values()
    ]
    _decide(row, WithdrawalRequest.State.GRANTED, answer=answer, by=by, at=at)
    return made


@transaction.atomic
def decline(*, request: WithdrawalRequest, answer: str, by: Any, at: datetime) -> WithdrawalRequest:
    """Say no, and why. Raises AlreadyDecided, NoAnswer."""
    row = _open(request)
    if not answer.strip():
        raise NoAnswer
    return _decide(row, WithdrawalRequest.State.DECLINED, answer=answer, by=by, at=at)


def outcomes(request: WithdrawalRequest) -> list[Outcome]:
    """What was taken back for the request, and where each of it stands; no names of speakers."""
    rows = request.withdrawals.select_related(
        "podcast", "episode", "erasure", "reinstatement"
    ).order_by("pk")
    return [
        Outcome(
            kind=row.kind,
            title=targets.title(row),
            withdrawn_at=row.withdrawn_at,
            erase_after=row.erase_after,
            erased_at=row.erasure.at if hasattr(row, "erasure") else None,
            lifted_at=row.reinstatement.at if hasattr(row, "reinstatement") else None,
        )
        for row in rows
    ]


def _open(request: WithdrawalRequest) -> WithdrawalRequest:
    row = WithdrawalRequest.objects.select_for_update().get(pk=request.pk)
    if row.state != WithdrawalRequest.State.OPEN:
        raise AlreadyDecided
    return row


def _decide(
    row: WithdrawalRequest, state: str, *, answer: str, by: Any, at: datetime
) -> WithdrawalRequest:
    row.state, row.answer = state, answer.strip()
    row.decided_at, row.decided_by = at, by
    row.save(update_fields=["state", "answer", "decided_at", "decided_by"])
    return row


def _person(request: WithdrawalRequest) -> str:
    return ", ".join(filter(None, (request.name, request.contact)))[:300]
