"""Which of these clips a rater should hear next, and why: a pure ranking, no criterion, no score."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

WINDOW: Final = 5  # clips in a row, the next one included …
AT_MOST = 2  # … of which so many may share a speaker or a podcast

FITS: Final = "next in this rater's own order"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A clip this rater could hear; the speaker is None where nobody was identified."""

    clip_id: int
    speaker_id: int | None
    podcast_id: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate in its place; one that breaks the spacing is a last resort, and says why."""

    candidate: Candidate
    spaced: bool
    reason: str


def order_key(clip_id: int, rater_id: int) -> str:
    """A rater's own random order, the same for ever: the md5 of "clip:rater" as 32 hex digits.

    PostgreSQL gives the same from md5(clip_id || ':' || rater_id), so either side may sort.
    """
    name = f"{clip_id}:{rater_id}".encode()
    return hashlib.md5(name, usedforsecurity=False).hexdigest()


def rank(
    candidates: Iterable[Candidate],
    recent: Sequence[Candidate],
    *,
    rater_id: int,
    own_speakers: frozenset[int] = frozenset(),
    limit: int = 20,
) -> tuple[Ranked, ...]:
    """At most `limit` candidates to try in this order: those that keep the spacing come first.

    `recent` is what the rater heard or holds, oldest first; clips with one of `own_speakers` never
    come. Where nothing keeps the spacing the rater still gets work, hence the last resorts.
    """
    allowed = (c for c in candidates if c.speaker_id is None or c.speaker_id not in own_speakers)
    ordered = sorted(allowed, key=lambda c: (order_key(c.clip_id, rater_id), c.clip_id))
    judged = [_judge(candidate, recent) for candidate in ordered]
    return tuple(sorted(judged, key=lambda ranked: not ranked.spaced)[:limit])


def _judge(candidate: Candidate, recent: Sequence[Candidate]) -> Ranked:
    crowding = crowds(candidate, recent)
    return Ranked(candidate, crowding is None, crowding or FITS)


def crowds(candidate: Candidate, recent: Sequence[Candidate]) -> str | None:
    """Why this clip would come too soon after its like; None where it would not."""
    window = recent[-(WINDOW - 1) :]
    speakers = sum(candidate.speaker_id == heard.speaker_id for heard in window)
    if candidate.speaker_id is not None and speakers >= AT_MOST:
        return f"{speakers} of the last {len(window)} clips have the same speaker"
    podcasts = sum(candidate.podcast_id == heard.podcast_id for heard in window)
    if podcasts >= AT_MOST:
        return f"{podcasts} of the last {len(window)} clips are from the same podcast"
    return None
