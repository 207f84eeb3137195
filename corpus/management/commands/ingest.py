"""`ingest`: a feed, a folder, a file or a list of feeds enters the corpus, if its licence lets it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from common.commands import Command as Base
from common.commands import refuse
from common.engines import identity, load
from common.files import StorageFull
from corpus.actions import feed_lists, hosts, intakes, podcasts, previews, recipes, runs
from corpus.actions.podcasts import Report
from corpus.core import opml, units
from corpus.core.feeds import EmptyFeed, NotAFeed
from corpus.core.opml import Listing, Outline
from corpus.engines import sources
from corpus.engines.base import EngineMissing, NotAudio
from corpus.engines.failures import FetchFailed
from corpus.engines.replay import Recorder
from corpus.engines.sources import BadSource
from corpus.models import Episode

REFUSALS = (
    BadSource, NotAFeed, EmptyFeed, NotAudio, FetchFailed, StorageFull, OSError, ValueError,
)  # fmt: skip
RECENTLY = timedelta(hours=1)  # a list that was interrupted goes on where it stopped
NEXT = "Next: python manage.py pipeline --until-idle"
AT_ONCE = 200  # episodes that are planned here
HEAD = 4096  # bytes in which a list of feeds says that it is one


class Command(Base):
    help = (
        "Take in a podcast: a feed URL, an item of the Internet Archive, a feed file, a folder (with a feed, "
        "or of audio files), one audio file, or a list of feeds (OPML). The licence of each episode is read "
        "from the feed, or given with --licence."
    )

    def declare(self, parser: CommandParser) -> None:
        parser.add_argument(
            "source", help="feed URL, archive.org item, feed file, folder, audio file or OPML"
        )
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
        reader = _Reader()
        try:
            taken = self._take(options["source"], reader, options)
        except REFUSALS as error:
            listing = _listing(options["source"], reader)
            if listing is None:
                raise refuse(_sentence(error, options["source"])) from error
            self._take_all(listing, options)
            return
        self.answer(options=options, document=taken.document, lines=taken.lines)

    def _take(self, name: str, reader: "_Reader", options: dict[str, Any]) -> "Taken":
        """One source, read and judged and, unless it is a preview, taken in."""
        source = sources.read(name, fetcher=reader, is_look=options["preview"])
        judged = podcasts.judge(source, given=self._given(options))
        preview = previews.of(source, judged, documents=reader.notes)
        if options["preview"]:
            return Taken(preview, None)
        report = podcasts.add(
            source=source,
            judged=judged,
            attribution=options["attribution"],
            by=None,
            at=timezone.now(),
        )
        self._plan(report)
        return Taken(preview, report)

    def _take_all(self, listing: Listing, options: dict[str, Any]) -> None:
        """Each feed of a list in turn; one that fails does not stop the rest.

        What was read within the last hour is passed over, so that an interrupted list goes on.
        """
        is_plain = not (options["preview"] or options["licence"] or options["attribution"])
        since = timezone.now() - RECENTLY
        outlines = listing.outlines
        here = feed_lists.read_since(outlines, moment=since) if is_plain else {}
        told = []
        with self.progress(total=len(outlines), what="feeds") as bar:
            for one in outlines:
                told.append(self._take_one(one, here.get(one.url.strip()), options))
                bar.update()
        failed = [one for one in told if one.error]
        document = {**_list_document(told), "left_out": list(listing.left_out)}
        lines = [*_list_lines(told, options), *(f"  – {words}" for words in listing.left_out)]
        self.answer(options=options, document=document, lines=lines)
        if len(failed) == len(told):
            raise refuse("No feed of this list could be taken in; the reasons are above.")

    def _take_one(self, one: Outline, known: Any, options: dict[str, Any]) -> "Told":
        if known:
            return Told(one, here=known.title)
        try:
            return Told(one, taken=self._take(intakes.address(one.url), _Reader(), options))
        except (intakes.BadAddress, *REFUSALS) as error:
            return Told(one, error=_sentence(error, one.url))

    def _plan(self, report: Report) -> None:
        """Workers that run already find the first episodes at once, and the rest at their next sweep."""
        try:
            today = recipes.today(identity)
        except EngineMissing:
            return  # without engines here, the workers' own sweep plans
        for episode in (*report.added, *report.changed)[:AT_ONCE]:
            runs.plan(episode=episode, recipes=today, at=timezone.now())

    def _given(self, options: dict[str, Any]) -> Any:
        if not options["licence"]:
            return ()
        return podcasts.given(options["licence"], attribution=options["attribution"])


class _Reader(Recorder):
    """Reads politely and holds what it read: a list of feeds is told by its bytes, and read once."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        super().__init__(_polite(), keep=self._keep)

    def _keep(self, body: bytes, _url: str) -> str:
        self.bodies.append(body)
        return hashlib.sha256(body).hexdigest()


@dataclass(frozen=True, slots=True)
class Taken:
    """What one source brought, or would bring where `report` is None."""

    preview: previews.Document
    report: Report | None

    @property
    def document(self) -> dict[str, Any]:
        if self.report is None:
            return self.preview
        return {
            **self.preview,
            "added": len(self.report.added),
            "changed": len(self.report.changed),
            "unchanged": len(self.report.unchanged),
            "stand": [
                {"guid": row.guid, "verdict": row.licence.verdict, "reason": row.licence.reason}
                for row in self.report.stand
                if row.licence
            ],
            "withdrawn": [row.guid for row in _withdrawn(self.report)],
        }

    @property
    def may_go_on(self) -> bool:
        rows = (*self.report.added, *self.report.changed) if self.report else ()
        return any(row.licence and row.licence.may_be_cut and not row.withdrawal_id for row in rows)

    @property
    def lines(self) -> list[str]:
        ended = [*self.told, *self.counted]
        if self.report is None:
            ended.append("Nothing was changed (--preview).")
        return [*ended, NEXT] if self.may_go_on else ended

    @property
    def told(self) -> Iterator[str]:
        """The podcast, its verdicts, and every episode that may not be used as it is."""
        preview = self.preview
        yield _headline(preview)
        for verdict, amount in preview["summary"]["verdicts"].items():
            yield f"  {amount['episodes']} {verdict.replace('_', ' ')}{_length(amount)}"
        yield from (f"  – {sentence}" for sentence in preview["notes"])
        for one in preview["episodes"]:
            if one["verdict"] != "accepted":
                yield f"  – {one['title']}: {one['verdict']}. {one['reason']}"
            elif self.report is None:
                yield f"  – {one['title']}: accepted, {one['licence']} ({_stated(one['evidence'])})"
        yield from (f"  – left out: {sentence}" for sentence in preview["left_out"])

    @property
    def counted(self) -> Iterator[str]:
        """What was written."""
        report = self.report
        if report is None:
            return
        for row in report.stand:
            if row.licence:
                yield f"  – {row.title}: {row.licence.verdict}, whatever the source says. {row.licence.reason}"
        for row in _withdrawn(report):
            yield f"  – {row.title}: withdrawn. It stays out, whatever the source says."
        new, same = len(report.added), len(report.unchanged)
        yield f"{new} added, {len(report.changed)} changed, {same} here already."


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one feed of a list: one of the three."""

    outline: Outline
    taken: Taken | None = None
    here: str = ""
    error: str = ""

    @property
    def document(self) -> dict[str, Any]:
        named = {"source": self.outline.url, "title": self.outline.title}
        if self.taken:
            return {**named, **self.taken.document}
        return {**named, **({"error": self.error} if self.error else {"here_already": self.here})}


def _list_document(told: list[Told]) -> dict[str, Any]:
    failed = [one for one in told if one.error]
    return {
        "feeds": [one.document for one in told],
        "summary": previews.together(one.taken.preview["summary"] for one in told if one.taken),
        "failed": [
            {"source": one.outline.url, "title": one.outline.title, "reason": one.error}
            for one in failed
        ],
    }


def _list_lines(told: list[Told], options: dict[str, Any]) -> Iterator[str]:
    taken = [one.taken for one in told if one.taken]
    for one in taken:
        yield from (*one.told, *one.counted)
    here = [one for one in told if one.here]
    failed = [one for one in told if one.error]
    yield from (f"{one.here}: here already, read within the last hour." for one in here)
    if failed:
        yield f"{len(failed)} of {len(told)} feeds could not be taken in:"
        yield from (f"  – {one.outline.title or one.outline.url}: {one.error}" for one in failed)
    if options["preview"]:
        yield f"{len(taken)} of {len(told)} feeds read. Nothing was changed (--preview)."
        return
    yield f"{len(taken)} of {len(told)} feeds taken in, {len(here)} here already."
    if any(one.may_go_on for one in taken):
        yield NEXT


def _withdrawn(report: Report) -> list[Episode]:
    rows = (*report.added, *report.changed, *report.unchanged)
    return [row for row in rows if row.withdrawal_id]


def _stated(evidence: list[dict[str, Any]]) -> str:
    """What was said where, of the level that decides."""
    seen = [one for one in evidence if one["level"] == "given"]
    seen = seen or [one for one in evidence if one["level"] == "item"] or evidence
    return "; ".join(
        f"{one['level']} {one['element']}: {one['text'] or one['url']}" for one in seen
    )


def _headline(preview: previews.Document) -> str:
    podcast, summary = preview["podcast"], preview["summary"]
    language = f", {', '.join(summary['languages'])}" if summary["languages"] else ""
    episodes = units.counted(summary["episodes"], "episode")
    return f"{podcast['title']}: {episodes}{_length(summary)}{language}"


def _length(amount: previews.Document) -> str:
    """How long, as far as the source says."""
    if amount["without_length"] == amount["episodes"]:
        return ""
    rest = f", {amount['without_length']} say nothing" if amount["without_length"] else ""
    return f" ({units.length(amount['hours'] * 3600)} as stated{rest})"


def _listing(name: str, reader: _Reader) -> Listing | None:
    """The feeds of a list, where that is what was read; None where it is something else."""
    body = reader.bodies[0] if reader.bodies else _small(Path(name).expanduser())
    if b"<opml" not in body[:HEAD].lower():
        return None
    try:
        return opml.parse(body)
    except opml.BadList as error:
        raise refuse(str(error)) from error


def _small(path: Path) -> bytes:
    """A file that may be a list of feeds; nothing of what is too big for one, or may not be read."""
    try:
        is_small = path.is_file() and path.stat().st_size <= opml.LARGEST
        return path.read_bytes() if is_small else b""
    except (OSError, ValueError):
        return b""


def _sentence(error: Exception, source: str) -> str:
    """The error for people; the system's own words come with the name of the file."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or source} cannot be read: {error.strerror}."
    return str(error)


def _polite() -> Any:
    """A person waits for this: it has more patience with a busy host than a worker."""
    return hosts.polite(load("fetcher"), now=timezone.now, patience=30)
