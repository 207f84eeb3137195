"""Episodes that are found again under another name: the rung of the address."""

import hashlib
from collections.abc import Iterable, Sequence

from django.db.models import Q

from corpus.core import enclosures
from corpus.models import Episode, LicenceDecision

AT_ONCE = 1000
LONGEST_KEY = 2000  # bytes: what a database index has room for


def address_key(url: str) -> str:
    """What two addresses of one file have in common, short enough for an index."""
    key = enclosures.normalised(url)
    is_long = len(key.encode()) > LONGEST_KEY
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}" if is_long else key


def mark(episodes: Sequence[Episode]) -> list[Episode]:
    """Which of these new episodes lie at the address of another one; each then says of which.

    A copy of what may be cut or was withdrawn is one. What was refused or waits has none: it may be
    the copy itself, and the rightful one would be lost.
    """
    first = firsts(episode.address_key for episode in episodes)
    copies = [
        episode for episode in episodes if first.get(episode.address_key, episode.pk) != episode.pk
    ]
    for copy in copies:
        copy.duplicate_of_id, copy.duplicate_by = first[copy.address_key], "address"
    Episode.objects.bulk_update(copies, ["duplicate_of", "duplicate_by"], batch_size=AT_ONCE)
    return copies


def firsts(keys: Iterable[str], *, without: Iterable[int | None] = ()) -> dict[str, int]:
    """Address → the earliest episode there that counts."""
    every = sorted(set(keys) - {""})
    counts = Q(licence__verdict__in=LicenceDecision.MAY_BE_CUT) | Q(withdrawal__isnull=False)
    rows = Episode.objects.original().filter(counts).order_by("-number")
    rows = rows.exclude(pk__in={pk for pk in without if pk})
    found: dict[str, int] = {}
    for start in range(0, len(every), AT_ONCE):
        some = rows.filter(address_key__in=every[start : start + AT_ONCE])
        found |= dict(some.values_list("address_key", "pk"))
    return found
