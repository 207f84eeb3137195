"""What a source would bring in, as one document: the command prints it, the page shows it."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from corpus.actions import foresight
from corpus.actions.podcasts import Judged
from corpus.core.feeds import Feed, about
from corpus.core.licences import VERDICTS, Observation
from corpus.engines.sources import Source, digest
from corpus.models import Podcast, Withdrawal

Document = dict[str, Any]


class Known(NamedTuple):
    """An episode as it stands in the corpus."""

    guid: str
    audio_url: str
    source_file: str
    verdict: str | None
    spdx: str | None
    withdrawal: int | None


def of(
    source: Source, judged: Iterable[Judged], *, documents: Mapping[str, Any] | None = None
) -> Document:
    """Podcast, summary, every episode with its verdict and evidence, and what was left out.

    `documents`: address → what was read there. Writes nothing.
    """
    told, said = list(judged), about(source.feed)
    podcast = Podcast.objects.filter(guid=source.feed.guid).first()
    here = _here(podcast)
    episodes = [_episode(one, source.feed, here.get(one.episode.guid)) for one in told]
    meets = foresight.of(source.feed, told)
    return {
        "podcast": _podcast(source, podcast),
        "summary": _summary(told, here, source) | meets.counts,
        "notes": [*_notes(source, podcast), *meets.notes],
        "episodes": episodes,
        "left_out": [sentence for sentence in source.left_out if sentence not in said],
        "documents": dict(documents or {}),
        "verdicts_sha256": verdicts_sha256(told),
    }


def verdicts_sha256(judged: Iterable[Judged]) -> str:
    """Equal where the same episodes get the same licences and verdicts: tells that nothing changed."""
    rows = sorted(
        f"{one.episode.guid}\0{one.decision.verdict}\0{one.decision.spdx}" for one in judged
    )
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def shortened(preview: Document, *, most: int) -> Document:
    """With the first `most` episodes and notes about what was left out; its counts stay whole."""
    return {
        **preview,
        "episodes": preview["episodes"][:most],
        "left_out": preview["left_out"][:most],
    }


def together(summaries: Iterable[Document]) -> Document:
    """The sums over several sources, and how many those are."""
    told = list(summaries)
    rows = [(verdict, amount) for one in told for verdict, amount in one["verdicts"].items()]
    by_verdict = {
        verdict: _sum([amount for name, amount in rows if name == verdict]) for verdict in VERDICTS
    }
    return {
        **_sum(told),
        "podcasts": len(told),
        "verdicts": {name: amount for name, amount in by_verdict.items() if amount["episodes"]},
    }


def _sum(amounts: Sequence[Document]) -> Document:
    names = ("episodes", "hours", "without_length")
    return {name: sum(amount[name] for amount in amounts) for name in names}


def storable(value: Any) -> Any:
    """Without the two kinds of character that PostgreSQL cannot keep: NUL and half a surrogate pair."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {storable(name): storable(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable(inner) for inner in value]
    return value


def _podcast(source: Source, podcast: Podcast | None) -> Document:
    feed = source.feed
    return {
        "title": feed.title,
        "guid": feed.guid,
        "author": feed.author,
        "link": feed.link,
        "language": feed.language,
        "medium": feed.medium,
        "source": source.location,
        "sha256": digest(source.body),
        "evidence": [*_seen(feed.observations), *_block(feed, level="channel")],
        "in_corpus": podcast.pk if podcast else None,
    }


def _summary(judged: Sequence[Judged], here: Mapping[str, Known], source: Source) -> Document:
    amounts = {
        verdict: _amount([one for one in judged if one.decision.verdict == verdict])
        for verdict in VERDICTS
    }
    stands = Counter(_stands(one, here.get(one.episode.guid)) for one in judged)
    return {
        **_amount(judged),
        "languages": [source.feed.language] if source.feed.language else [],
        "verdicts": {verdict: found for verdict, found in amounts.items() if found["episodes"]},
        "new": stands["new"],
        "changed": stands["changed"],
        "unchanged": stands["unchanged"],
        "left_out": len(set(source.left_out) - set(about(source.feed))),
    }


def _amount(judged: Sequence[Judged]) -> Document:
    """Episodes and their hours, as far as the source states how long each is."""
    stated = [one.episode.duration_s for one in judged if one.episode.duration_s]
    return {
        "episodes": len(judged),
        "hours": round(sum(stated) / 3600, 4),
        "without_length": len(judged) - len(stated),
    }


def _episode(one: Judged, feed: Feed, known: Known | None) -> Document:
    facts, block = one.episode, one.episode.block
    level = "channel" if block == feed.block else "item"
    return {
        "title": facts.title,
        "guid": facts.guid,
        "licence": one.decision.spdx,
        "verdict": one.decision.verdict,
        "reason": one.decision.reason,
        "rule": one.decision.rule,
        "evidence": [*_seen(one.observations), *_block(facts, level=level)],
        "hours": round(facts.duration_s / 3600, 4) if facts.duration_s else None,
        "published": facts.published.isoformat() if facts.published else None,
        "in_corpus": _in_corpus(known),
    }


def _in_corpus(known: Known | None) -> str | None:
    """How the episode stands here: `withdrawn`, or its verdict; None where it is new."""
    if known is None:
        return None
    return "withdrawn" if known.withdrawal else known.verdict


def _seen(observations: Iterable[Observation]) -> list[Document]:
    return [
        {"level": seen.level, "element": seen.element, "text": seen.text, "url": seen.url}
        for seen in observations
    ]


def _block(told: Any, *, level: str) -> list[Document]:
    """A block of a feed or an episode, as evidence."""
    block = told.block
    if block is None:
        return []
    element = f"{block.element} id={block.service}" if block.service else block.element
    return [{"level": level, "element": element, "text": block.text, "url": None}]


def _notes(source: Source, podcast: Podcast | None) -> list[str]:
    """What a person should know before saying yes, beyond licences."""
    feed = source.feed
    notes = about(feed)
    if podcast and podcast.source != source.location:
        notes.append(
            f"By its guid this is “{podcast.title}”, which is here already and read from {podcast.source}: a yes "
            "takes what this source says in its place. Anybody can write that guid into a feed, so make sure that "
            "it is theirs."
        )
    if podcast and podcast.flagged_at:
        notes.append(
            "The statement of this podcast changed and nobody has looked yet: new episodes of it wait for that, "
            "whatever their verdict here."
        )
    if podcast and Withdrawal.objects.standing().filter(podcast=podcast).exists():
        notes.append("This podcast was withdrawn: whatever enters of it stays out of use.")
    if feed.new_feed_url:
        notes.append(f"The feed says that it has moved to {feed.new_feed_url}: add that instead.")
    return notes


def _here(podcast: Podcast | None) -> dict[str, Known]:
    """Guid → the episode as it stands in the corpus."""
    if podcast is None:
        return {}
    needed = ("guid", "audio_url", "source_file", "licence__verdict", "licence__spdx", "withdrawal")
    return {row[0]: Known(*row) for row in podcast.episodes.values_list(*needed)}


def _stands(one: Judged, known: Known | None) -> str:
    """New, changed or unchanged, as an ingest would find it."""
    if known is None:
        return "new"
    if (known.verdict, known.spdx) != (one.decision.verdict, one.decision.spdx or ""):
        return "changed"
    has_moved = not known.source_file and known.audio_url != one.episode.enclosure_url
    return "changed" if has_moved else "unchanged"
