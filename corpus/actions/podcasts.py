"""Podcasts enter: with their licence, its evidence and a verdict on each episode."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

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
    left_out: list[str] = field(default_factory=list)


def judge(source: Source, *, given: Iterable[Observation] = ()) -> list[Judged]:
    """The verdict on every episode, from the feed and what the curator states; writes nothing."""
    feed = source.feed
    judged = []
    for episode in source.feed.episodes:
        seen = (*episode.observations, *feed.observations, *given)
        judged.append(Judged(episode, seen, licences.decide(seen, block=episode.block)))
    return judged


def given(licence: str, *, attribution: str) -> tuple[Observation, ...]:
    """A curator's statement as evidence, or ValueError where it names no licence we know."""
    spdx = licences.spdx_from_text(licence) or licences.spdx_from_url(licence)
    if spdx is None:
        raise ValueError(
            f"{licence} is no licence that we know: give an SPDX id such as CC-BY-4.0 or CC0-1.0, "
            "or the address of a Creative Commons licence."
        )
    if "BY" in spdx.split("-") and not attribution.strip():
        raise ValueError(f"{spdx} asks for credit: give it with --attribution.")
    return (Observation("statement of the curator", "given", spdx, licences.licence_url(spdx)),)


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
            is_changed = [_move(episode, one), _decide(episode, one, source=source, at=at)]
            (report.changed if any(is_changed) else report.unchanged).append(episode)
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


def _decide(episode: Episode, one: Judged, *, source: Source, at: datetime) -> bool:
    """Add the evidence that is new and, where it changes the verdict, a decision; True if so.

    A later, stricter feed does not revoke what was granted on a copy that we hold (CC 4.0, 2(a)(1)),
    but it stops new work until a person has looked: the verdict becomes `review`.
    """
    known = set(episode.licence_evidence.values_list("level", "element", "text", "url"))
    for seen in one.observations:
        if (seen.level, seen.element, seen.text, _short(seen.url)) not in known:
            LicenceEvidence.objects.create(
                episode=episode,
                level=seen.level,
                element=seen.element,
                text=seen.text,
                url=_short(seen.url),
                source=source.location,
                source_sha256=digest(source.body),
                seen_at=at,
            )
    found = one.decision
    now = episode.licence
    granted = episode.licence_decisions.filter(verdict__in=LicenceDecision.MAY_BE_CUT).exists()
    verdict = "review" if granted and not licences.may_share(found.verdict) else found.verdict
    if now is not None and (now.spdx, now.verdict) == (found.spdx or "", verdict):
        return False
    if now is not None and now.decided_by_id is not None:
        return False  # a person decided; the new evidence is there to be looked at
    episode.licence = LicenceDecision.objects.create(
        episode=episode,
        spdx=found.spdx or "",
        url=found.url or "",
        verdict=verdict,
        reason=found.reason,
        policy_version=licences.POLICY_VERSION,
        decided_at=at,
    )
    episode.save(update_fields=["licence"])
    return True
