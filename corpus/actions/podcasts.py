"""Podcasts enter: with their licence, its evidence and a verdict on each episode."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from corpus.core import licences
from corpus.core.feeds import FeedEpisode
from corpus.core.licences import Decision, Observation
from corpus.engines.sources import Source, digest
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
    podcast = _podcast(source, by=by, at=at)
    report = Report(podcast, left_out=list(source.left_out))
    Podcast.objects.select_for_update().get(pk=podcast.pk)
    last = Episode.objects.aggregate(last=Max("number"))["last"] or 0
    for one in judged:
        episode = Episode.objects.filter(podcast=podcast, guid=one.episode.guid).first()
        if episode is None:
            last += 1
            episode = _episode(podcast, one, number=last, attribution=attribution, at=at)
            _decide(episode, one, source=source, at=at)
            report.added.append(episode)
        elif _decide(episode, one, source=source, at=at):
            report.changed.append(episode)
        else:
            report.unchanged.append(episode)
    return report


def _podcast(source: Source, *, by: Any, at: datetime) -> Podcast:
    feed = source.feed
    podcast, _ = Podcast.objects.get_or_create(
        guid=feed.guid,
        defaults={
            "title": feed.title[:500],
            "source": source.location,
            "link": feed.link or "",
            "author": (feed.author or "")[:500],
            "language": feed.language or "",
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
        link=facts.link or "",
        author=(facts.author or podcast.author)[:500],
        language=podcast.language,
        published_at=facts.published,
        claimed_seconds=facts.duration_s,
        audio_url=facts.enclosure_url,
        attribution=attribution,
        added_at=at,
    )


def _decide(episode: Episode, one: Judged, *, source: Source, at: datetime) -> bool:
    """Add the evidence that is new and, where it changes the verdict, a decision; True if so.

    A later, stricter feed does not revoke what was granted on a copy that we hold (CC 4.0, 2(a)(1)),
    but it stops new work until a person has looked: the verdict becomes `review`.
    """
    known = set(episode.licence_evidence.values_list("level", "element", "text", "url"))
    for seen in one.observations:
        if (seen.level, seen.element, seen.text, seen.url or "") not in known:
            LicenceEvidence.objects.create(
                episode=episode,
                level=seen.level,
                element=seen.element,
                text=seen.text,
                url=seen.url or "",
                source=source.location,
                source_sha256=digest(source.body),
                seen_at=at,
            )
    found = one.decision
    now = episode.licence
    if now is not None and (now.spdx, now.verdict) == (found.spdx or "", found.verdict):
        return False
    if now is not None and now.decided_by_id is not None:
        return False  # a person decided; the new evidence is there to be looked at
    stricter = now is not None and now.verdict in LicenceDecision.MAY_BE_CUT
    episode.licence = LicenceDecision.objects.create(
        episode=episode,
        spdx=found.spdx or "",
        url=found.url or "",
        verdict="review" if stricter and not licences.may_share(found.verdict) else found.verdict,
        reason=found.reason,
        policy_version=licences.POLICY_VERSION,
        decided_at=at,
    )
    episode.save(update_fields=["licence"])
    return True
