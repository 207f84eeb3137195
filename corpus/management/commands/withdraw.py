"""`withdraw`: take something back, let it stand again, remove its audio."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db.models import Q, QuerySet
from django.utils import timezone

from common import deciders
from common.commands import Command as Base
from common.commands import refuse
from corpus.actions import erasures, tombstones, withdrawals
from corpus.actions.reaches import Target
from corpus.actions.withdrawals import Reach, Span
from corpus.core import units
from corpus.core.segments import RATE
from corpus.models import Clip, Episode, Podcast, ReasonClass, Speaker, Withdrawal

KINDS = {
    "podcast": "all of it, with episodes to come: its number, guid or title",
    "episode": "its number, as in clip names, or its guid",
    "speaker": "wherever the voice is recognised: the number, or the name of a clip",
    "span": "a part of this episode: its number, as in clip names, or its guid",
}


class Command(Base):
    takes_json = False
    help = "Take a podcast, an episode, a speaker or a span back; list, show, lift and erase that."

    def declare(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for kind, text in KINDS.items():
            verb = verbs.add_parser(kind, help=text)
            verb.add_argument("target", help=text)
            if kind == "span":
                verb.add_argument("--from", dest="begin", required=True, help="0:12, 1:03.5")
                verb.add_argument("--to", dest="end", required=True, help="1:03.5, 1:02:03")
            verb.add_argument("--reason", required=True, help="why, in full; stays inside")
            verb.add_argument(
                "--class",
                dest="reason_class",
                required=True,
                choices=ReasonClass.values,
                help="what tombstones say",
            )
            verb.add_argument("--requester", default="", help="who asked for it; stays inside")
            verb.add_argument("--grace-days", type=int, help="until its audio is removed")
            verb.add_argument("--yes", action="store_true", help="do not ask")
        verbs.add_parser("list", help="all withdrawals, the newest first")
        show = verbs.add_parser("show", help="one withdrawal in full")
        lift = verbs.add_parser("lift", help="let it stand again, while nothing was erased")
        lift.add_argument("--reason", required=True, help="why; kept with it")
        erase = verbs.add_parser("erase", help="remove the audio now, for good")
        erase.add_argument("number", type=int, nargs="?", help="of one withdrawal, grace or not")
        erase.add_argument("--due", action="store_true", help="those whose grace is over")
        erase.add_argument("--yes", action="store_true", help="do not ask")
        for verb in (show, lift):
            verb.add_argument("number", type=int, help="as `withdraw list` shows it")
        for verb in (*(verbs.choices[kind] for kind in KINDS), lift, erase):
            deciders.ask(verb)
        for verb in verbs.choices.values():
            verb.add_argument("--json", action="store_true", help="print one JSON document instead")

    def handle(self, *args: Any, **options: Any) -> None:
        verb = options["verb"]
        getattr(self, "_withdraw" if verb in KINDS else f"_{verb}")(options)

    def _withdraw(self, options: dict[str, Any]) -> None:
        target, who = _target(options), deciders.given(options)
        grace = _grace(options["grace_days"])
        if not options["reason"].strip():
            raise refuse("A withdrawal needs a reason: --reason was empty.")
        reach = withdrawals.reach(target)
        if not options["yes"]:
            self._ask([*_told(target, reach), _until(grace)], "Take it back?")
        try:
            row = withdrawals.withdraw(
                target=target,
                reason=options["reason"],
                reason_class=options["reason_class"],
                requester=options["requester"],
                at=timezone.now(),
                grace=grace,
                **who,
            )
        except (withdrawals.Already, withdrawals.Nothing, withdrawals.NoReason) as error:
            raise refuse(str(error)) from error
        lines = [*_told(target, reach), f"Withdrawal {row.pk} stands. {_until(grace)}"]
        document = _row(row) | {"reach": _reach(reach)}
        self.answer(options=options, document=document, lines=lines)

    def _list(self, options: dict[str, Any]) -> None:
        rows = [_row(row) for row in _rows().order_by("-pk")]
        lines = [_line(row) for row in rows]
        self.answer(
            options=options,
            document=rows,
            lines=[*lines, units.counted(len(rows), "withdrawal") + "."],
        )

    def _show(self, options: dict[str, Any]) -> None:
        row = _one(options["number"])
        document = _row(row) | _inside(row)
        words = ["reason_class", "reason", "requester", "withdrawn_by", "left"]
        words += ["lifted_because", "lifted_by", "erased_by"]
        lines = [_line(document)]
        lines += [
            f"  {word.replace('_', ' ')}: {document[word]}" for word in words if document[word]
        ]
        lines += [
            f"  {n} of its clips {'is' if n == 1 else 'are'} in {name}"
            for name, n in document["releases"].items()
        ]
        lines += [f"  {one['state']} {one['what']} {one['why']}" for one in document["files"]]
        self.answer(options=options, document=document, lines=lines)

    def _lift(self, options: dict[str, Any]) -> None:
        row, who = _one(options["number"]), deciders.given(options)
        at = timezone.now()
        try:
            withdrawals.reinstate(withdrawal=row, reason=options["reason"], at=at, **who)
        except (withdrawals.Already, withdrawals.TooLate, withdrawals.NoReason) as error:
            raise refuse(str(error)) from error
        document = _row(_one(row.pk))
        lines = [_line(document), "What no other withdrawal takes out is in again."]
        self.answer(options=options, document=document, lines=lines)

    def _erase(self, options: dict[str, Any]) -> None:
        if options["due"] == (options["number"] is not None):
            raise refuse("Say which: the number of one withdrawal, or --due.", code=2)
        who, due = deciders.given(options), Withdrawal.objects.to_erase(now=timezone.now())
        wanted = list(due) if options["due"] else [_one(options["number"])]
        if wanted and not options["yes"]:
            told = [_line(_row(row)) for row in wanted]
            self._ask(told, "Remove its audio for good? Nothing brings it back.")
        if options["due"]:
            done = erasures.erase_due(at=timezone.now(), **who)
        else:
            done = [_erased(wanted[0], who)]
        rows = [_row(_one(erasure.withdrawal_id)) for erasure in done]
        lines = [_line(row) for row in rows] or ["Nothing was due."]
        if waiting := len(wanted) - len(done):
            lines.append(f"{waiting} could not be erased now; the log says why. Try again later.")
        self.answer(options=options, document=rows, lines=lines)

    def _ask(self, facts: list[str], question: str) -> None:
        """Raises where nobody is there to answer, or the answer is not yes."""
        for line in facts:
            self.stderr.write(line)
        try:
            answer = input(f"{question} Type yes: ")
        except EOFError:
            raise refuse("Nobody is there to be asked: nothing was changed. Give --yes.") from None
        if answer.strip().casefold() != "yes":
            raise refuse("Nothing was changed.")


def _target(options: dict[str, Any]) -> Target:
    name = options["target"]
    if options["verb"] == "podcast":
        found: list[Target] = list(_named(Podcast.objects.all(), name, Q(title__iexact=name)))
        return _only(found, name, "podcast", "the podcasts' pages show them")
    if options["verb"] == "speaker":
        return _speaker(name)
    number = Q(number=int(name)) if name.isdecimal() else Q(pk=None)
    episodes = Episode.objects.select_related("podcast")
    by_number = list(episodes.filter(number))
    found = [*(by_number or episodes.filter(guid=name))]
    episode = _only(found, name, "episode", "`manage.py licence list` shows them")
    if options["verb"] == "episode" or not isinstance(episode, Episode):
        return episode
    return _span(episode, options["begin"], options["end"])


def _named(rows: QuerySet[Any], name: str, also: Q) -> list[Any]:
    by_number = list(rows.filter(pk=int(name))) if name.isdecimal() and len(name) < 19 else []
    return by_number or list(rows.filter(Q(guid=name) | also))


def _only(found: list[Target], name: str, noun: str, where: str) -> Target:
    if not found:
        raise refuse(f"There is no {noun} {name}: {where}.")
    if len(found) > 1:
        numbers = ", ".join(str(getattr(row, "number", row.pk)) for row in found)  # type: ignore[union-attr]
        raise refuse(f"Several {noun}s go by {name}. Name one by its number: {numbers}.")
    return found[0]


def _speaker(name: str) -> Speaker:
    clip = Clip.objects.select_related("voice__speaker").filter(name=name.upper()).first()
    if clip is not None and clip.voice.speaker is None:
        raise refuse(
            f"Nobody knows yet whose voice {name} is: run `manage.py pipeline --until-idle` first, "
            "or withdraw the span."
        )
    found = clip.voice.speaker if clip is not None else None
    if found is None and name.isdecimal() and len(name) < 19:
        found = Speaker.objects.filter(pk=int(name)).first()
    if found is None:
        raise refuse(f"There is no speaker {name}: `manage.py clips` shows who speaks.")
    return found


def _span(episode: Episode, begin: str, end: str) -> Span:
    try:
        return Span(episode, round(units.seconds(begin) * RATE), round(units.seconds(end) * RATE))
    except ValueError as error:
        raise refuse(str(error)) from error


def _grace(days: int | None) -> timedelta:
    days = settings.WITHDRAWAL_GRACE_DAYS if days is None else days
    if not 0 <= days <= 36_500:
        raise refuse(f"--grace-days {days}: give 0 or more.")
    return timedelta(days=days)


def _until(grace: timedelta) -> str:
    if not grace:
        return "Its audio is removed with the next sweep: then nothing brings it back."
    return (
        f"Its audio is removed after {units.counted(grace.days, 'day')}; "
        "until then `withdraw lift` brings it back."
    )


def _told(target: Target, reach: Reach) -> list[str]:
    lines = [
        f"{_name(target)}: {units.counted(reach.clips, 'clip')} ({units.length(reach.seconds)}) of "
        f"{units.counted(reach.episodes, 'episode')} {'leaves' if reach.clips == 1 else 'leave'} "
        "queues, pages and coming releases."
    ]
    if reach.releases:
        lines.append(
            f"Releases that hold some: {', '.join(reach.releases)}. The next versions carry tombstones."
        )
    return lines


def _name(target: Target) -> str:
    if isinstance(target, Span):
        times = f"{units.clock(target.start / RATE)}–{units.clock(target.end / RATE)}"
        return f"episode {target.episode.number}, {times}"
    if isinstance(target, Episode):
        return f"episode {target.number} ({target})"
    return f"podcast {target.pk} ({target})" if isinstance(target, Podcast) else str(target)


def _reach(reach: Reach) -> dict[str, Any]:
    names = ("clips", "seconds", "episodes", "releases")
    return {name: getattr(reach, name) for name in names}


def _rows() -> QuerySet[Withdrawal]:
    related = ("podcast", "episode", "speaker", "reinstatement__by", "erasure__by", "withdrawn_by")
    return Withdrawal.objects.select_related(*related)


def _one(number: int) -> Withdrawal:
    row = _rows().filter(pk=number).first() if abs(number) < 1 << 62 else None
    if row is None:
        raise refuse(f"There is no withdrawal {number}: `withdraw list` shows them.")
    return row


def _erased(row: Withdrawal, who: deciders.Decider) -> Any:
    try:
        return erasures.erase(withdrawal=row, at=timezone.now(), **who)
    except (erasures.Lifted, erasures.UnderWay) as error:
        raise refuse(str(error)) from error


def _row(row: Withdrawal) -> dict[str, Any]:
    lifted, erased = getattr(row, "reinstatement", None), getattr(row, "erasure", None)
    return {
        "number": row.pk,
        "target": _name(withdrawals.target_of(row)),
        "kind": row.kind,
        "state": "lifted" if lifted else "erased" if erased else "stands",
        "reason_class": row.reason_class,
        "withdrawn_at": row.withdrawn_at,
        "erase_after": row.erase_after,
        "erased_at": erased and erased.at,
        "lifted_at": lifted and lifted.at,
    }


def _inside(row: Withdrawal) -> dict[str, Any]:
    lifted, erased = getattr(row, "reinstatement", None), getattr(row, "erasure", None)
    n_left = 0 if lifted else erasures.left(row).count()
    return {
        "reason": row.reason,
        "requester": row.requester,
        "withdrawn_by": deciders.told(row.withdrawn_by, row.said_by),
        "lifted_because": lifted.reason if lifted else "",
        "lifted_by": deciders.told(lifted.by, lifted.said_by) if lifted else "",
        "erased_by": deciders.told(erased.by, erased.said_by) if erased else "",
        "left": f"the audio of {units.counted(n_left, 'clip')} is still here" if n_left else "",
        "releases": {} if lifted else tombstones.held(row),
        "files": erased.files if erased else [],
    }


def _line(row: dict[str, Any]) -> str:
    when = {
        "lifted": f"lifted {row['lifted_at']:%Y-%m-%d}" if row["lifted_at"] else "",
        "erased": f"erased {row['erased_at']:%Y-%m-%d}" if row["erased_at"] else "",
        "stands": f"audio goes {row['erase_after']:%Y-%m-%d}",
    }[row["state"]]
    return (
        f"{row['number']:4}  {row['withdrawn_at']:%Y-%m-%d}  {row['target']}: {row['reason_class']}, "
        f"{when}"
    )
