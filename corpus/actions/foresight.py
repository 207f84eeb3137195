"""What episodes of a source would meet here: their copies, and what contradicts them; nothing is written."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.actions import copies, disputes
from corpus.actions.disputes import Contradiction, Side
from corpus.actions.podcasts import Judged
from corpus.core import licences
from corpus.core.feeds import Feed
from corpus.models import Episode

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Meeting:
    """How many would enter as copies, and which questions would arise."""

    n_copies: int
    of_new: tuple[Contradiction, ...]  # about episodes of this source
    of_others: tuple[Contradiction, ...]  # about what is here already

    @property
    def counts(self) -> dict[str, int]:
        return {"copies": self.n_copies, "disputed": len(self.of_new) + len(self.of_others)}

    @property
    def notes(self) -> list[str]:
        """As sentences, for who says yes or no."""
        notes = []
        if self.n_copies:
            n, one = self.n_copies, self.n_copies == 1
            notes.append(
                f"{n} {'is a recording that is' if one else 'are recordings that are'} here already: "
                f"{'it enters as a copy and is' if one else 'they enter as copies and are'} not fetched again."
            )
        if self.of_new:
            notes.append(
                f"{_episodes(self.of_new)} of this source would wait for a person: the same recording also stands "
                f"in {_elsewhere(self.of_new)}. The most generous statement never wins."
            )
        if self.of_others:
            notes.append(
                f"{_episodes(self.of_others)} of what is here already would stop and wait for a person: this source "
                f"states something stricter about the same recording ({_stated(self.of_others)})."
            )
        return notes


def of(feed: Feed, judged: Sequence[Judged]) -> Meeting:
    """What an ingest would find at the addresses of these episodes; a few queries for thousands."""
    keys = {one.episode.guid: copies.address_key(one.episode.enclosure_url) for one in judged}
    rows = disputes.at(keys.values())
    own = {row.guid: row for row in rows if row.podcast.guid == feed.guid}
    groups: dict[str, list[Side]] = defaultdict(list)
    here = Episode.objects.filter(podcast__guid=feed.guid)
    rules = dict(here.values_list("guid", "licence__rule"))
    for one in judged:
        guid = one.episode.guid
        waits = rules.get(guid) == disputes.DISPUTED and licences.may_share(one.decision.verdict)
        if keys[guid] and not waits:
            groups[keys[guid]].append(_side(one, own.get(guid), feed))
    for row in rows:
        if row.podcast.guid != feed.guid or row.guid not in keys:
            groups[row.address_key] += filter(None, [disputes.side(row)])
    found = disputes.contradictions(groups.values())
    asked = {one.of.pk for one in found}
    return Meeting(
        n_copies=_n_copies({guid: key for guid, key in keys.items() if guid not in rules}, asked),
        of_new=tuple(one for one in found if not isinstance(one.of.who, Episode)),
        of_others=tuple(one for one in found if isinstance(one.of.who, Episode)),
    )


def _side(one: Judged, known: Episode | None, feed: Feed) -> Side:
    """What would be decided of it; a person's word about an episode that is here stands."""
    decision, title = one.decision, one.episode.title or one.episode.guid
    now = disputes.side(known) if known else None
    stands = now is not None and now.settled_at is not None
    return Side(
        who=one.episode.guid,
        podcast=feed.title,
        title=title,
        number=now.number if now else None,
        pk=now.pk if now else None,
        verdict=now.verdict if now and stands else decision.verdict,
        spdx=(now.spdx if now and stands else decision.spdx) or "",
        rule=now.rule if now and stands else decision.rule,
        reason=decision.reason,
        settled_at=now.settled_at if now else None,
    )


def _n_copies(new: dict[str, str], asked: set[int | None]) -> int:
    """New episodes at the address of one that may be cut and goes on to, or was withdrawn."""
    first = copies.firsts(new.values(), without=asked)
    return sum(key in first for key in new.values())


def _episodes(found: Sequence[Contradiction]) -> str:
    return f"{len(found)} {'episode' if len(found) == 1 else 'episodes'}"


def _elsewhere(found: Sequence[Contradiction]) -> str:
    said = dict.fromkeys(
        f"“{one.by.podcast}” under a stricter statement ({disputes.stated(one.by)})"
        for one in found
    )
    named = list(said)[:MOST_NAMED]
    return ", ".join(named) + (
        f" and {len(said) - len(named)} more" if len(said) > MOST_NAMED else ""
    )


def _stated(found: Sequence[Contradiction]) -> str:
    return ", ".join(dict.fromkeys(disputes.stated(one.by) for one in found))
