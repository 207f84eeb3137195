"""A rating is recorded once, whatever the network does."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from annotation.actions import assignments
from annotation.core import protocols, scores
from annotation.core.scores import Answer, Problem
from annotation.models import Assignment, Campaign, Rater, Rating

TOLERANCE_MS = 150  # of what counts as heard to the end


class AlreadyRated(Exception):
    """This rater has answered for this clip before, under another key."""


class NotHeard(Exception):
    """The clip was not heard to its end; the message says how much is missing."""


class Gone(Exception):
    """There is no such assignment for this rater, or it was skipped."""


class Invalid(Exception):
    """The answer breaks the protocol."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Hearing:
    """How often the clip was played, and the length of what was heard, in milliseconds."""

    plays: int
    heard_ms: int


def protocol_of(campaign: Campaign) -> protocols.RatingProtocol:
    return protocols.from_json(campaign.protocol)


@transaction.atomic
def submit(
    *,
    rater: Rater,
    token: uuid.UUID,
    client_uuid: uuid.UUID,
    answer: Answer,
    hearing: Hearing,
    at: datetime,
) -> Rating:
    """Record what the rater heard and close the assignment.

    The same key again gives the same row. A lease that ended meanwhile, or a clip that was
    withdrawn, costs nobody their work: the rating is kept and marked late. Raises Gone,
    AlreadyRated, NotHeard, Invalid.
    """
    assignments.lock_rater(rater)
    row = _assignment(rater, token)
    if sent := _sent_before(rater, row, client_uuid):
        return sent
    if row is None or row.outcome == Assignment.Outcome.SKIPPED:
        raise Gone
    protocol = protocol_of(row.campaign)
    if problems := scores.check(answer, protocol):
        raise Invalid(problems)
    _check_heard(row, hearing, at)
    rating = _create(
        row.campaign,
        row.clip_id,
        rater,
        scores.clean(answer),
        at=at,
        client_uuid=client_uuid,
        form_version=f"{protocol.name}/{protocol.version}",
        position=row.position,
        plays=min(hearing.plays, 32_000),
        heard_ms=hearing.heard_ms,
        shown_at=row.shown_at,
        is_late=row.closed_at is not None or assignments.is_withdrawn(row),
        received_at=at,
    )
    assignments.close_rated(row, at=at)
    return rating


def answer_of(rating: Rating) -> Answer:
    """The rating as core sees it."""
    return Answer(
        valence=rating.valence,
        arousal=rating.arousal,
        dominance=rating.dominance,
        primary=rating.primary or None,
        primary_other=rating.primary_other,
        secondaries=tuple(rating.secondary),
        secondary_other=rating.secondary_other,
        distribution=tuple(rating.distribution),
        comment=rating.comment,
    )


def record(
    *,
    campaign: Campaign,
    clip_id: int,
    rater: Rater,
    answer: Answer,
    rated_at: datetime,
    at: datetime,
    client_uuid: uuid.UUID,
    source: str,
) -> Rating:
    """A rating that was made elsewhere: nobody's screen showed it, nothing is checked but its form."""
    protocol = protocol_of(campaign)
    return _create(
        campaign,
        clip_id,
        rater,
        scores.clean(answer),
        at=rated_at,
        client_uuid=client_uuid,
        form_version=f"{protocol.name}/{protocol.version}",
        source=source,
        received_at=at,
    )


def _assignment(rater: Rater, token: uuid.UUID) -> Assignment | None:
    rows = Assignment.objects.select_for_update(of=("self",)).select_related(
        "campaign", "clip__episode"
    )
    return rows.filter(rater=rater, token=token).first()


def _sent_before(rater: Rater, row: Assignment | None, client_uuid: uuid.UUID) -> Rating | None:
    """The rating that this key stands for; AlreadyRated where there is one under another key."""
    wanted = Q(client_uuid=client_uuid)
    if row is not None:
        wanted |= Q(rater=rater, campaign=row.campaign_id, clip=row.clip_id)
    before = {rating.client_uuid: rating for rating in Rating.objects.filter(wanted)}
    sent = before.get(client_uuid)
    if sent is not None and sent.rater_id == rater.pk:
        return sent
    if before:
        raise AlreadyRated
    return None


def _check_heard(row: Assignment, hearing: Hearing, at: datetime) -> None:
    """The clip must have been heard whole, and there must have been time to hear it."""
    length = round((row.clip.end - row.clip.start) / 16)
    missing = length - hearing.heard_ms
    if missing > TOLERANCE_MS:
        raise NotHeard(f"Please hear the clip to its end: {missing / 1000:.1f} s are missing.")
    if row.shown_at is not None and (at - row.shown_at).total_seconds() * 1000 < length - 1000:
        raise NotHeard("The answer came before the clip could have been heard to its end.")


def _create(
    campaign: Campaign, clip_id: int, rater: Rater, answer: Answer, *, at: datetime, **how: object
) -> Rating:
    return Rating.objects.create(
        campaign=campaign,
        clip_id=clip_id,
        rater=rater,
        valence=answer.valence,
        arousal=answer.arousal,
        dominance=answer.dominance,
        primary=answer.primary or "",
        primary_other=answer.primary_other,
        secondary=list(answer.secondaries),
        secondary_other=answer.secondary_other,
        distribution=list(answer.distribution),
        comment=answer.comment,
        rated_at=at,
        **how,
    )
