"""`ratings`: in and out, as CSV."""

import csv
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction
from django.utils import timezone

from annotation.actions import agreement, campaigns, consensus, exports, imports
from annotation.actions.imports import NotRatings, Origin, Report
from annotation.models import Campaign
from common.commands import Command as Base
from common.commands import refuse
from corpus.core import units

FALLBACK = "imported"  # where a file and its rows name no campaign
Row = tuple[int, dict[str, str]]


class Command(Base):
    takes_json = False
    help = (
        "Import or export ratings as CSV: clip, rater, primary, secondary, valence, arousal, "
        "dominance, distribution, rated_at, campaign. Several labels in a cell are separated by semicolons."
    )

    def declare(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        take = verbs.add_parser("import", help="take ratings in; the same file again adds nothing")
        take.add_argument("file", help="CSV file with a header line, or - for standard input")
        take.add_argument(
            "--campaign",
            default="",
            help="made if there is none of this name; default: the one that the row names, "
            f"or {FALLBACK}",
        )
        take.add_argument(
            "--protocol",
            default="",
            help="of a campaign made now; default: what the file's columns hold",
        )
        take.add_argument(
            "--need", type=int, help="ratings per clip; default: the fewest that a clip has"
        )
        take.add_argument(
            "--simulated", action="store_true", help="the raters are programs; marked so for ever"
        )
        give = verbs.add_parser("export", help="write the current ratings")
        give.add_argument("file", nargs="?", default="-", help="CSV file; - is standard output")
        give.add_argument("--campaign", action="append", default=[], help="only of it; may repeat")
        for verb in (take, give):
            verb.add_argument("--json", action="store_true", help="print one JSON document instead")

    def handle(self, *args: Any, **options: Any) -> None:
        {"import": self._import, "export": self._export}[options["verb"]](options)

    def _import(self, options: dict[str, Any]) -> None:
        if options["need"] is not None and options["need"] < 1:
            raise refuse("--need must be at least 1.")
        text = _read(options["file"])
        now = timezone.now()
        try:
            parts = _by_campaign(imports.read(text), options["campaign"])
            with transaction.atomic():
                targets = [(*self._campaign(options, *part), part[1]) for part in parts.items()]
        except (NotRatings, campaigns.UnknownProtocol, campaigns.Unfit) as error:
            raise refuse(str(error)) from error
        reports = {}
        for campaign, made, rows in targets:
            follows = made or imports.follows_its_ratings(campaign)
            origin = Origin(campaign, options["file"], options["simulated"], now)
            report = imports.take(origin=origin, rows=self._shown(rows))
            if made and not report.added:
                campaign.delete()
            else:
                self._settle(campaign, options["need"] or (follows and imports.need_of(campaign)))
            reports[campaign.name] = report
        self._tell(options, reports)

    def _tell(self, options: dict[str, Any], reports: dict[str, Report]) -> None:
        whole = Report(
            added=sum(report.added for report in reports.values()),
            known=sum(report.known for report in reports.values()),
            refused=sorted(line for report in reports.values() for line in report.refused),
        )
        self.answer(options=options, document=_document(whole), lines=_lines(reports, whole))
        if whole.refused:
            raise SystemExit(1 if not (whole.added or whole.known) else 3)

    def _settle(self, campaign: Campaign, need: int) -> None:
        if need:
            imports.settle(campaign=campaign, need=need)
        consensus.recompute_stale(at=timezone.now(), campaign=campaign)
        agreement.measure(campaign=campaign, at=timezone.now())

    def _shown(self, rows: list[Any]) -> Any:
        with self.progress(total=len(rows), what="ratings") as bar:
            for row in rows:
                yield row
                bar.update()

    def _campaign(self, options: dict[str, Any], to: str, rows: list[Any]) -> tuple[Campaign, bool]:
        known = Campaign.objects.filter(name=to).first()
        if known is not None:
            return known, False
        name = options["protocol"] or imports.protocol_for(row for _, row in rows)
        made = campaigns.create(
            name=to,
            title=to,
            protocol=campaigns.preset(name),
            need=options["need"] or 1,
            by=None,
            at=timezone.now(),
        )
        return made, True

    def _export(self, options: dict[str, Any]) -> None:
        if missing := set(options["campaign"]) - set(
            Campaign.objects.values_list("name", flat=True)
        ):
            raise refuse(f"There is no campaign {', '.join(sorted(missing))}.")
        rows = list(exports.rows(options["campaign"]))
        if options["json"]:
            self.answer(options=options, document=rows, lines=())
            return
        if options["file"] == "-":
            _write(rows, self.stdout)
            return
        try:
            with Path(options["file"]).open("w", encoding="utf-8", newline="") as file:
                _write(rows, file)
        except OSError as error:
            raise refuse(f"{options['file']} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{units.counted(len(rows), 'rating')} written to {options['file']}.")


def _by_campaign(rows: Iterable[Row], given: str) -> dict[str, list[Row]]:
    """The rows of each campaign: the one given, else the one that a row names."""
    parts: dict[str, list[Row]] = {}
    for row in rows:
        parts.setdefault(given or row[1].get("campaign") or FALLBACK, []).append(row)
    return parts


def _read(name: str) -> str:
    if name == "-":
        return sys.stdin.read()
    path = Path(name)
    if not path.is_file():
        raise refuse(f"{name} is no file.")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse(f"{name} is not UTF-8 text (byte {error.start}): save it as UTF-8.") from error


def _write(rows: list[dict[str, object]], file: Any) -> None:
    writer = csv.DictWriter(file, fieldnames=exports.COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _document(report: Report) -> dict[str, Any]:
    return {
        "added": report.added,
        "known": report.known,
        "refused": [{"line": line, "reason": reason} for line, reason in report.refused],
    }


def _lines(reports: dict[str, Report], whole: Report) -> list[str]:
    lines = [
        f"{name}: {units.counted(report.added, 'rating')} added, {report.known} here already, "
        f"{len(report.refused)} refused."
        for name, report in reports.items()
    ]
    return lines + [f"  line {line}: {reason}" for line, reason in whole.refused]
