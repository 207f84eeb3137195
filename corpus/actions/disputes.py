"""One recording under statements that contradict each other: what may be cut becomes a question."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db.models import Min

from corpus.actions import licences as decisions
from corpus.core import licences
from corpus.core.licences import Decision
from corpus.models import Episode, LicenceDecision

DISPUTED = "disputed"  # the rule of such a question
PERMITTED = "permission"  # of the makers, in writing: whatever others state
AT_ONCE = 1000
LONG = ("speech", "decoding_notes", "transcript_notes", "source_urls")  # not needed here
STATED = {
    "refused": "that all rights are reserved",
    "blocked": "that we are to stay away",
    "index_only": "a licence without excerpts",
    "non_commercial": "a licence for non-commercial use only",
}
_STRICTNESS: tuple[str, ...] = (*LicenceDecision.MAY_BE_CUT, "index_only", "blocked", "refused")


@dataclass(frozen=True, slots=True)
class Side:
    """An episode, here or about to come in, and what its own decision says of the recording."""

    who: Hashable
    podcast: str
    title: str
    verdict: str
    spdx: str
    rule: str
    reason: str
    number: int | None = None  # None: not here yet
    pk: int | None = None
    settled_at: datetime | None = None  # by a person


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What may be cut by itself, and the strictest of what others state about the recording."""

    of: Side
    by: Side

    @property
    def is_inside(self) -> bool:
        return self.of.podcast == self.by.podcast


def side(episode: Episode, found: Decision | None = None) -> Side | None:
    """What is decided of an episode now, or is about to be; None where nothing is."""
    now = episode.licence
    one = found or now
    if one is None:
        return None
    is_settled = found is None and now is not None and decisions.is_by_person(now)
    return Side(
        who=episode,
        podcast=episode.podcast.title,
        title=episode.title,
        number=episode.number,
        pk=episode.pk,
        verdict=one.verdict,
        spdx=one.spdx or "",
        rule=one.rule,
        reason=one.reason,
        settled_at=now.decided_at if now and is_settled else None,
    )


def at_addresses(
    episodes: Sequence[Episode], found: Mapping[Episode, Decision]
) -> dict[Episode, Decision]:
    """The questions that arise of these episodes and of all others at their addresses.

    `found`: what is about to be decided of some of them. The rows are locked, and nothing is written.
    Asked is of what was fetched; the rest shows what its own feed states, and is asked about when its
    file is here, before it is cut (twins.settle).
    """
    groups: dict[str, list[Side]] = defaultdict(list)
    for row in (*episodes, *at({row.address_key for row in episodes}, without=episodes)):
        if row.address_key and (one := side(row, found.get(row))):
            groups[row.address_key].append(one)
    found_here = [one for one in contradictions(groups.values()) if _is_fetched(one.of.who)]
    return _still(_questions(found_here))


def _is_fetched(who: Hashable) -> bool:
    return isinstance(who, Episode) and bool(who.source_file)


def ask(rows: Sequence[Episode], *, at: datetime) -> None:
    """Make a question of those among these episodes, the same recording all, that others contradict.

    Others at the same addresses count too, fetched or not: what is refused never is.
    """
    beside = _beside(rows)
    sides = [one for row in (*rows, *beside) if (one := side(row))]
    mine = set(rows)
    found = contradictions([sides])
    here = [one for one in found if one.of.who in mine or _is_fetched(one.of.who)]
    asked = _still(_questions(here))
    decisions.decide_all(asked, by=None, at=at)


def at(keys: Iterable[str], *, without: Iterable[Episode] = ()) -> list[Episode]:
    """Episodes at these addresses whose decisions can contradict, or be contradicted; one query for many."""
    known = defaultdict(list)
    for row in without:
        known[row.address_key].append(row.pk)
    every = sorted(set(keys) - {""})
    rows = Episode.objects.filter(licence__verdict__in=_STRICTNESS).order_by("pk")
    rows = rows.select_related("licence", "podcast").defer(*LONG)
    found: list[Episode] = []
    for start in range(0, len(every), AT_ONCE):
        some = every[start : start + AT_ONCE]
        pks = [pk for key in some for pk in known[key]]
        found += rows.filter(address_key__in=some).exclude(pk__in=pks)
    return found


def _beside(rows: Sequence[Episode]) -> list[Episode]:
    """Others at the same addresses."""
    return at({row.address_key for row in rows}, without=rows)


def contradictions(groups: Iterable[Sequence[Side]]) -> list[Contradiction]:
    """Within each group of one recording: what may be cut, though another states something stricter.

    What a person decided stands against all that was stated by then; a written permission, against all.
    """
    pairs = [pair for group in groups for pair in _pairs(group)]
    first = _first_stated(theirs.pk for mine, theirs in pairs if mine.settled_at)
    found: dict[Hashable, Contradiction] = {}
    for mine, theirs in pairs:
        if mine.who not in found and not _was_known(mine, theirs, first):
            found[mine.who] = Contradiction(mine, theirs)
    return list(found.values())


def _pairs(group: Sequence[Side]) -> Iterator[tuple[Side, Side]]:
    """What may be cut, with the strictest that contradicts it; where a person decided, with all."""
    strictest = sorted(group, key=_strength, reverse=True)
    for mine in group:
        if mine.rule == PERMITTED or not licences.may_share(mine.verdict):
            continue
        against = (one for one in strictest if licences.contradicts(one.verdict, mine.verdict))
        yield from ((mine, one) for one in islice(against, None if mine.settled_at else 1))


def _strength(one: Side) -> tuple[int, int]:
    return (
        _STRICTNESS.index(one.verdict) if one.verdict in _STRICTNESS else -1,
        -(one.number or 0),
    )


def _first_stated(pks: Iterable[int | None]) -> dict[tuple[int | None, str], datetime]:
    """(episode, verdict) → when that was decided first."""
    wanted = {pk for pk in pks if pk}
    if not wanted:
        return {}
    rows = LicenceDecision.objects.filter(episode__in=wanted).order_by()
    first = rows.values("episode", "verdict").annotate(first=Min("decided_at"))
    return {(row["episode"], row["verdict"]): row["first"] for row in first}


def _was_known(mine: Side, theirs: Side, first: Mapping[tuple[int | None, str], datetime]) -> bool:
    """Whether the other one stated something stricter when a person decided about this one."""
    if mine.settled_at is None:
        return False
    moments = [
        first[theirs.pk, verdict]
        for verdict in _STRICTNESS
        if (theirs.pk, verdict) in first and licences.contradicts(verdict, mine.verdict)
    ]
    return bool(moments) and min(moments) <= mine.settled_at


def _questions(found: Sequence[Contradiction]) -> dict[Episode, Decision]:
    """Many of one podcast against one other are one question, with the same words; one alone is named."""
    alike = Counter(_kind(one) for one in found)
    return {
        one.of.who: licences.disputed(_words(one, is_alone=alike[_kind(one)] == 1))
        for one in found
        if isinstance(one.of.who, Episode)
    }


def _kind(one: Contradiction) -> tuple[str, ...]:
    return one.of.podcast, one.of.reason, one.by.podcast, one.by.verdict, one.by.spdx


def _words(one: Contradiction, *, is_alone: bool) -> str:
    theirs = one.by
    where = "this podcast" if one.is_inside else f"the podcast “{theirs.podcast}”"
    which = f"episode {theirs.number}, “{theirs.title}”, of {where}" if is_alone else where
    return (
        f"The same recording also stands in {which}, which states {stated(theirs)}. The most generous "
        "statement never wins: ask the makers which holds, and add the answer as evidence. "
        f"By itself: {one.of.reason}"
    )


def stated(one: Side) -> str:
    """What it says, in a few words."""
    if one.rule == "person":
        return "nothing that we may use, as a curator found"
    return one.spdx or STATED[one.verdict]


def _still(asked: Mapping[Episode, Decision]) -> dict[Episode, Decision]:
    """Without those that somebody decided meanwhile; the others are locked, in the order of their keys."""
    pks = sorted(row.pk for row in asked)
    now: dict[int, int | None] = {}
    for start in range(0, len(pks), AT_ONCE):
        rows = Episode.objects.select_for_update(no_key=True).order_by("pk")
        some = rows.filter(pk__in=pks[start : start + AT_ONCE])
        now |= dict(some.values_list("pk", "licence"))
    return {row: one for row, one in asked.items() if now.get(row.pk) == row.licence_id}
