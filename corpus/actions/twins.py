"""Which episodes are the same recording, by every rung of the ladder, and which of them is the original."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from common import files
from corpus.actions import disputes
from corpus.models import Clip, Episode, StageRun

STATED = (
    "address",
    "fingerprint",
)  # rungs that another step climbed; these two are seen in the files


def lock(name: str) -> None:
    """Wait until nobody else is at this step, up to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])


def settle(episode: Episode, *, at: datetime) -> None:
    """Say of the episode, and of those that are the same recording, which one is the original.

    The rung that told a copy goes with it. What was withdrawn, or erased in part, is the original of
    all its copies, and so bars them. Then comes what may be cut, so that a copy that was refused
    keeps no rightful one away, and what may once a dispute is settled; then what has been cut, as it
    may have been rated and released; then what is here already; then the first added.

    Where what they state contradicts each other, what may be cut becomes a question first.
    """
    lock("twins")
    left = Episode.objects.filter(duplicate_of=episode).exclude(duplicate_by__in=STATED)
    twins = _twins(episode)
    for other in left.exclude(pk__in=twins):  # as its file was before
        _settle(_twins(other) | {other.pk}, at, without=episode.pk)
    _settle(twins, at)


def _settle(twins: set[int], at: datetime, *, without: int | None = None) -> None:
    every = Episode.objects.filter(pk__in=twins - {without}).order_by("pk")
    rows = list(every.select_related("licence", "podcast"))
    disputes.ask(rows, at=at)
    cut = set(Clip.objects.current().filter(episode__in=twins).values_list("episode", flat=True))
    first, *others = sorted(rows, key=lambda row: _rank(row, cut))
    Episode.objects.filter(pk=first.pk).update(duplicate_of=None, duplicate_by="")
    for other in others:
        rung = _rung(other, [row for row in rows if row.pk != other.pk], first)
        Episode.objects.filter(pk=other.pk).update(duplicate_of=first, duplicate_by=rung)


def _rank(row: Episode, cut: set[int]) -> tuple[bool | int, ...]:
    may_be_cut = row.licence is not None and row.licence.may_be_cut
    may_later = row.licence is not None and row.licence.rule == disputes.DISPUTED
    is_whole = row.withdrawal_id is None, row.erased_at is None
    return *is_whole, not may_be_cut, not may_later, row.pk not in cut, not row.source_file, row.pk


def _rung(copy: Episode, others: Sequence[Episode], first: Episode) -> str:
    """How the copy was known: the first rung of the ladder that holds."""
    stated = copy.duplicate_by or first.duplicate_by  # of `first` where the two change places
    if stated == "address":
        return stated
    if copy.source_file and _digest(copy) in {_digest(row) for row in others}:
        return "bytes"
    if copy.master_file and copy.master_file in _masters(others):
        return "samples"
    return stated


def _digest(row: Episode) -> str:
    return files.digest_of(row.source_file) if row.source_file else ""


def _masters(rows: Collection[Episode] | QuerySet[Episode]) -> set[str]:
    """Their masters; of those that were silenced in part, also as they had been decoded."""
    erased = _decoded().filter(episode__in=[row.pk for row in rows if row.erased_at is not None])
    found = {row.master_file for row in rows}
    return {*found, *erased.values_list("result__fields__master_file", flat=True)} - {"", None}


def _decoded() -> QuerySet[StageRun]:
    """What made the masters of episodes that were erased, in part or whole."""
    return StageRun.objects.filter(stage="standardise", episode__erased_at__isnull=False)


def _twins(episode: Episode) -> set[int]:
    """Episodes of the same recording, this one too; copies by bytes have no master of their own."""
    twins: set[int] = set()
    found = {episode.pk}
    while found != twins:
        twins = found
        stated = Q(duplicate_by__in=STATED)
        same = Q(pk__in=twins) | Q(duplicate_of__in=twins) & stated
        rows = Episode.objects.filter(pk__in=twins).only("source_file", "master_file", "erased_at")
        same |= Q(pk__in=rows.filter(stated).values("duplicate_of"))
        for row in filter(_digest, rows):
            same |= Q(source_file__startswith=files.key_of(_digest(row), ""))
        if masters := _masters(rows):
            erased = _decoded().filter(result__fields__master_file__in=list(masters))
            same |= Q(master_file__in=masters) | Q(pk__in=erased.values("episode"))
        found = set(Episode.objects.filter(same).values_list("pk", flat=True))
    return twins
