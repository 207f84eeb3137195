"""Episodes of a source enter together, or are brought up to date: a few queries for thousands of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Max

from corpus.actions import copies
from corpus.actions.statements import AT_ONCE, Judged, Ledger, short
from corpus.models import Episode, FeedDocument, Podcast, Withdrawal

LONG = ("speech", "decoding_notes", "transcript_notes", "source_urls")  # not needed here


@dataclass(slots=True)
class Report:
    """What an ingest did; `left_out` are sentences about what could not enter."""

    podcast: Podcast
    added: list[Episode] = field(default_factory=list)
    changed: list[Episode] = field(default_factory=list)
    unchanged: list[Episode] = field(default_factory=list)
    stand: list[Episode] = field(default_factory=list)  # under another verdict than the source's
    left_out: list[str] = field(default_factory=list)
    document: FeedDocument | None = None  # where it held any news


def take_in(report: Report, ledger: Ledger, judged: Sequence[Judged], *, attribution: str) -> None:
    """Weigh and write every episode; those taken before come first, since they may raise the flag."""
    rows = report.podcast.episodes.all()
    # locked before they are read, or what a person decides meanwhile would be decided over; in the order
    # of their keys, as people lock them
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    known = {episode.guid: episode for episode in rows.select_related("licence").defer(*LONG)}
    ledger.read()
    old = [(known[one.episode.guid], one) for one in judged if one.episode.guid in known]
    old.sort(key=lambda pair: not ledger.was_granted(pair[0]))
    touched = _bring_up_to_date(old, attribution)
    for episode, one in old:
        is_changed = ledger.weigh(episode, one) or episode.pk in touched
        (report.changed if is_changed else report.unchanged).append(episode)
    new = [one for one in judged if one.episode.guid not in known]
    report.added = _create(report.podcast, new, attribution=attribution, at=ledger.at)
    fresh = list(zip(report.added, new, strict=True))
    for episode, one in fresh:
        ledger.weigh(episode, one)
    ledger.write()
    report.changed += [episode for episode in report.unchanged if episode in ledger.disputed]
    report.unchanged = [episode for episode in report.unchanged if episode not in ledger.disputed]
    copies.mark(report.added)
    report.stand = [
        episode
        for episode, one in (*old, *fresh)
        if episode.licence and episode.licence.verdict != one.decision.verdict
    ]


def _bring_up_to_date(old: Sequence[tuple[Episode, Judged]], attribution: str) -> set[int]:
    """Where the files of known episodes are now, and whom to credit; which episodes that changed."""
    moved = [episode for episode, one in old if _move(episode, one)]
    credited = [episode for episode, _ in old if _credit(episode, attribution)]
    where = ["audio_url", "address_key", "integrity"]
    Episode.objects.bulk_update(moved, where, batch_size=AT_ONCE)
    Episode.objects.bulk_update(credited, ["attribution"], batch_size=AT_ONCE)
    return {episode.pk for episode in (*moved, *credited)}


def _move(episode: Episode, one: Judged) -> bool:
    """What was never fetched is fetched from where the source has it now; True if it moved."""
    where = (one.episode.enclosure_url, one.episode.integrity or "")
    if episode.source_file or (episode.audio_url, episode.integrity) == where:
        return False
    episode.audio_url, episode.integrity = where
    episode.address_key = copies.address_key(episode.audio_url)
    return True


def _credit(episode: Episode, attribution: str) -> bool:
    """The credit that is owed may be given later, or corrected; True if so."""
    if not attribution.strip() or episode.attribution == attribution:
        return False
    episode.attribution = attribution
    return True


def _create(
    podcast: Podcast, new: Sequence[Judged], *, attribution: str, at: datetime
) -> list[Episode]:
    """The rows of new episodes, numbered on; those of a podcast that was taken back are so too."""
    if not new:
        return []
    last = Episode.objects.aggregate(last=Max("number"))["last"] or 0
    withdrawal = Withdrawal.objects.standing().filter(podcast=podcast).first()
    return Episode.objects.bulk_create(
        [
            Episode(
                podcast=podcast,
                number=number,
                guid=one.episode.guid,
                title=(one.episode.title or one.episode.guid)[:1000],
                link=short(one.episode.link),
                author=(one.episode.author or podcast.author)[:500],
                language=podcast.language,
                published_at=one.episode.published,
                claimed_seconds=one.episode.duration_s,
                audio_url=one.episode.enclosure_url,
                address_key=copies.address_key(one.episode.enclosure_url),
                integrity=(one.episode.integrity or ""),
                attribution=attribution,
                withdrawal=withdrawal,
                added_at=at,
            )
            for number, one in enumerate(new, start=last + 1)
        ],
        batch_size=AT_ONCE,
    )
