"""What a person decides about a licence, and the evidence that is kept about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from corpus.core import licences as core
from corpus.core.licences import Block, Observation
from corpus.models import Episode, LicenceDecision, LicenceEvidence

STATEMENT = "statement of the curator"
SILENCE = "no statement"  # a feed that fell silent: evidence with neither text nor address
BY_HAND = "by hand"  # the policy's place in a decision that no policy made
BLOCKS = ("podcast:block", "itunes:block")


class NotInReview(Exception):
    """The licence of this episode is decided: only an open question takes an answer here."""


class NoReason(Exception):
    """What is taken back needs a reason, for those who ask later."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What counts of the evidence: the newest document's, and the newest of each kind given."""

    feed: tuple[LicenceEvidence, ...]
    given: tuple[LicenceEvidence, ...]

    @property
    def observations(self) -> list[Observation]:
        """As the policy reads them; a block stands apart."""
        return [observation(row) for row in (*self.feed, *self.given) if not is_block(row.element)]

    @property
    def block(self) -> Block | None:
        """What the newest document asks of us, if it asks us to stay away."""
        for row in self.feed:
            if is_block(row.element):
                name, _, service = row.element.partition(" id=")
                return Block(name, row.text, service or None)
        return None


def kept(rows: Iterable[LicenceEvidence]) -> Kept:
    """Evidence of one episode, sorted out: what an older document said no longer counts."""
    ordered = sorted(rows, key=lambda row: (row.seen_at, row.pk))
    feed = [row for row in ordered if row.level != LicenceEvidence.Level.GIVEN]
    document = [(row.source_sha256, row.seen_at) for row in feed]
    newest = tuple(row for row, of in zip(feed, document, strict=True) if of == document[-1])
    given = {row.element: row for row in ordered if row.level == LicenceEvidence.Level.GIVEN}
    return Kept(newest, tuple(given.values()))


def observation(row: LicenceEvidence) -> Observation:
    return Observation(row.element, row.level, row.text, row.url or None)  # type: ignore[arg-type]


def is_block(element: str) -> bool:
    return element.split(" ", maxsplit=1)[0] in BLOCKS


def is_by_person(decision: LicenceDecision) -> bool:
    return decision.decided_by_id is not None or decision.policy_version == BY_HAND


def known_id(licence: str) -> str:
    """The SPDX id that a person's words or address name, or ValueError where we know none."""
    spdx = core.spdx_from_text(licence) or core.spdx_from_url(licence)
    if spdx is None:
        raise ValueError(
            f"{licence} is no licence that we know: give an SPDX id such as CC-BY-4.0 or CC0-1.0, "
            "or the address of a Creative Commons licence."
        )
    return spdx


def asks_for_credit(spdx: str) -> bool:
    return "BY" in spdx.split("-")


@transaction.atomic
def settle(
    *,
    episode: Episode,
    spdx: str,
    source: str,
    by: Any,
    at: datetime,
    attribution: str = "",
    in_writing: bool = False,
) -> LicenceDecision:
    """Enter the licence that a person found, and where; the policy decides what follows from it.

    `in_writing`: the makers themselves permit it, which alone lifts what their feed forbids.
    """
    row = _in_review(episode)
    LicenceEvidence.objects.create(
        episode=row,
        level=LicenceEvidence.Level.GIVEN,
        element=core.PERMISSION if in_writing else STATEMENT,
        text=spdx,
        url=core.licence_url(spdx) or "",
        source=source,
        seen_at=at,
    )
    if attribution.strip():
        row.attribution = attribution.strip()
        row.save(update_fields=["attribution"])
    evidence = kept(row.licence_evidence.all())
    found = core.decide(evidence.observations, block=evidence.block)
    return decide(row, found, version=core.POLICY_VERSION, by=by, at=at)


@transaction.atomic
def refuse(*, episode: Episode, reason: str, by: Any, at: datetime) -> LicenceDecision:
    """Leave the episode out, because no licence could be found."""
    row = _in_review(episode)
    return decide(row, _refused(reason), version=BY_HAND, by=by, at=at)


@transaction.atomic
def withdraw(*, episode: Episode, reason: str, by: Any, at: datetime) -> LicenceDecision:
    """Take an episode back, whatever was decided before; no later feed brings it in again.

    Its clips leave queues and coming releases; releases that are out stay as they are. Raises NoReason.
    """
    if not reason.strip():
        raise NoReason
    row = _locked(episode)
    return decide(row, _refused(reason.strip()), version=BY_HAND, by=by, at=at)


def decide(
    episode: Episode, found: core.Decision, *, version: str, by: Any, at: datetime
) -> LicenceDecision:
    """Write the decision down as the one that counts; those before it stay to be read."""
    decision = LicenceDecision.objects.create(
        episode=episode,
        spdx=found.spdx or "",
        url=found.url or "",
        verdict=found.verdict,
        rule=found.rule,
        reason=found.reason,
        policy_version=version,
        decided_at=at,
        decided_by=by,
    )
    episode.licence = decision
    episode.save(update_fields=["licence"])
    return decision


def _refused(reason: str) -> core.Decision:
    return core.Decision(None, None, "refused", reason)


def _in_review(episode: Episode) -> Episode:
    row = _locked(episode)
    if row.licence is None or row.licence.verdict != LicenceDecision.Verdict.REVIEW:
        raise NotInReview
    return row


def _locked(episode: Episode) -> Episode:
    rows = Episode.objects.select_for_update(of=("self",)).select_related("licence")
    return rows.get(pk=episode.pk)
