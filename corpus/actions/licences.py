"""A person settles what the feed leaves open about a licence."""

from datetime import datetime
from typing import Any

from django.db import transaction

from corpus.core import licences as core
from corpus.core.licences import Observation
from corpus.models import Episode, LicenceDecision, LicenceEvidence

STATEMENT = "statement of the curator"


class NotInReview(Exception):
    """The licence of this episode is decided: only an open question takes an answer here."""


@transaction.atomic
def settle(*, episode: Episode, spdx: str, source: str, by: Any, at: datetime) -> LicenceDecision:
    """Enter the licence that a person found, and where; the policy decides what follows from it."""
    row = _in_review(episode)
    seen = Observation(STATEMENT, "given", spdx, core.licence_url(spdx))
    LicenceEvidence.objects.create(
        episode=row,
        level=seen.level,
        element=seen.element,
        text=seen.text,
        url=seen.url or "",
        source=source,
        seen_at=at,
    )
    found = core.decide([*_observations(row)], block=None)
    return _decide(row, found, by=by, at=at)


@transaction.atomic
def refuse(*, episode: Episode, reason: str, by: Any, at: datetime) -> LicenceDecision:
    """Leave the episode out, because no licence could be found."""
    row = _in_review(episode)
    return _decide(row, core.Decision(None, None, "refused", reason), by=by, at=at)


def _in_review(episode: Episode) -> Episode:
    row = (
        Episode.objects.select_for_update(of=("self",)).select_related("licence").get(pk=episode.pk)
    )
    if row.licence is None or row.licence.verdict != LicenceDecision.Verdict.REVIEW:
        raise NotInReview
    return row


def _observations(episode: Episode) -> list[Observation]:
    rows = episode.licence_evidence.order_by("pk")
    return [Observation(row.element, row.level, row.text, row.url or None) for row in rows]  # type: ignore[arg-type]


def _decide(episode: Episode, found: core.Decision, *, by: Any, at: datetime) -> LicenceDecision:
    decision = LicenceDecision.objects.create(
        episode=episode,
        spdx=found.spdx or "",
        url=found.url or "",
        verdict=found.verdict,
        reason=found.reason,
        policy_version=core.POLICY_VERSION,
        decided_at=at,
        decided_by=by,
    )
    episode.licence = decision
    episode.save(update_fields=["licence"])
    return decision
