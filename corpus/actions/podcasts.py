"""Podcasts enter: with their licence, its evidence and a verdict on each episode."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from corpus.actions import licences as decisions
from corpus.core import licences
from corpus.core.feeds import FeedEpisode
from corpus.core.licences import Decision, Observation
from corpus.engines.sources import LONGEST, Source, digest
from corpus.models import Episode, LicenceDecision, LicenceEvidence, Podcast


@dataclass(frozen=True, slots=True)
class Judged:
    """An episode of a source and what its licence lets us do."""

    episode: FeedEpisode
    observations: tuple[Observation, ...]
    decision: Decision


@dataclass(slots=True)
class Report:
    """What an ingest did; `left_out` are sentences about what could not enter."""

    podcast: Podcast
    added: list[Episode] = field(default_factory=list)
    changed: list[Episode] = field(default_factory=list)
    unchanged: list[Episode] = field(default_factory=list)
    stand: list[Episode] = field(default_factory=list)  # under another verdict than the source's
    left_out: list[str] = field(default_factory=list)


def judge(source: Source, *, given: Iterable[Observation] = ()) -> list[Judged]:
    """The verdict on every episode, from the feed and what a curator states or once stated.

    A new statement takes the place of an older one of its kind. Writes nothing.
    """
    feed, new = source.feed, tuple(given)
    before = _given_before(feed.guid)
    judged = []
    for episode in source.feed.episodes:
        old = [
            seen
            for seen in before.get(episode.guid, ())
            if seen.element not in {stated.element for stated in new}
        ]
        seen = (*episode.observations, *feed.observations, *old, *new)
        judged.append(Judged(episode, seen, licences.decide(seen, block=episode.block)))
    return judged


def _given_before(podcast: str) -> dict[str, list[Observation]]:
    """Guid of an episode → what counts of the statements about it."""
    rows = LicenceEvidence.objects.filter(
        episode__podcast__guid=podcast, level=LicenceEvidence.Level.GIVEN
    ).select_related("episode")
    by_guid: dict[str, list[LicenceEvidence]] = {}
    for row in rows:
        by_guid.setdefault(row.episode.guid, []).append(row)
    return {
        guid: [decisions.observation(row) for row in decisions.kept(found).given]
        for guid, found in by_guid.items()
    }


def given(licence: str, *, attribution: str) -> tuple[Observation, ...]:
    """A curator's statement as evidence, or ValueError where it names no licence we know."""
    spdx = decisions.known_id(licence)
    if decisions.asks_for_credit(spdx) and not attribution.strip():
        raise ValueError(f"{spdx} asks for credit: give it with --attribution.")
    return (Observation(decisions.STATEMENT, "given", spdx, licences.licence_url(spdx)),)


@transaction.atomic
def add(
    *,
    source: Source,
    judged: Iterable[Judged],
    attribution: str,
    by: Any,
    at: datetime,
) -> Report:
    """Take the podcast and its episodes in, or bring what is known of them up to date."""
    with connection.cursor() as cursor:  # one ingest at a time, since episodes are numbered through
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('ingest'))")
    podcast = _podcast(source, by=by, at=at)
    report = Report(podcast, left_out=list(source.left_out))
    last = Episode.objects.aggregate(last=Max("number"))["last"] or 0
    for one in judged:
        episode = Episode.objects.filter(podcast=podcast, guid=one.episode.guid).first()
        if episode is None:
            last += 1
            episode = _episode(podcast, one, number=last, attribution=attribution, at=at)
            _decide(episode, one, source=source, at=at)
            report.added.append(episode)
        else:
            is_changed = [
                _move(episode, one),
                _credit(episode, attribution),
                _decide(episode, one, source=source, at=at),
            ]
            (report.changed if any(is_changed) else report.unchanged).append(episode)
            if episode.licence and episode.licence.verdict != one.decision.verdict:
                report.stand.append(episode)
    return report


def _podcast(source: Source, *, by: Any, at: datetime) -> Podcast:
    feed = source.feed
    podcast, _ = Podcast.objects.get_or_create(
        guid=feed.guid,
        defaults={
            "title": feed.title[:500],
            "source": source.location,
            "link": _short(feed.link),
            "author": (feed.author or "")[:500],
            "language": (feed.language or "")[:35],
            "description": feed.description or "",
            "added_at": at,
            "added_by": by,
        },
    )
    return podcast


def _episode(
    podcast: Podcast, one: Judged, *, number: int, attribution: str, at: datetime
) -> Episode:
    facts = one.episode
    return Episode.objects.create(
        podcast=podcast,
        number=number,
        guid=facts.guid,
        title=(facts.title or facts.guid)[:1000],
        link=_short(facts.link),
        author=(facts.author or podcast.author)[:500],
        language=podcast.language,
        published_at=facts.published,
        claimed_seconds=facts.duration_s,
        audio_url=facts.enclosure_url,
        attribution=attribution,
        added_at=at,
    )


def _short(address: str | None) -> str:
    """An address that fits; half of one would lead nowhere."""
    return address if address and len(address) <= LONGEST else ""


def _move(episode: Episode, one: Judged) -> bool:
    """What was never fetched is fetched from where the source has it now; True if it moved."""
    address = one.episode.enclosure_url
    if episode.source_file or episode.audio_url == address:
        return False
    episode.audio_url = address
    episode.save(update_fields=["audio_url"])
    return True


def _credit(episode: Episode, attribution: str) -> bool:
    """The credit that is owed may be given later, or corrected; True if so."""
    if not attribution.strip() or episode.attribution == attribution:
        return False
    episode.attribution = attribution
    episode.save(update_fields=["attribution"])
    return True


def _decide(episode: Episode, one: Judged, *, source: Source, at: datetime) -> bool:
    """Keep the evidence that is new and, where it changes the verdict, decide anew; True if so.

    A later, stricter feed does not revoke what was granted on a copy that we hold (CC 4.0, 2(a)(1)),
    but it stops new work until a person has looked: the verdict becomes `review`.
    """
    now = episode.licence
    is_new = _keep(episode, one, source=source, at=at)
    found = one.decision
    if now is not None and decisions.is_by_person(now) and now.verdict != "review":
        if now.verdict == "refused" or not _is_stricter(found.verdict, than=now.verdict):
            return False
        if not (is_new or _was_seen_after(episode, now.decided_at)):
            return False  # the person knew
    granted = episode.licence_decisions.filter(verdict__in=LicenceDecision.MAY_BE_CUT).exists()
    if granted and not licences.may_share(found.verdict):
        reason = f"The source now says otherwise than when it was accepted. {found.reason}"
        found = replace(found, verdict="review", reason=reason)
    if now is not None and (now.spdx, now.verdict) == (found.spdx or "", found.verdict):
        return False
    decisions.decide(episode, found, version=licences.POLICY_VERSION, by=None, at=at)
    return True


def _is_stricter(verdict: str, *, than: str) -> bool:
    order: tuple[str, ...] = licences.VERDICTS
    return order.index(verdict) > order.index(than)


def _was_seen_after(episode: Episode, moment: datetime) -> bool:
    feed = episode.licence_evidence.exclude(level=LicenceEvidence.Level.GIVEN)
    return feed.filter(seen_at__gt=moment).exists()


def _keep(episode: Episode, one: Judged, *, source: Source, at: datetime) -> bool:
    """Write what the source says, whole, where it differs from last time; True if it does.

    Whole, because only the newest document counts: what it no longer says must not linger.
    """
    known = decisions.kept(episode.licence_evidence.all())
    stated = {_words(decisions.observation(row)) for row in known.given}
    fresh = [
        seen for seen in one.observations if seen.level == "given" and _words(seen) not in stated
    ]
    said = [seen for seen in one.observations if seen.level != "given"]
    if block := one.episode.block:
        element = f"{block.element} id={block.service}" if block.service else block.element
        said.append(Observation(element, "item", block.text))
    before = {
        _words(decisions.observation(row)) for row in known.feed if row.element != decisions.SILENCE
    }
    is_new = {_words(seen) for seen in said} != before
    if is_new:
        fresh += said or [Observation(decisions.SILENCE, "channel")]
    for level, element, text, url in dict.fromkeys(_words(seen) for seen in fresh):
        LicenceEvidence.objects.create(
            episode=episode,
            level=level,
            element=element,
            text=text,
            url=url,
            source=source.location,
            source_sha256=digest(source.body),
            seen_at=at,
        )
    return is_new


def _words(seen: Observation) -> tuple[str, str, str, str]:
    return seen.level, seen.element, seen.text, _short(seen.url)
