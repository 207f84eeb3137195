"""What a source states about many episodes at once: kept where it is new, and decided upon together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from corpus.actions import disputes
from corpus.actions import licences as decisions
from corpus.actions.licences import Kept
from corpus.core import archive, licences
from corpus.core.feeds import FeedEpisode
from corpus.core.licences import Decision, Observation
from corpus.engines.sources import LONGEST
from corpus.models import Episode, LicenceDecision, LicenceEvidence, Podcast

ARCHIVE = "archive:"  # how its elements begin
FLAGGED = "flagged"  # the rule of a decision that waits until a person has looked at the podcast
AT_ONCE = 1000  # rows written with one statement
LONGEST_DECIDED = 500  # characters of the address in a decision
NOTHING = Kept((), ())


def short(address: str | None) -> str:
    """An address that fits; half of one would lead nowhere."""
    return address if address and len(address) <= LONGEST else ""


@dataclass(frozen=True, slots=True)
class Judged:
    """An episode of a source and what its licence lets us do."""

    episode: FeedEpisode
    observations: tuple[Observation, ...]
    decision: Decision


@dataclass(frozen=True, slots=True)
class Change:
    """An episode that was taken under one licence, and what its feed states now."""

    before: LicenceDecision
    now: Decision


@dataclass(slots=True)
class Ledger:
    """Evidence and decisions of one podcast's episodes: read once, weighed in memory, written together."""

    podcast: Podcast
    at: datetime
    location: str = ""
    sha256: str = ""
    beside: Mapping[str, str] = field(
        default_factory=dict
    )  # address → sha256 of what else was read
    by: Any = None
    said_by: str = ""
    changes: list[Change] = field(default_factory=list)
    evidence: list[LicenceEvidence] = field(default_factory=list)
    decided: dict[Episode, Decision] = field(default_factory=dict)
    disputed: dict[Episode, Decision] = field(default_factory=dict)  # of any podcast
    _weighed: list[Episode] = field(default_factory=list)
    _kept: dict[int, Kept] = field(default_factory=dict)
    _granted: set[int] = field(default_factory=set)

    def read(self, episodes: Iterable[Episode] | None = None) -> None:
        """What is kept about these episodes, or about all of the podcast; two queries."""
        seen = LicenceEvidence.objects.filter(episode__podcast=self.podcast)
        past = LicenceDecision.objects.filter(episode__podcast=self.podcast)
        if episodes is not None:
            pks = [episode.pk for episode in episodes]
            seen, past = seen.filter(episode__in=pks), past.filter(episode__in=pks)
        rows = defaultdict(list)
        for row in seen.defer("source"):
            rows[row.episode_id].append(row)
        self._kept = {pk: decisions.kept(found) for pk, found in rows.items()}
        granted = past.filter(verdict__in=LicenceDecision.MAY_BE_CUT)
        self._granted = set(granted.values_list("episode", flat=True).distinct())

    def kept(self, episode: Episode) -> Kept:
        """What counts of the evidence that was there before."""
        return self._kept.get(episode.pk, NOTHING)

    def was_granted(self, episode: Episode) -> bool:
        """Whether it ever could be cut."""
        return episode.pk in self._granted

    def weigh(self, episode: Episode, one: Judged) -> bool:
        """Keep what is new and, where that changes the verdict, decide anew; True if so.

        A later, stricter feed does not revoke what was granted on a copy that we hold (CC 4.0, 2(a)(1)),
        but it stops new work until a person has looked: the verdict becomes `review`.
        """
        self._weighed.append(episode)
        is_new = self._keep(episode, one)
        now = episode.licence
        if now is not None and self._stands(episode, now, one.decision, is_new=is_new):
            return False
        found = self._tempered(episode, one.decision)
        if now is not None and _is_same(now, found):
            return False
        if is_new and now is not None and self.was_granted(episode) and now.may_be_cut:
            self.changes.append(Change(now, one.decision))
        self.decide(episode, found)
        return True

    def decide(self, episode: Episode, found: Decision) -> None:
        """A decision to be written, and to count from then on."""
        if len(found.url or "") > LONGEST_DECIDED:
            found = replace(found, url=licences.licence_url(found.spdx or ""))
        self.decided[episode] = found

    def write(self) -> None:
        """Everything, in batches; `episode.licence` is the decision that counts now.

        What another episode at the same address contradicts, here or in another podcast, is asked about.
        """
        LicenceEvidence.objects.bulk_create(self.evidence, batch_size=AT_ONCE)
        every = list(dict.fromkeys((*self._weighed, *self.decided)))
        self.disputed = disputes.at_addresses(every, self.decided)
        sure = {row: one for row, one in self.decided.items() if row not in self.disputed}
        decisions.decide_all(sure, by=self.by, at=self.at, said_by=self.said_by)
        decisions.decide_all(self.disputed, by=None, at=self.at)

    def _stands(
        self, episode: Episode, now: LicenceDecision, found: Decision, *, is_new: bool
    ) -> bool:
        """Whether a person's word holds against what the feed says: they refused, or knew, or it is looser.

        A dispute stands as well, until a person settles it.
        """
        if now.rule == disputes.DISPUTED:
            return licences.may_share(found.verdict)
        if not decisions.is_by_person(now) or now.verdict == LicenceDecision.Verdict.REVIEW:
            return False
        if now.verdict == "refused" or not _is_stricter(found.verdict, than=now.verdict):
            return True
        seen = (row.seen_at for row in self.kept(episode).feed)
        return not (is_new or any(moment > now.decided_at for moment in seen))

    def _tempered(self, episode: Episode, found: Decision) -> Decision:
        """The decision, made a question where taken and stated differ, or where a person has to look first."""
        may = licences.may_share(found.verdict)
        if self.was_granted(episode):
            return found if may else licences.changed(found)
        since = self.at if self.changes else self.podcast.flagged_at
        return _held(found, since) if may and since else found

    def _keep(self, episode: Episode, one: Judged) -> bool:
        """Write what the source says, whole, where it differs from last time; True if it does.

        Whole, because only the newest document counts: what it no longer says must not linger.
        """
        known = self.kept(episode)
        stated = {_words(decisions.observation(row)) for row in known.given}
        seen = [_words(seen) for seen in one.observations]
        fresh = [words for words in seen if words[0] == "given" and words not in stated]
        said = [words for words in seen if words[0] != "given"]
        if block := one.episode.block:
            element = f"{block.element} id={block.service}" if block.service else block.element
            said.append(_words(Observation(element, "item", block.text)))
        before = {
            _words(decisions.observation(row))
            for row in known.feed
            if row.element != decisions.SILENCE
        }
        is_new = set(said) != before
        if is_new:
            fresh += said or [_words(Observation(decisions.SILENCE, "channel"))]
        self.evidence += [self._row(episode, *words) for words in dict.fromkeys(fresh)]
        return is_new

    def _row(
        self, episode: Episode, level: str, element: str, text: str, url: str
    ) -> LicenceEvidence:
        source, sha256 = self.location, self.sha256
        if element.startswith(ARCHIVE):
            source, sha256 = self._proof(episode, (level, element, text, url))
        return LicenceEvidence(
            episode=episode,
            level=level,
            element=element,
            text=text,
            url=url,
            source=source,
            source_sha256=sha256,
            seen_at=self.at,
        )

    def _proof(self, episode: Episode, words: tuple[str, str, str, str]) -> tuple[str, str]:
        """Where the archive says so: read with the feed this time, or, if it was silent, an earlier time."""
        file = archive.file_of(episode.audio_url)
        address = archive.metadata_url(file[0]) if file else ""
        if address in self.beside:
            return address, self.beside[address]
        for row in self.kept(episode).feed:
            if _words(decisions.observation(row)) == words:
                return row.source, row.source_sha256
        return self.location, self.sha256


def day(moment: datetime) -> str:
    """2 March 2026."""
    return f"{moment.day} {moment:%B %Y}"


def _held(found: Decision, since: datetime) -> Decision:
    return replace(
        found,
        spdx=None,
        url=None,
        verdict="review",
        rule=FLAGGED,
        reason=f"The podcast's statement changed on {day(since)}; a person has to look first. "
        f"By itself: {found.reason}",
    )


def _is_same(now: LicenceDecision, found: Decision) -> bool:
    is_held = (now.rule == FLAGGED, found.rule == FLAGGED)
    return (now.spdx, now.verdict) == (found.spdx or "", found.verdict) and len(set(is_held)) == 1


def _is_stricter(verdict: str, *, than: str) -> bool:
    order: tuple[str, ...] = licences.VERDICTS
    return order.index(verdict) > order.index(than)


def _words(seen: Observation) -> tuple[str, str, str, str]:
    return seen.level, seen.element[:100], seen.text, short(seen.url)
