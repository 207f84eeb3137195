"""A new version of the policy: what it makes of what an older version decided."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from corpus.actions import disputes, licences
from corpus.core.licences import Decision, changed, disputed, may_share
from corpus.core.policy import POLICY_VERSION
from corpus.models import Episode, LicenceDecision

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """An episode that the policy of today decides otherwise than the one before."""

    episode: Episode
    before: LicenceDecision
    now: Decision


@dataclass(frozen=True, slots=True)
class Rejudged:
    """How many episodes were decided anew, and the verdicts or licences that changed by it."""

    n: int
    differences: tuple[Difference, ...]


def outdated() -> QuerySet[Episode]:
    """Episodes that an older version of the policy decided, and no person.

    Those that wait behind a podcast's flag are left to the person who lifts it.
    """
    decided = Episode.objects.filter(licence__isnull=False)
    by_policy = decided.filter(licence__decided_by=None, licence__said_by="")
    rows = by_policy.exclude(licence__policy_version__in=(POLICY_VERSION, licences.BY_HAND))
    return rows.exclude(licence__rule="flagged", podcast__flagged_at__isnull=False)


@transaction.atomic
def rejudge(*, at: datetime, is_dry: bool = False) -> Rejudged:
    """Decide them anew from the evidence that is kept, without reading a feed; a dry run writes nothing.

    The new decisions carry nobody's name: the policy makes them, and the next version may make others.
    """
    n, differences = 0, []
    for rows in _in_batches():
        found = {row: _anew(row) for row in rows}
        asked = disputes.at_addresses(rows, found)
        found |= {row: one for row, one in asked.items() if row in found}
        n += len(found)
        differences += [
            Difference(row, row.licence, one)
            for row, one in found.items()
            if row.licence and not _is_same(row.licence, one)
        ]
        if not is_dry:
            licences.decide_all(found, by=None, at=at)
    return Rejudged(n, tuple(differences))


def _in_batches() -> Iterator[tuple[Episode, ...]]:
    """Locked, in the order of their keys; the keys first, since deciding takes rows out of the set."""
    pks = list(outdated().order_by("pk").values_list("pk", flat=True))
    for some in (pks[start : start + AT_ONCE] for start in range(0, len(pks), AT_ONCE)):
        rows = outdated().select_related("licence", "podcast").prefetch_related("licence_evidence")
        yield tuple(rows.select_for_update(of=("self",)).filter(pk__in=some).order_by("pk"))


def _anew(row: Episode) -> Decision:
    """What was accepted once, and waits because its source changed, goes on waiting; so does what is disputed."""
    found = licences.judged(row)
    if row.licence and row.licence.rule == disputes.DISPUTED and may_share(found.verdict):
        return disputed(row.licence.reason)
    waits = row.licence is not None and row.licence.verdict == LicenceDecision.Verdict.REVIEW
    if not waits or may_share(found.verdict):
        return found
    was_granted = row.licence_decisions.filter(verdict__in=LicenceDecision.MAY_BE_CUT).exists()
    return changed(found) if was_granted else found


def _is_same(before: LicenceDecision, now: Decision) -> bool:
    return (before.verdict, before.spdx) == (now.verdict, now.spdx or "")
