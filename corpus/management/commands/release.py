"""`release`: build a version of the corpus, verify a folder, list what there is."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.module_loading import import_string

from common.commands import Command as Base
from common.commands import refuse
from common.files import Missing, StorageFull
from corpus.actions import release_files, releases, tombstones
from corpus.actions.release_content import (
    MixedRatings,
    NothingToRelease,
    NotIdentified,
    Wish,
    WithdrawnMeanwhile,
)
from corpus.actions.release_rows import Untraced
from corpus.core import units
from corpus.core.formats.attribution import Unattributed
from corpus.core.formats.base import Inconsistent
from corpus.core.releases import NotAVersion
from corpus.models import Release

REFUSALS = (
    releases.NotAName,
    NotAVersion,
    NothingToRelease,
    NotIdentified,
    MixedRatings,
    WithdrawnMeanwhile,
    Untraced,
    Inconsistent,
    Unattributed,
    releases.VersionTaken,
    Missing,
    StorageFull,
    OSError,
)


class Command(Base):
    takes_json = False
    help = "Build a release NAME VERSION, verify a release's folder, or list the releases."

    def declare(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        build = verbs.add_parser("build", help="write the release's folder")
        build.add_argument("name", help="letters, digits, dots, hyphens: my-corpus")
        build.add_argument("version", help="semantic: 1.0.0")
        build.add_argument(
            "--campaign",
            action="append",
            default=[],
            help="only its labels; may repeat (default: all that people rated, or else all simulated)",
        )
        build.add_argument("--min-ratings", type=int, help="per clip; default: the campaigns' own")
        build.add_argument("--non-commercial", action="store_true", help="take NC clips in as well")
        build.add_argument(
            "--podcast-disjoint", action="store_true", help="no podcast on two sides of the split"
        )
        build.add_argument("--out", type=Path, help="folder to put it in (default: releases/)")
        verify = verbs.add_parser("verify", help="check a folder against its SHA256SUMS")
        verify.add_argument("folder", type=Path, help="of a release, on this disk")
        listing = verbs.add_parser("list", help="the releases")
        for verb in (build, verify, listing):
            verb.add_argument("--json", action="store_true", help="print one JSON document instead")

    def handle(self, *args: Any, **options: Any) -> None:
        {"build": self._build, "verify": self._verify, "list": self._list}[options["verb"]](options)

    def _build(self, options: dict[str, Any]) -> None:
        if options["min_ratings"] is not None and options["min_ratings"] < 1:
            raise refuse("--min-ratings must be at least 1.")
        wish = Wish(
            campaigns=tuple(sorted(options["campaign"])),
            min_ratings=options["min_ratings"],
            non_commercial=options["non_commercial"],
            podcast_disjoint=options["podcast_disjoint"],
        )
        root = (options["out"] or Path(settings.RELEASES_DIR)).resolve()
        try:
            release, is_new = releases.build(
                name=options["name"],
                version=options["version"],
                wish=wish,
                table=import_string(settings.RELEASE_TABLES[0])(),
                root=root,
                by=None,
                at=timezone.now(),
            )
        except REFUSALS as error:
            raise refuse(str(error)) from error
        folder = root / f"{release.name}-{release.version}"
        document = {**_facts(release), "folder": str(folder), "new": is_new}
        self.answer(
            options=options, document=document, lines=_lines(release, folder, is_new=is_new)
        )

    def _verify(self, options: dict[str, Any]) -> None:
        problems = releases.verify(options["folder"])
        gone = 0 if problems else len(release_files.withdrawn(options["folder"]))
        sentence = f"{options['folder']}: every file is as it was released."
        if gone:
            sentence += (
                f" {units.counted(gone, 'file')} {'was' if gone == 1 else 'were'} withdrawn since, "
                "and left it; WITHDRAWN.csv says more."
            )
        document = {"problems": problems, "withdrawn": gone}
        self.answer(options=options, document=document, lines=problems or [sentence])
        if problems:
            raise SystemExit(1)

    def _list(self, options: dict[str, Any]) -> None:
        found = list(Release.objects.order_by("name", "built_at"))
        gone = tombstones.counts(found)
        rows = [{**_facts(row), "withdrawn_since": gone.get(row.pk, 0)} for row in found]
        lines = [
            f"{row['name']} {row['version']}: {units.counted(row['report']['clips'], 'clip')}"
            + (f", {row['withdrawn_since']} withdrawn since" if row["withdrawn_since"] else "")
            for row in rows
        ]
        self.answer(
            options=options, document=rows, lines=lines or ["No release has been built yet."]
        )


def _facts(release: Release) -> dict[str, Any]:
    return {
        "name": release.name,
        "version": release.version,
        "digest": release.digest,
        "folder": release.folder,
        "report": release.report,
    }


def _lines(release: Release, folder: Path, *, is_new: bool) -> list[str]:
    report = release.report
    lines = [
        f"{release}: {units.counted(report['clips'], 'clip')}, {report['seconds']:.1f} s, "
        f"{units.counted(report['ratings'], 'rating')}"
        + ("" if is_new else " (built before, and still the same)")
    ]
    if report["simulated_ratings"]:
        lines.append(
            f"  SIMULATED, and marked as such: {units.counted(report['simulated_ratings'], 'rating')}."
        )
    lines += [
        f"  {side['name']:12} {units.counted(side['clips'], 'clip')}, {side['seconds']:.1f} s"
        for side in report["partitions"]
    ]
    lines += [f"  {sentence}" for sentence in report.get("changes", [])]
    lines += [f"  – {sentence}" for sentence in report["warnings"] + report["left_out"]]
    lines.append(f"  sha256 of SHA256SUMS: {release.digest}")
    return [*lines, f"  {folder}"]
