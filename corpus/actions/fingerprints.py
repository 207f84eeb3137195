"""What of an episode was heard before: its landmarks against those of all other episodes, and its own."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
from django.db import connection, transaction

from common import files
from corpus.actions import repeats, runs, twins
from corpus.core import fingerprints as core
from corpus.core import landmarks as sound
from corpus.core import segments
from corpus.core.fingerprints import Match, MatchRules
from corpus.core.landmarks import HOP, Landmarks
from corpus.core.segments import Segment
from corpus.engines import audio
from corpus.models import Episode, Landmark, Repeat, StageRun

COMMON = 100  # places of one number: what is found more often is hum or noise, and tells nothing
SAME = 0.8  # of what is heard in an episode recurs in another one: it is the same recording
AT_ONCE = 5000  # numbers looked up with one query


def fingerprint(*, run: StageRun, rules: MatchRules, at: datetime) -> None:
    """Write where the episode repeats earlier ones or itself, and keep its landmarks for later ones.

    One episode at a time, so that of two that share a sound one finds the other. What it repeats
    is not kept twice: an advert of a thousand episodes is looked up as one.
    """
    episode = runs.as_of(run)
    with files.store().local(episode.master_file) as master:
        marks = sound.landmarks(audio.read(master))
    with transaction.atomic():
        twins.lock("landmarks")
        Landmark.objects.filter(episode=episode).delete()
        Repeat.objects.filter(episode=episode).delete()
        found = _matches(episode, marks, rules)
        Repeat.objects.bulk_create(
            Repeat(
                episode=episode,
                run=run,
                start=match.start,
                end=match.end,
                of_id=match.of,
                of_start=match.of_start,
                score=match.score,
            )
            for match in found
        )
        counted = _counted(episode, found)
        _keep(episode, marks, counted)
        same = _same(episode, marks, counted)
        _settle(episode, same, at)
        repeated = segments.total(Segment(match.start, match.end) for match in found)
        result = {"landmarks": len(marks.frames), "repeats": len(found), "samples": repeated}
        runs.finish(run, at=at, result=result | ({"same_as": same} if same else {}))


def _matches(episode: Episode, marks: Landmarks, rules: MatchRules) -> list[Match]:
    """Repeats of other episodes and of its own."""
    own, here = core.within(marks, most=COMMON)
    hits = [(own, np.full(len(own), episode.pk, np.int64), here)]
    hits += _looked_up(episode, marks)
    found = core.matches(
        marks,
        own=np.concatenate([part[0] for part in hits]),
        other=np.concatenate([part[1] for part in hits]),
        at=np.concatenate([part[2] for part in hits]),
        rules=rules,
        me=episode.pk,
    )
    others = {of: _kept(of) for of in {match.of for match in found} - {episode.pk}}
    others[episode.pk] = marks
    ends = (core.followed(match, marks, others[match.of], rules) for match in found)
    return core.best(match for match in ends if match)


def _kept(episode: int) -> Landmarks:
    """The landmarks of another episode, as far as they were kept."""
    rows = Landmark.objects.filter(episode=episode).order_by("frame", "hash")
    numbers = np.array(rows.values_list("hash", "frame"), np.int32).reshape(-1, 2)
    return Landmarks(numbers[:, 0], numbers[:, 1])


def _looked_up(
    episode: Episode, marks: Landmarks
) -> Iterator[tuple[sound.Ints, sound.Longs, sound.Ints]]:
    """(own, other, at) of equal landmarks of other episodes; what is everywhere is nowhere."""
    order = np.argsort(marks.hashes, kind="stable").astype(np.int32)
    ordered = marks.hashes[order]
    numbers = np.unique(ordered)
    for start in range(0, len(numbers), AT_ONCE):
        wanted = numbers[start : start + AT_ONCE].tolist()
        with connection.cursor() as cursor:
            cursor.execute(LOOKUP, [wanted, COMMON, COMMON, episode.pk])
            rows = np.array(cursor.fetchall(), np.int64).reshape(-1, 3)
        first = np.searchsorted(ordered, rows[:, 0], "left")
        counts = np.searchsorted(ordered, rows[:, 0], "right") - first
        place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        own = order[np.repeat(first, counts) + place]
        yield own, np.repeat(rows[:, 1], counts), np.repeat(rows[:, 2], counts).astype(np.int32)


LOOKUP = """
    SELECT hash, episode_id, frame
    FROM unnest(%s::int[]) AS wanted(number)
    CROSS JOIN LATERAL (
        SELECT hash, episode_id, frame, count(*) OVER () AS places
        FROM (SELECT hash, episode_id, frame FROM corpus_landmark
              WHERE hash = wanted.number LIMIT %s + 1) AS first
    ) AS found
    WHERE places <= %s AND episode_id <> %s
"""


def _counted(episode: Episode, found: Sequence[Match]) -> list[Match]:
    """Repeats of what may be cut there, or was withdrawn.

    What the other episode's licence keeps to itself, this one may give: it is not sampled twice.
    """
    others = Episode.objects.filter(pk__in={match.of for match in found})
    mine = set(others.filter(repeats.COUNTS).values_list("pk", flat=True)) | {episode.pk}
    return [match for match in found if match.of in mine]


def _keep(episode: Episode, marks: Landmarks, heard: Sequence[Match]) -> None:
    """Write the landmarks of what was not heard before, by COPY."""
    fresh = np.ones(len(marks.frames), np.bool_)
    starts, ends = (frames.astype(np.int64) * HOP for frames in (marks.frames, marks.ends))
    for match in heard:
        fresh &= (starts < match.start - sound.WINDOW) | (ends > match.end)
    rows = zip(marks.hashes[fresh].tolist(), marks.frames[fresh].tolist(), strict=True)
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY corpus_landmark (hash, episode_id, frame) FROM STDIN") as copy,
    ):
        for number, frame in rows:
            copy.write_row((number, episode.pk, frame))


def _same(episode: Episode, marks: Landmarks, heard: Sequence[Match]) -> int | None:
    """The other episode that holds nearly all that is heard in this one, if one does.

    Of this one, not of the shorter: an episode that holds its own trailer is no copy of it.
    """
    shared = {
        of: segments.total(Segment(m.start, m.end) for m in heard if m.of == of)
        for of in sorted({match.of for match in heard} - {episode.pk})
    }
    best = max(shared, key=lambda of: shared[of], default=None)
    return best if best is not None and shared[best] >= SAME * marks.heard() else None


def _settle(episode: Episode, same: int | None, at: datetime) -> None:
    """Hang the episode on the one it is the same as, or take it off where it no longer is."""
    row = Episode.objects.filter(pk=episode.pk)
    row.filter(duplicate_by="fingerprint").update(duplicate_of=None, duplicate_by="")
    if same is not None:
        row.filter(duplicate_of=None).update(duplicate_of=same, duplicate_by="fingerprint")
    twins.settle(episode, at=at)
