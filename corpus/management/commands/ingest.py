"""`ingest`: a feed, a folder or a file enters the corpus, if its licence lets it."""

from collections import Counter
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from common.commands import Command as Base
from common.commands import refuse
from common.engines import identity, load
from corpus.actions import podcasts, recipes, runs
from corpus.actions.podcasts import Judged, Report
from corpus.core.feeds import EmptyFeed, NotAFeed
from corpus.engines.base import EngineMissing, NotAudio
from corpus.engines.http import FetchFailed
from corpus.engines.sources import BadSource, Source, read

REFUSALS = (BadSource, NotAFeed, EmptyFeed, NotAudio, FetchFailed, OSError, ValueError)


class Command(Base):
    help = (
        "Take in a podcast: a feed URL, a feed file, a folder (with a feed, or of audio files) or one "
        "audio file. The licence of each episode is read from the feed, or given with --licence."
    )

    def declare(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="feed URL, feed file, folder or audio file")
        parser.add_argument(
            "--licence",
            default="",
            help="SPDX id such as CC-BY-4.0, where the source states none; kept as your statement",
        )
        parser.add_argument("--attribution", default="", help="who is to be credited, and how")
        parser.add_argument(
            "--preview", action="store_true", help="say what would enter, and change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            source = read(options["source"], fetcher=load("fetcher"))
            given = self._given(options)
        except REFUSALS as error:
            raise refuse(str(error)) from error
        judged = podcasts.judge(source, given=given)
        report = None
        if not options["preview"]:
            report = podcasts.add(
                source=source,
                judged=judged,
                attribution=options["attribution"],
                by=None,
                at=timezone.now(),
            )
            self._plan(report)
        self.answer(
            options=options,
            document=_document(source, judged, report),
            lines=_lines(source, judged, report),
        )

    def _plan(self, report: Report) -> None:
        """Workers that run already find the new episodes at once, not at the next sweep."""
        try:
            today = recipes.today(identity)
        except EngineMissing:
            return  # without engines here, the workers' own sweep plans
        for episode in (*report.added, *report.changed):
            runs.plan(episode=episode, recipes=today, at=timezone.now())

    def _given(self, options: dict[str, Any]) -> Any:
        if not options["licence"]:
            return ()
        return podcasts.given(options["licence"], attribution=options["attribution"])


def _document(source: Source, judged: list[Judged], report: Report | None) -> dict[str, Any]:
    return {
        "podcast": {"title": source.feed.title, "guid": source.feed.guid},
        "episodes": [
            {
                "title": one.episode.title,
                "guid": one.episode.guid,
                "licence": one.decision.spdx,
                "verdict": one.decision.verdict,
                "reason": one.decision.reason,
                "evidence": [
                    {
                        "level": seen.level,
                        "element": seen.element,
                        "text": seen.text,
                        "url": seen.url,
                    }
                    for seen in one.observations
                ],
            }
            for one in judged
        ],
        "left_out": list(source.left_out),
        **(
            {}
            if report is None
            else {
                "added": len(report.added),
                "changed": len(report.changed),
                "unchanged": len(report.unchanged),
                "stand": [
                    {"guid": e.guid, "verdict": e.licence.verdict, "reason": e.licence.reason}
                    for e in report.stand
                    if e.licence
                ],
            }
        ),
    }


def _lines(source: Source, judged: list[Judged], report: Report | None) -> list[str]:
    lines = [f"{source.feed.title}: {len(judged)} episodes"]
    counts = Counter(one.decision.verdict for one in judged)
    lines += [f"  {n} {verdict.replace('_', ' ')}" for verdict, n in counts.items()]
    for one in judged:
        if one.decision.verdict != "accepted":
            lines.append(f"  – {one.episode.title}: {one.decision.verdict}. {one.decision.reason}")
    lines += [f"  – left out: {sentence}" for sentence in source.left_out]
    if report is None:
        return [*lines, "Nothing was changed (--preview)."]
    lines += [
        f"  – {e.title}: {e.licence.verdict}, whatever the source says. {e.licence.reason}"
        for e in report.stand
        if e.licence
    ]
    new, same = len(report.added), len(report.unchanged)
    lines.append(f"{new} added, {len(report.changed)} changed, {same} here already.")
    if any(e.licence and e.licence.may_be_cut for e in (*report.added, *report.changed)):
        lines.append("Next: python manage.py pipeline --until-idle")
    return lines
