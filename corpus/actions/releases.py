"""A release is built aside, checked, and appears under its name only when it is whole."""

import hashlib
import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from common import files
from corpus.actions import marks, release_files, release_rows, runs, tombstones
from corpus.actions import release_content as contents
from corpus.actions.release_content import Chosen, Since, Wish, WithdrawnMeanwhile
from corpus.core import releases as core
from corpus.core.formats import FORMATS, base, checksums
from corpus.core.formats.tombstones import WITHDRAWN
from corpus.core.partitions import Draw
from corpus.core.releases import ReleaseClip, ReleaseFacts
from corpus.core.stages import Recipe
from corpus.models import Clip, Release, ReleaseItem

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


class NotAName(Exception):
    """A release's name becomes the name of a folder."""


class VersionTaken(Exception):
    """This version was built with other content; a release never changes."""


def build(
    *,
    name: str,
    version: str,
    wish: Wish,
    table: core.ReleaseTable,
    root: Path,
    by: Any,
    at: datetime,
) -> tuple[Release, bool]:
    """The release in root/name-version, and whether it is new; the same state gives the same bytes.

    Raises NotAName, NotAVersion, NothingToRelease, NotIdentified, MixedRatings, Untraced,
    VersionTaken, WithdrawnMeanwhile, StorageFull.
    """
    if not NAME.fullmatch(name):
        raise NotAName(
            f"{name!r} cannot name a release: letters, digits, dots, hyphens, at most 60."
        )
    core.check_version(version)
    with _alone(f"{name}-{version}"):
        with _one_moment():
            chosen = contents.choose(wish=wish, table=table)
            drawn = contents.draw(chosen, wish)
            rows = release_rows.rows(chosen, drawn.partitions)
            before = contents.since(name, version, chosen, drawn.partitions)
        facts = contents.facts(name, version, wish, chosen, drawn.warnings, before=before)
        folder = root / f"{name}-{version}"
        try:
            digest = _put_in_place(folder, facts, rows, chosen.clips)
            return _settle(name, version, folder, digest, at, wish, chosen, drawn, before, by)
        except WithdrawnMeanwhile:
            _take_away(name, version, folder)
            raise
        except files.Missing:
            _refuse_withdrawn(name, version, chosen)  # erased meanwhile, rather than lost
            raise


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """One build of a version at a time, whichever process it runs in; the next one waits."""
    number = int(hashlib.sha256(f"release {name}".encode()).hexdigest()[:15], 16)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [number])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


@contextmanager
def _one_moment() -> Iterator[None]:
    """All that is read inside is of the same moment, whatever raters answer meanwhile."""
    is_outermost = not connection.in_atomic_block  # else the caller has settled the level
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _put_in_place(
    folder: Path, facts: ReleaseFacts, rows: Sequence[ReleaseClip], clips: Sequence[Clip]
) -> str:
    """Write aside and rename; the digest. A folder that is whole already stays as it is."""
    for left in folder.parent.glob(f".{folder.name}.{'[0-9a-f]' * 32}.new"):
        shutil.rmtree(left, ignore_errors=True)  # of a build that was killed: we are alone
    new = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}.new")
    try:
        with files.telling_when_full(folder.parent):
            digest = _write(new, facts, rows, clips)
        _refuse_other_content(facts.name, facts.version, digest)
        if not folder.exists():
            new.rename(folder)
        elif verify(folder) or checksums.digest((folder / "SHA256SUMS").read_bytes()) != digest:
            _replace(folder, new)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return digest


def verify(folder: Path) -> list[str]:
    """What is wrong with a release folder, against its own SHA256SUMS; empty if nothing is.

    Files that left it with withdrawn clips, as WITHDRAWN.csv says, are not missed.
    """
    sums = folder / checksums.PATH
    if not sums.is_file():
        return [f"{sums} is missing."]
    try:
        listed = checksums.read(sums.read_bytes())
    except ValueError as error:
        return [f"{sums} is damaged: {error}."]
    try:
        gone = release_files.withdrawn(folder)
    except ValueError as error:
        return [f"{folder / WITHDRAWN} is damaged: {error}."]
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    own = {checksums.PATH, WITHDRAWN}
    problems = [f"{path} is not listed." for path in sorted(there - set(listed) - own)]
    for path, digest in listed.items():
        if path not in there:
            problems += [f"{path} is missing."] * (gone.get(path) != digest)
        elif path in gone:
            problems.append(f"{path} was withdrawn, and is still there: `withdraw erase --due`.")
        elif files.sha256(folder / path) != digest:
            problems.append(f"{path} has changed.")
    return problems


def _write(
    folder: Path, facts: ReleaseFacts, rows: Sequence[ReleaseClip], clips: Sequence[Clip]
) -> str:
    """All files of the release; the digest is that of SHA256SUMS."""
    digests: dict[str, str] = {}
    for path, content in base.write(FORMATS, facts, rows):
        _put(folder / path, content)
        digests[path] = checksums.digest(content)
    for clip in clips:
        path = f"Audios/{clip.name}.flac"
        with files.store().open(clip.file) as audio:
            content = audio.read()
        if checksums.digest(content) != files.digest_of(clip.file):
            raise files.Missing(f"{clip.file} is damaged: restore it from a backup")
        _put(folder / path, content)
        digests[path] = checksums.digest(content)
    sums = checksums.text(digests)
    _put(folder / "SHA256SUMS", sums)
    return checksums.digest(sums)


def _refuse_other_content(name: str, version: str, digest: str) -> Release | None:
    """The release of this version, if there is one: with this content, or VersionTaken."""
    known = Release.objects.filter(name=name, version=version).first()
    if known is not None and known.digest != digest:
        raise VersionTaken(
            f"{name} {version} exists with other content, and a release never changes: "
            "give the next version."
        )
    return known


def _replace(folder: Path, new: Path) -> None:
    """A damaged or half-made folder makes way for the whole one."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old)


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@transaction.atomic
def _settle(  # noqa: PLR0917
    name: str,
    version: str,
    folder: Path,
    digest: str,
    at: datetime,
    wish: Wish,
    chosen: Chosen,
    drawn: Draw[str],
    before: Since,
    by: Any,
) -> tuple[Release, bool]:
    """The row of this version: made once, found again when the content is the same."""
    marks.alone()  # what is withdrawn from here on finds the release
    _refuse_withdrawn(name, version, chosen)
    known = _refuse_other_content(name, version, digest)
    if known is not None:
        return known, False
    release = Release.objects.create(
        name=name,
        version=version,
        state=Release.State.BUILT,
        parameters=contents.stored(wish),
        folder=str(folder),
        digest=digest,
        report=_report(chosen, drawn, before),
        created_at=at,
        created_by=by,
        built_at=at,
    )
    ReleaseItem.objects.bulk_create(
        ReleaseItem(release=release, clip=clip, partition=drawn.partitions[clip.name])
        for clip in chosen.clips
    )
    runs.record(
        stage="release",
        subject=f"release:{release.pk}",
        recipe=Recipe("corpus.actions.releases", "1", contents.stored(wish)),
        inputs=[digest],
        result={"clips": len(chosen.clips)},
        at=at,
    )
    return release, True


def _refuse_withdrawn(name: str, version: str, chosen: Chosen) -> None:
    """Raises WithdrawnMeanwhile where a clip was taken back after the choice."""
    own = Clip.objects.filter(pk__in=[clip.pk for clip in chosen.clips])
    if gone := own.withdrawn().count():
        raise WithdrawnMeanwhile(
            f"{gone} of its clips were withdrawn while {name} {version} was built. Nothing was "
            "released: build it again."
        )


def _take_away(name: str, version: str, folder: Path) -> None:
    """What must not be released goes; a version that was out already keeps the rest of its folder."""
    known = Release.objects.filter(name=name, version=version).first()
    if known is None:
        shutil.rmtree(folder, ignore_errors=True)
    elif erased := set(
        known.items.exclude(clip__erased_at=None).values_list("clip__name", flat=True)
    ):
        stones = tombstones.of([known])
        release_files.take_out(known, [stone for stone in stones if stone.clip in erased])


def _report(chosen: Chosen, drawn: Draw[str], before: Since) -> dict[str, Any]:
    ratings = [row for clip in chosen.clips for row in chosen.labels[clip.pk].ratings]
    return {
        "clips": len(chosen.clips),
        "seconds": round(sum(clip.seconds for clip in chosen.clips), 3),
        "ratings": len(ratings),
        "simulated_ratings": sum(row.simulated for row in ratings),
        "partitions": [
            {"name": side.name, "clips": side.clips, "seconds": round(side.seconds, 3)}
            for side in drawn.report
        ],
        "warnings": list(drawn.warnings),
        "left_out": chosen.left_out,
        "previous": before.version,
        "changes": list(before.changes),
        "tombstones": len(before.tombstones),
    }
