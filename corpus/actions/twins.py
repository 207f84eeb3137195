"""Which episodes are the same recording, by every rung of the ladder, and which of them is the original."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import Q

from common import files
from corpus.models import Clip, Episode

STATED = (
    "address",
    "fingerprint",
)  # rungs that another step climbed; these two are seen in the files


def lock(name: str) -> None:
    """Wait until nobody else is at this step, up to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])


def settle(episode: Episode) -> None:
    """Say of the episode, and of those that are the same recording, which one is the original.

    The rung that told a copy goes with it. What was withdrawn is the original of all its copies, and
    so bars them. Then comes what may be cut, so that a copy that was refused keeps no rightful one
    away; then what has been cut, as it may have been rated and released; then the first added.
    """
    lock("twins")
    left = Episode.objects.filter(duplicate_of=episode).exclude(duplicate_by__in=STATED)
    twins = _twins(episode)
    for other in left.exclude(pk__in=twins):  # as its file was before
        _settle(_twins(other) | {other.pk}, without=episode.pk)
    _settle(twins)


def _settle(twins: set[int], *, without: int | None = None) -> None:
    rows = list(Episode.objects.filter(pk__in=twins - {without}).select_related("licence"))
    cut = set(Clip.objects.current().filter(episode__in=twins).values_list("episode", flat=True))
    first, *others = sorted(rows, key=lambda row: _rank(row, cut))
    Episode.objects.filter(pk=first.pk).update(duplicate_of=None, duplicate_by="")
    for other in others:
        rung = _rung(other, [row for row in rows if row.pk != other.pk], first)
        Episode.objects.filter(pk=other.pk).update(duplicate_of=first, duplicate_by=rung)


def _rank(row: Episode, cut: set[int]) -> tuple[bool, bool, bool, int]:
    may_be_cut = row.licence is not None and row.licence.verdict in row.licence.MAY_BE_CUT
    return row.withdrawal_id is None, not may_be_cut, row.pk not in cut, row.pk


def _rung(copy: Episode, others: Sequence[Episode], first: Episode) -> str:
    """How the copy was known: the first rung of the ladder that holds."""
    stated = copy.duplicate_by or first.duplicate_by  # of `first` where the two change places
    if stated == "address":
        return stated
    if copy.source_file and _digest(copy) in {_digest(row) for row in others}:
        return "bytes"
    if copy.master_file and copy.master_file in {row.master_file for row in others}:
        return "samples"
    return stated


def _digest(row: Episode) -> str:
    return files.digest_of(row.source_file) if row.source_file else ""


def _twins(episode: Episode) -> set[int]:
    """Episodes of the same recording, this one too; copies by bytes have no master of their own."""
    twins: set[int] = set()
    found = {episode.pk}
    while found != twins:
        twins = found
        stated = Q(duplicate_by__in=STATED)
        same = Q(pk__in=twins) | Q(duplicate_of__in=twins) & stated
        rows = Episode.objects.filter(pk__in=twins)
        same |= Q(pk__in=rows.filter(stated).values("duplicate_of"))
        for source, master in rows.values_list("source_file", "master_file"):
            if source:
                same |= Q(source_file__startswith=files.key_of(files.digest_of(source), ""))
            if master:
                same |= Q(master_file=master)
        found = set(Episode.objects.filter(same).values_list("pk", flat=True))
    return twins
