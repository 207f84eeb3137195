"""`feeds`: the feeds that are read again, what came of it, and what a person does about one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import Q
from django.utils import timezone

from common import deciders
from common.commands import Command as Base
from common.commands import refuse
from common.engines import load
from corpus.actions import feeds, hosts
from corpus.core import units
from corpus.engines.failures import Busy, HostWaits
from corpus.models import FeedCheck, FeedWatch
from corpus.models.feeds import FeedWatchQuerySet
from corpus.tasks import feeds as tasks

NAMES = "id, guid or title of the podcast, or the address of its feed"
ACTS = {"pause": feeds.pause, "resume": feeds.resume, "retire": feeds.retire}
DONE = {
    "pause": "It is left alone until it is resumed.",
    "resume": "It is read again from now on.",
    "retire": "It is never read again. Its episodes and their evidence stay.",
}


class Command(Base):
    takes_json = False
    help = "List the feeds that are read again, read them now, pause, resume or retire one."

    def declare(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="every feed: its state, its next look, what came of the last")
        refresh = verbs.add_parser(
            "refresh", help="read feeds now: one, those that are due, or all"
        )
        refresh.add_argument("name", nargs="?", help=NAMES)
        refresh.add_argument("--due", action="store_true", help="those whose time has come")
        refresh.add_argument("--all", action="store_true", help="all but paused and retired ones")
        for name, text in (
            ("pause", "leave a feed alone for a while"),
            ("resume", "read a paused or retired feed again"),
            ("retire", "never read a feed again; its episodes stay"),
        ):
            verb = verbs.add_parser(name, help=text)
            verb.add_argument("--reason", default="", help="why; kept in the feed's history")
            verb.add_argument("name", help=NAMES)
            deciders.ask(verb)
            if name == "retire":
                verb.add_argument("--yes", action="store_true", help="do not ask")
        history = verbs.add_parser("history", help="every look at one feed, the latest first")
        history.add_argument("name", help=NAMES)
        for verb in verbs.choices.values():
            verb.add_argument("--json", action="store_true", help="print one JSON document instead")

    def handle(self, *args: Any, **options: Any) -> None:
        verb = options["verb"]
        if verb in ACTS:
            self._act(options)
        else:
            {"list": self._list, "refresh": self._refresh, "history": self._history}[verb](options)

    def _list(self, options: dict[str, Any]) -> None:
        rows = [_row(watch) for watch in _watches().order_by("podcast__title", "pk")]
        lines = [_line(row) for row in rows]
        self.answer(
            options=options, document=rows, lines=[*lines, units.counted(len(rows), "feed") + "."]
        )

    def _refresh(self, options: dict[str, Any]) -> None:
        if sum(map(bool, (options["name"], options["due"], options["all"]))) != 1:
            raise refuse("Say which: the name of one feed, or --due, or --all.", code=2)
        wanted = list(_wanted(options))
        fetcher = hosts.polite(load("fetcher"), now=timezone.now)
        results = []
        with self.progress(total=len(wanted), what="feeds") as bar:
            for watch in wanted:
                results.append(_result(watch, fetcher))
                bar.update()
        lines = [_told(result) for result in results] or ["No feed is to be read now."]
        self.answer(options=options, document=results, lines=lines)
        if options["name"] and results[0]["outcome"] in ("failed", "refused", "waits"):
            raise refuse("The feed was not read. What was there before stays as it is.")

    def _act(self, options: dict[str, Any]) -> None:
        verb, watch, who = options["verb"], _watch(options["name"]), deciders.given(options)
        if verb == "retire" and not options["yes"]:
            self._ask(watch)
        try:
            ACTS[verb](watch=watch, at=timezone.now(), reason=options["reason"], **who)
        except (feeds.Already, feeds.Resting):
            state = _row(watch)["state"]
            raise refuse(f"The feed of {watch.podcast} is {state}: nothing to {verb}.") from None
        row = _row(_watches().get(pk=watch.pk))
        self.answer(options=options, document=row, lines=[_line(row), DONE[verb]])

    def _ask(self, watch: FeedWatch) -> None:
        question = f"Never read the feed of {watch.podcast} again ({watch.url})? Type yes: "
        try:
            answer = input(question)
        except EOFError:
            answer = ""
        if answer.strip().casefold() != "yes":
            raise refuse("Nothing was changed. With --yes nobody is asked.")

    def _history(self, options: dict[str, Any]) -> None:
        watch = _watch(options["name"])
        checks = watch.podcast.checks.select_related("asked_by", "document")
        rows = [_check(check) for check in checks.order_by("-at", "-pk")]
        lines = [line for row in rows for line in _told_of(row)]
        total = units.counted(len(rows), "look or act", "looks and acts")
        self.answer(options=options, document=rows, lines=[*lines, f"{total}."])


def _watches() -> FeedWatchQuerySet:
    return FeedWatch.objects.select_related("podcast", "document")


def _watch(name: str) -> FeedWatch:
    """By id first, then by guid, address or title."""
    found = list(_watches().filter(podcast=int(name))) if name.isdecimal() else []
    named = Q(podcast__guid=name.casefold()) | Q(url=name) | Q(podcast__source=name)
    found = found or list(_watches().filter(named | Q(podcast__title__iexact=name)))
    if not found:
        raise refuse(f"No feed goes by {name}. `manage.py feeds list` shows those there are.")
    if len(found) > 1:
        ids = ", ".join(f"{watch.podcast_id} ({watch.url})" for watch in found)
        raise refuse(f"Several feeds go by {name}. Name one by the id of its podcast: {ids}.")
    return found[0]


def _wanted(options: dict[str, Any]) -> Iterator[FeedWatch]:
    """The feeds to read, made due; a paused one that is named is refused."""
    now = timezone.now()
    if options["due"]:
        yield from _watches().due(now=now).order_by("retry_at")
    elif options["all"]:
        yield from _made_due(_watches().filter(is_paused=False, done_at=None).order_by("pk"), now)
    else:
        watch = _watch(options["name"])
        try:
            feeds.check_now(watch=watch, at=now)
        except feeds.Resting:
            state = _row(watch)["state"]
            raise refuse(
                f"The feed of {watch.podcast} is {state}. `manage.py feeds resume` wakes it."
            ) from None
        yield watch


def _made_due(watches: FeedWatchQuerySet, now: datetime) -> Iterator[FeedWatch]:
    for watch in watches:
        feeds.check_now(watch=watch, at=now)
        yield watch


def _result(watch: FeedWatch, fetcher: Any) -> dict[str, Any]:
    """What came of one look; one that fails stops no other."""
    try:
        check = feeds.carry_out(watch=watch, fetcher=fetcher, now=timezone.now)
    except (HostWaits, Busy) as wait:
        return _nothing(watch, "waits", str(wait))
    except feeds.LeaseLost:
        check = None
    if check is None:
        return _nothing(watch, "busy", "Another worker reads this feed just now.")
    tasks.plan(check)
    return _check(check)


def _nothing(watch: FeedWatch, outcome: str, sentence: str) -> dict[str, Any]:
    return {"podcast": watch.podcast.title, "outcome": outcome, "notes": [sentence]}


def _row(watch: FeedWatch) -> dict[str, Any]:
    last = watch.podcast.checks.order_by("-at", "-pk").first()
    return {
        "podcast": watch.podcast_id,
        "title": watch.podcast.title,
        "guid": watch.podcast.guid,
        "address": watch.url,
        "state": feeds.state(watch),
        "next_look": None if feeds.is_resting(watch) else watch.retry_at,
        "last_look": watch.checked_at,
        "last_news": watch.changed_at,
        "last_outcome": last.outcome if last else None,
        "failures": watch.failures,
        "error": watch.error,
        "flag": watch.podcast.flag,
    }


def _check(check: FeedCheck) -> dict[str, Any]:
    return {
        "podcast": check.podcast.title,
        "at": check.at,
        "by": deciders.told(check.asked_by, check.said_by) or None,
        "outcome": check.outcome,
        "status": check.status,
        "urls": check.urls,
        "sha256": check.document.sha256 if check.document else None,
        "added": check.n_added,
        "changed": check.n_changed,
        "seconds": check.seconds and round(check.seconds, 3),
        "notes": check.notes,
    }


def _line(row: dict[str, Any]) -> str:
    then = f"{row['next_look']:%Y-%m-%d %H:%M} UTC" if row["next_look"] else "never"
    last = row["last_outcome"] or "not looked at yet"
    text = f"{row['podcast']:4d} {row['title']}: {row['state']}, next look {then}, last: {last}."
    return " ".join(filter(None, [text, row["error"], row["flag"]]))


def _told(result: dict[str, Any]) -> str:
    if result["outcome"] == FeedCheck.Outcome.CHANGED:
        text = f"{result['added']} added, {result['changed']} changed."
    else:
        text = ""
    return " ".join(
        filter(None, [f"{result['podcast']}: {result['outcome']}.", text, *result["notes"]])
    )


def _told_of(row: dict[str, Any]) -> Iterator[str]:
    by = f" by {row['by']}" if row["by"] else ""
    status = f" ({row['status']})" if row["status"] else ""
    news = (
        f", {row['added']} added, {row['changed']} changed"
        if row["added"] or row["changed"]
        else ""
    )
    yield f"{row['at']:%Y-%m-%d %H:%M} {row['outcome']}{status}{by}{news}"
    yield from (f"  – {sentence}" for sentence in row["notes"])
