"""Tombstones: which clips of which releases were withdrawn, and why, in public words."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC

from django.db.models import Count, QuerySet

from common import files
from corpus.actions import reaches
from corpus.core.releases import check_version
from corpus.core.tombstones import Tombstone
from corpus.models import Clip, Release, ReleaseItem, Withdrawal


def of(releases: Iterable[Release]) -> list[Tombstone]:
    """Every clip that these releases held and that is withdrawn today, in the order of names."""
    held: defaultdict[int, list[str]] = defaultdict(list)
    out = ReleaseItem.objects.filter(release__in=list(releases), clip__in=_withdrawn())
    for item in out.select_related("release").order_by("release__name", "release_id"):
        held[item.clip_id].append(str(item.release))
    return [
        Tombstone(
            clip=clip.name,
            sha256=files.digest_of(clip.file),
            releases=tuple(held[clip.pk]),
            withdrawn_on=by.withdrawn_at.astimezone(UTC).date(),
            reason_class=by.reason_class,
        )
        for clip, by in _taken(Clip.objects.filter(pk__in=list(held)))
    ]


def earlier(name: str, version: str) -> list[Release]:
    """Releases of this name with lower versions, lowest first; of a version that exists, as it was.

    So one that is built again finds what it found then, whatever was built in between.
    """
    numbers = check_version(version)
    line = list(Release.objects.filter(name=name, state=Release.State.BUILT))
    known = next((row.pk for row in line if row.version == version), None)
    found = [(check_version(row.version), row) for row in line if known is None or row.pk < known]
    return [row for lower, row in sorted(found, key=lambda pair: pair[0]) if lower < numbers]


def counts(releases: Sequence[Release]) -> dict[int, int]:
    """Release → how many of its clips were withdrawn since; none is not listed."""
    out = ReleaseItem.objects.filter(release__in=releases, clip__in=_withdrawn())
    return dict(out.order_by().values_list("release").annotate(n=Count("pk")))


def held(withdrawal: Withdrawal) -> dict[str, int]:
    """Release → how many clips of it this withdrawal takes out."""
    items = ReleaseItem.objects.filter(clip__in=reaches.clips(withdrawal).values("pk"))
    found = Counter(str(item.release) for item in items.select_related("release"))
    return dict(sorted(found.items()))


def _withdrawn() -> QuerySet[Clip]:
    return Clip.objects.withdrawn().values("pk")  # type: ignore[return-value]


def _taken(clips: QuerySet[Clip]) -> list[tuple[Clip, Withdrawal]]:
    rows = list(clips.with_withdrawal().order_by("name"))  # type: ignore[attr-defined]
    found = Withdrawal.objects.in_bulk([row.taken for row in rows])
    return [(row, found[row.taken]) for row in rows]
