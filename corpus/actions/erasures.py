"""What was withdrawn leaves the store for good: sound, words and outlines.

Killed anywhere, the next call goes on: what is to go is written into the ledger before the first file
is touched, and the rows are changed last. What stays on purpose: the rows themselves, with addresses,
hashes and fingerprints, and the embeddings of voices. They are the list by which a second upload, or
the same person in another episode, is known and kept out. Feed documents stay as proof of licences.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from common import claims, files
from corpus.actions import marks, reaches, release_files, remains, roads, runs, tombstones
from corpus.actions.remains import WHOLE, Item
from corpus.core.stages import Recipe
from corpus.engines import audio
from corpus.models import Clip, Episode, Erasure, Release, StageRun, Withdrawal

log = logging.getLogger(__name__)

STAGE = "erase"
RECIPE = Recipe("corpus.actions.erasures", "1", {})
AGAIN = timedelta(minutes=5)


class Lifted(Exception):
    """The withdrawal does not hold any more."""


class UnderWay(Exception):
    """Another process erases this, or still works on its audio; the sweep tries again."""


def erase(*, withdrawal: Withdrawal, at: datetime, by: Any = None, said_by: str = "") -> Erasure:
    """Remove its audio and words from the store and from release folders here; again is the same.

    Of a podcast or an episode everything goes; of a speaker or a span the clips, the source file, and
    these parts of the master, which fall silent: that episode is never worked on again (roads.ERASED).
    A file that another row needs stays, and the Erasure says so. Voices that were found to be a
    speaker's afterwards are out of every queue, and go when this is asked for once more: nobody is
    erased by a mistaken likeness alone. `erase_due` waits for the grace; this does not. Raises Lifted,
    UnderWay.
    """
    done = Erasure.objects.filter(withdrawal=withdrawal).first()
    if done is not None and not left(withdrawal).exists():
        return done
    run = _begin(withdrawal, at=at, again=done is not None)
    try:
        with claims.held(StageRun.objects.all(), pk=run.pk, claim=run.claim):
            _wait_for_others(withdrawal, at=at)
            copies = list(remains.copies(withdrawal).values_list("pk", flat=True))
            masters = _silence(withdrawal)
            items = _planned(run, remains.plan(withdrawal, masters))
            _put_in_place(masters)
            items = [_remove(item) for item in items]
            _clear_releases(withdrawal, items)
            who = {"by": by, "said_by": said_by}
            return _settle(run, withdrawal, items, copies, who, at=at)
    except Exception as error:
        StageRun.objects.give_back(
            pk=run.pk, claim=run.claim, retry_at=at + AGAIN, error=str(error), attempts=0
        )
        raise


def erase_due(*, at: datetime, by: Any = None, said_by: str = "") -> list[Erasure]:
    """Erase whatever had its time of grace; what cannot go now is tried again with the next call."""
    done = []
    for row in Withdrawal.objects.to_erase(now=at).order_by("erase_after", "pk"):
        try:
            done.append(erase(withdrawal=row, at=at, by=by, said_by=said_by))
        except UnderWay as error:
            log.info("Withdrawal %s waits: %s", row.pk, error)
        except Exception:
            log.exception("Withdrawal %s could not be erased; it is tried again", row.pk)
    for copy in remains.late_copies():
        erase_copy(episode=copy, at=at)
    return done


def erase_copy(*, episode: Episode, at: datetime) -> None:
    """Remove what was fetched of a recording that had been erased; the row stays, and stays barred."""
    held = StageRun.objects.open().filter(episode=episode, claimed_at__gte=at - claims.LEASE)
    if held.exists():
        return
    items = [_remove(item) for item in remains.of_copy(episode)]
    with transaction.atomic():
        Episode.objects.filter(pk=episode.pk).update(erased_at=at)
        runs.record(
            stage=STAGE,
            subject=runs.subject(episode),
            recipe=RECIPE,
            inputs=[],
            result={"files": [item.written() for item in items]},
            at=at,
        )


def left(withdrawal: Withdrawal) -> QuerySet[Clip]:
    """Clips that it takes out and whose audio is still here."""
    return reaches.clips(withdrawal).filter(erased_at=None)


def has_begun(withdrawal: Withdrawal) -> bool:
    """Whether some of its audio may be gone."""
    begun = StageRun.objects.filter(stage=STAGE, subject=_subject(withdrawal))
    return begun.exists() or Erasure.objects.filter(withdrawal=withdrawal).exists()


def under_way(*, at: datetime) -> QuerySet[StageRun]:
    """Erasures in somebody's hands: one at a time, as two may write the master of one episode.

    Meanwhile nobody may find a withdrawn speaker anywhere else, see `speakers.identify`.
    """
    return StageRun.objects.open().filter(stage=STAGE, claimed_at__gte=at - claims.LEASE)


@transaction.atomic
def _begin(withdrawal: Withdrawal, *, at: datetime, again: bool) -> StageRun:
    """The claim; from here on nothing brings it back, and nobody begins to work on its episodes."""
    marks.alone()
    if not Withdrawal.objects.standing().filter(pk=withdrawal.pk).exists():
        raise Lifted(f"Withdrawal {withdrawal.pk} was lifted: nothing is erased.")
    if under_way(at=at).exclude(subject=_subject(withdrawal)).exists():
        raise UnderWay("Another withdrawal is being erased just now: this one goes after it.")
    claimed = _claim(_subject(withdrawal), at=at, again=again)
    if claimed is None:
        raise UnderWay(f"Another process erases withdrawal {withdrawal.pk} just now.")
    touched = reaches.episodes(withdrawal)
    open_runs = StageRun.objects.open().filter(episode__in=touched.values("pk"))
    silent = open_runs.filter(claimed_at__lt=at - claims.LEASE)
    silent.update(claim=None, claimed_at=None)  # who wakes up later writes nothing any more
    keys = list(open_runs.filter(claimed_at=None).values_list("pk", flat=True))
    Episode.objects.filter(pk__in=touched.values("pk")).update(
        erased_at=Coalesce(F("erased_at"), at)
    )
    reason = roads.WITHDRAWN if withdrawal.kind in WHOLE else roads.ERASED
    runs.set_aside(keys, reason=reason, at=at)
    return claimed


def _claim(subject: str, *, at: datetime, again: bool) -> StageRun | None:
    """The round that is open, else the next one; None where another process has it."""
    rounds = StageRun.objects.filter(stage=STAGE, subject=subject)
    run = rounds.open().first() or runs.schedule(
        stage=STAGE,
        subject=subject,
        recipe=RECIPE,
        inputs=[f"round {rounds.done().count() + 1}"] if again else [],
        at=at,
    )
    waiting = StageRun.objects.filter(pk=run.pk)
    waiting.failed().update(**runs.AFRESH)
    waiting.update(retry_at=None)
    return StageRun.objects.claim(pk=run.pk, now=at)


def _subject(withdrawal: Withdrawal) -> str:
    return f"withdrawal:{withdrawal.pk}"


def _wait_for_others(withdrawal: Withdrawal, *, at: datetime) -> None:
    """Raises UnderWay while a stage that began before could still write what is to go."""
    own = reaches.episodes(withdrawal).values("pk")
    held = StageRun.objects.open().filter(episode__in=own, claimed_at__gte=at - claims.LEASE)
    if names := sorted(held.values_list("stage", flat=True)):
        raise UnderWay(
            f"A worker still has its audio in hand ({', '.join(names)}): it is erased when that ended."
        )


def _silence(withdrawal: Withdrawal) -> dict[int, str]:
    """Episode → key of a master without the withdrawn parts; done again, it is the same file."""
    made: dict[int, str] = {}
    for episode in reaches.episodes(withdrawal).exclude(master_file=""):
        if withdrawal.kind in WHOLE or not files.store().exists(episode.master_file):
            continue
        with files.store().local(episode.master_file) as master:
            samples = audio.read(master)
        for part in remains.spans(withdrawal, episode):
            samples[part.start : part.end] = 0
        with files.scratch() as folder:
            audio.write_flac(folder / "master.flac", samples)
            made[episode.pk] = files.store().put(folder / "master.flac", suffix=".flac")
    return made


def _planned(run: StageRun, found: list[Item]) -> list[Item]:
    """The files that are to go, on record; of those that a broken-off call removed, the size of then."""
    before = {entry["path"]: Item.read(entry) for entry in run.result.get("files", [])}
    plan = {item.path: item for item in found}
    for path, item in before.items():
        if path not in plan or plan[path].state == "gone":
            plan[path] = item
    items = list(plan.values())
    StageRun.objects.filter(pk=run.pk).update(result={"files": [item.written() for item in items]})
    return items


def _put_in_place(masters: Mapping[int, str]) -> None:
    for episode, key in masters.items():
        Episode.objects.filter(pk=episode).update(master_file=key)


def _remove(item: Item) -> Item:
    if item.state != "found":
        return item
    if item.where == "store":
        files.store().delete(item.path)
    elif item.where == "disk":
        Path(item.path).unlink(missing_ok=True)
    return replace(item, state="removed")


def _clear_releases(withdrawal: Withdrawal, items: list[Item]) -> None:
    """Folders of releases lose the files of these clips, and say so."""
    own = set(reaches.clips(withdrawal).values_list("name", flat=True))
    paths = [Path(item.path) for item in items if item.where == "release"]
    for release in Release.objects.exclude(folder=""):
        folder = Path(release.folder)
        if any(path.is_relative_to(folder) for path in paths) and release_files.is_ours(release):
            stones = [stone for stone in tombstones.of([release]) if stone.clip in own]
            release_files.take_out(release, stones)


@transaction.atomic
def _settle(
    run: StageRun,
    withdrawal: Withdrawal,
    items: list[Item],
    copies: list[int],
    who: dict[str, Any],
    *,
    at: datetime,
) -> Erasure:
    """The rows, last of all: what is blank now was heard or read before."""
    written: Any = [item.written() for item in items]
    n_bytes = sum(item.bytes for item in items if item.state == "removed")
    gone = list(left(withdrawal).values_list("pk", flat=True))
    Clip.objects.filter(pk__in=gone).update(erased_at=at, text="", peaks=[])
    for episode in reaches.episodes(withdrawal):
        remains.words(withdrawal, episode).update(text="")
    Episode.objects.filter(pk__in=copies, erased_at=None).update(erased_at=at)
    erasure, _ = Erasure.objects.get_or_create(
        withdrawal=withdrawal,
        defaults={"at": at, **who, "files": written, "n_bytes": n_bytes},
    )
    runs.finish(run, at=at, result={"clips": len(gone), "bytes": n_bytes, "files": written})
    return erasure
