"""What a person decides about licences, of one episode or of many, and the evidence that is kept about it."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from corpus.core import licences as core
from corpus.core.licences import Block, Decision, Observation
from corpus.core.policy import CONTENT_RULES
from corpus.models import Episode, FeedDocument, LicenceDecision, LicenceEvidence

STATEMENT = "statement of the curator"
SILENCE = "no statement"  # a feed that fell silent: evidence with neither text nor address
BY_HAND = "by hand"  # the policy's place in a decision that no policy made
BLOCKS = ("podcast:block", "itunes:block")
AT_ONCE = 1000  # rows written with one statement


class NotInReview(Exception):
    """Nothing to answer: the licence is decided, and what is decided yields to a written permission only."""


class NoReason(Exception):
    """A refusal needs a reason, for those who ask later."""


class NoSource(Exception):
    """A licence counts only together with where it was found."""


class NoCredit(Exception):
    """The licence asks for credit, and nobody is known whom to credit."""


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
    """Evidence of one episode, sorted out: what was said at an earlier reading no longer counts."""
    ordered = sorted(rows, key=lambda row: (row.seen_at, row.pk or sys.maxsize))  # not saved: last
    feed = [row for row in ordered if row.level != LicenceEvidence.Level.GIVEN]
    newest = tuple(row for row in feed if row.seen_at == feed[-1].seen_at)
    given = {row.element: row for row in ordered if row.level == LicenceEvidence.Level.GIVEN}
    return Kept(newest, tuple(given.values()))


def by_episode(episodes: Iterable[Episode]) -> dict[int, list[LicenceEvidence]]:
    """All evidence about them, by the key of the episode."""
    found: dict[int, list[LicenceEvidence]] = {}
    rows = LicenceEvidence.objects.filter(episode__in=[episode.pk for episode in episodes])
    for row in rows:
        found.setdefault(row.episode_id, []).append(row)
    return found


def observation(row: LicenceEvidence) -> Observation:
    return Observation(row.element, row.level, row.text, row.url or None)  # type: ignore[arg-type]


def is_block(element: str) -> bool:
    return element.split(" ", maxsplit=1)[0] in BLOCKS


def is_by_person(decision: LicenceDecision) -> bool:
    """Whoever it was: by name on a page, or on the command line; a refusal is never the policy's."""
    named = decision.decided_by_id is not None or decision.said_by != ""
    return named or decision.policy_version == BY_HAND


def known_id(licence: str) -> str:
    """The SPDX id that a person's words or address name, or ValueError where we know none."""
    spdx = core.spdx_from_text(licence) or core.spdx_from_url(licence)
    if spdx is None:
        raise ValueError(
            f"{licence} is no licence that we know: give an SPDX id such as CC-BY-4.0 or CC0-1.0, "
            "or the address of a Creative Commons licence."
        )
    return spdx


def documents_of(rows: Iterable[LicenceEvidence]) -> set[str]:
    """Hashes of the feed documents behind these rows that are kept, and can be read again."""
    hashes = {row.source_sha256 for row in rows if row.source_sha256}
    return set(FeedDocument.objects.filter(sha256__in=hashes).values_list("sha256", flat=True))


def asks_for_credit(spdx: str) -> bool:
    return "BY" in spdx.split("-")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person's answer did: the new decisions, and the episodes that others had decided meanwhile."""

    decisions: tuple[LicenceDecision, ...]
    skipped: tuple[Episode, ...]


def settle(*, episode: Episode, **said: Any) -> LicenceDecision:
    """As settle_many, for one episode; raises NotInReview where there is nothing to settle."""
    return _only(settle_many(episodes=[episode], **said))


@transaction.atomic
def settle_many(
    *,
    episodes: Iterable[Episode],
    spdx: str,
    source: str,
    by: Any,
    at: datetime,
    attribution: str = "",
    in_writing: bool = False,
    said_by: str = "",
) -> Answer:
    """Enter the licence that a person found, and where; the policy decides what follows for each episode.

    `in_writing`: the makers themselves permit it, which alone lifts what their feed forbids, and answers
    what is decided already. Raises ValueError for an unknown licence, NoSource and NoCredit; nothing is
    written then.
    """
    spdx = known_id(spdx)
    if not source.strip():
        raise NoSource
    rows, skipped = _open(episodes, in_writing=in_writing)
    if lacks_credit(rows, spdx, attribution):
        raise NoCredit
    credit = attribution.strip()
    given = {row: _given(row, spdx, source.strip(), at, in_writing=in_writing) for row in rows}
    LicenceEvidence.objects.bulk_create(
        (new for some in given.values() for new in some), batch_size=AT_ONCE
    )
    if credit:
        for row in rows:
            row.attribution = credit
        Episode.objects.filter(pk__in=[row.pk for row in rows]).update(attribution=credit)
    found = {row: _answered(row, given[row]) for row in rows}
    return Answer(decide_all(found, by=by, at=at, said_by=said_by), skipped)


def lacks_credit(episodes: Iterable[Episode], spdx: str, attribution: str) -> bool:
    """Whether the licence asks for credit, and for one of them nobody is known whom to credit."""
    if attribution.strip() or not asks_for_credit(spdx):
        return False
    rows = Episode.objects.filter(pk__in=_keys(episodes))
    return rows.filter(attribution="", author="", podcast__author="").exists()


def outlook(
    *, episodes: Iterable[Episode], spdx: str, in_writing: bool, at: datetime
) -> list[tuple[str, int]]:
    """(verdict, episodes) that settle_many would come to; writes nothing."""
    rows = _with_evidence(episodes)
    of = (_answered(row, _given(row, spdx, "", at, in_writing=in_writing)) for row in rows)
    found = Counter(decision.verdict for decision in of)
    return [(verdict, found[verdict]) for verdict in core.VERDICTS if verdict in found]


def refuse(*, episode: Episode, **said: Any) -> LicenceDecision:
    """As refuse_many, for one episode; raises NotInReview where it is decided."""
    return _only(refuse_many(episodes=[episode], **said))


@transaction.atomic
def refuse_many(
    *, episodes: Iterable[Episode], reason: str, by: Any, at: datetime, said_by: str = ""
) -> Answer:
    """Leave episodes in review out, because no licence could be found. Raises NoReason."""
    if not reason.strip():
        raise NoReason
    rows, skipped = _open(episodes)
    refused = Decision(None, None, "refused", reason.strip(), (), "person")
    found = dict.fromkeys(rows, refused)
    return Answer(_decide(found, version=BY_HAND, by=by, at=at, said_by=said_by), skipped)


@transaction.atomic
def reopen_many(*, episodes: Iterable[Episode], reason: str, by: Any, at: datetime) -> Answer:
    """Take a person's refusal back: the policy decides anew from what is kept. Raises NoReason."""
    if not reason.strip():
        raise NoReason
    rows = _locked(episodes)
    refused = [row for row in rows if row.licence and row.licence.policy_version == BY_HAND]
    found = {row: judged(row) for row in refused}
    opened = {
        row: Decision(
            one.spdx,
            one.url,
            one.verdict,
            f"The refusal was taken back: {reason.strip()} {one.reason}",
            one.decisive,
            one.rule,
        )
        for row, one in found.items()
    }
    skipped = tuple(row for row in rows if row not in found)
    return Answer(_decide(opened, version=core.POLICY_VERSION, by=by, at=at), skipped)


@transaction.atomic
def hold_many(
    *, episodes: Iterable[Episode], reason: str, by: Any, at: datetime, said_by: str = ""
) -> Answer:
    """Go on with copies that were received before their source changed, under the licence of that time.

    Episodes without a copy of ours, or never accepted before, are skipped. Raises NoReason.
    """
    if not reason.strip():
        raise NoReason
    rows = _locked(episodes)
    earlier = _granted(rows)
    held = [row for row in rows if _waits_changed(row) and row.source_file and row.pk in earlier]
    given = {row: _of_grant(row, earlier[row.pk], reason.strip(), at) for row in held}
    LicenceEvidence.objects.bulk_create(given.values(), batch_size=AT_ONCE)
    found = {row: judged(row, new) for row, new in given.items()}
    skipped = tuple(row for row in rows if row not in given)
    return Answer(decide_all(found, by=by, at=at, said_by=said_by), skipped)


def judged(episode: Episode, *new: LicenceEvidence) -> Decision:
    """What the policy makes of the evidence that is kept about it, and of what is new."""
    evidence = kept([*episode.licence_evidence.all(), *new])
    return _judged(tuple(evidence.observations), evidence.block)


def _answered(row: Episode, given: list[LicenceEvidence]) -> Decision:
    """What follows from a person's answer; to a dispute it may also be the stricter of two statements."""
    found = judged(row, *given)
    if found.rule != "differs" or row.licence is None or row.licence.rule != "disputed":
        return found
    own, answer = judged(row), _alone(given)
    return answer if core.contradicts(answer.verdict, own.verdict) else found


def _alone(given: list[LicenceEvidence]) -> Decision:
    """What the policy makes of what a person states, whatever the feed says."""
    return core.decide([observation(row) for row in given], block=None)


@lru_cache(maxsize=256)
def _judged(observations: tuple[Observation, ...], block: Block | None) -> Decision:
    """Episodes by the thousand say the same."""
    return core.decide(observations, block=block)


def decide(
    episode: Episode, found: Decision, *, version: str, by: Any, at: datetime
) -> LicenceDecision:
    """Write the decision down as the one that counts; those before it stay to be read."""
    (decision,) = _decide({episode: found}, version=version, by=by, at=at)
    return decision


def decide_all(
    found: dict[Episode, Decision], *, by: Any, at: datetime, said_by: str = ""
) -> tuple[LicenceDecision, ...]:
    """As `decide`, many at once, under the policy of today."""
    return _decide(found, version=core.POLICY_VERSION, by=by, at=at, said_by=said_by)


def _decide(
    found: dict[Episode, Decision], *, version: str, by: Any, at: datetime, said_by: str = ""
) -> tuple[LicenceDecision, ...]:
    rows = [
        LicenceDecision(
            episode=episode,
            spdx=one.spdx or "",
            url=one.url or "",
            verdict=one.verdict,
            rule=one.rule,
            reason=one.reason,
            policy_version=version,
            decided_at=at,
            decided_by=by,
            said_by=said_by,
        )
        for episode, one in found.items()
    ]
    LicenceDecision.objects.bulk_create(rows, batch_size=AT_ONCE)
    newest = LicenceDecision.objects.filter(episode=OuterRef("pk")).order_by("-pk").values("pk")
    for start in range(0, len(rows), AT_ONCE):
        pks = [row.episode_id for row in rows[start : start + AT_ONCE]]
        Episode.objects.filter(pk__in=pks).update(licence=Subquery(newest[:1]))
    for row in rows:
        row.episode.licence = row
    return tuple(rows)


def _given(
    episode: Episode, spdx: str, source: str, at: datetime, *, in_writing: bool
) -> list[LicenceEvidence]:
    """What a person states: a licence and, where the question was whether people speak, that they do."""
    element = core.PERMISSION if in_writing else STATEMENT
    said = [(element, spdx, core.licence_url(spdx))]
    if episode.licence and episode.licence.rule in CONTENT_RULES:
        said.append((core.HEARD, "people speak", ""))
    return [
        LicenceEvidence(
            episode=episode,
            level=LicenceEvidence.Level.GIVEN,
            element=element,
            text=text,
            url=url,
            source=source,
            seen_at=at,
        )
        for element, text, url in said
    ]


def _granted(rows: Iterable[Episode]) -> dict[int, LicenceDecision]:
    """The last decision that let each of them be cut."""
    past = LicenceDecision.objects.filter(
        episode__in=[row.pk for row in rows], verdict__in=LicenceDecision.MAY_BE_CUT
    )
    return {decision.episode_id: decision for decision in past.order_by("pk")}


def _waits_changed(row: Episode) -> bool:
    licence = row.licence
    return licence is not None and (licence.verdict, licence.rule) == ("review", "changed")


def _of_grant(
    episode: Episode, earlier: LicenceDecision, reason: str, at: datetime
) -> LicenceEvidence:
    return LicenceEvidence(
        episode=episode,
        level=LicenceEvidence.Level.GIVEN,
        element=core.GRANT,
        text=earlier.spdx,
        url=earlier.url,
        source=f"decision of {earlier.decided_at:%Y-%m-%d}. {reason}"[:2000],
        seen_at=at,
    )


def _open(
    episodes: Iterable[Episode], *, in_writing: bool = False
) -> tuple[list[Episode], tuple[Episode, ...]]:
    """Episodes that take an answer, locked, and those that do not."""
    rows = _locked(episodes)
    return (
        [row for row in rows if _takes_answer(row, in_writing=in_writing)],
        tuple(row for row in rows if not _takes_answer(row, in_writing=in_writing)),
    )


def _takes_answer(row: Episode, *, in_writing: bool) -> bool:
    verdict = row.licence.verdict if row.licence else None
    return verdict == "review" or (in_writing and verdict not in (None, "accepted"))


def _locked(episodes: Iterable[Episode]) -> Sequence[Episode]:
    rows = _with_evidence(episodes)
    # in the order of their keys, or two people would wait for each other
    return list(rows.select_for_update(of=("self",)).order_by("pk"))


def _with_evidence(episodes: Iterable[Episode]) -> QuerySet[Episode]:
    rows = Episode.objects.select_related("licence", "podcast")
    return rows.prefetch_related("licence_evidence").filter(pk__in=_keys(episodes))


def _keys(episodes: Iterable[Episode]) -> list[int]:
    if isinstance(episodes, QuerySet):
        return list(episodes.values_list("pk", flat=True))
    return [row.pk for row in episodes]


def _only(answer: Answer) -> LicenceDecision:
    if not answer.decisions:
        raise NotInReview
    return answer.decisions[0]
