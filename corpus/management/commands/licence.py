"""`licence`: what a person decides about an episode's licence, and the list of what is open."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from common.commands import Command as Base
from common.commands import refuse
from corpus.actions import licences
from corpus.core.licences import VERDICTS
from corpus.models import Episode, LicenceDecision


class Command(Base):
    takes_json = False
    help = "List episodes by licence, settle what is in review, or withdraw an episode."

    def declare(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        listing = verbs.add_parser("list", help="episodes, and what their licence lets us do")
        listing.add_argument("--verdict", choices=VERDICTS, help="only those")
        settle = verbs.add_parser("settle", help="enter the licence of an episode in review")
        settle.add_argument("--licence", required=True, help="SPDX id such as CC-BY-4.0")
        settle.add_argument("--attribution", default="", help="who is to be credited, and how")
        settle.add_argument(
            "--source", default="the command line", help="where you found it; kept as evidence"
        )
        settle.add_argument(
            "--in-writing",
            action="store_true",
            help="the makers permit it in writing: this alone lifts what their feed forbids",
        )
        withdraw = verbs.add_parser("withdraw", help="take an episode and its clips out")
        withdraw.add_argument("--reason", required=True, help="why; kept with the decision")
        for verb in (settle, withdraw):
            verb.add_argument("episode", help="its number, as in clip names, or its guid")
        for verb in (listing, settle, withdraw):
            verb.add_argument("--json", action="store_true", help="print one JSON document instead")

    def handle(self, *args: Any, **options: Any) -> None:
        verbs = {"list": self._list, "settle": self._settle, "withdraw": self._withdraw}
        verbs[options["verb"]](options)

    def _list(self, options: dict[str, Any]) -> None:
        episodes = Episode.objects.select_related("podcast", "licence").order_by("number")
        if options["verdict"]:
            episodes = episodes.filter(licence__verdict=options["verdict"])
        rows = [_row(episode) for episode in episodes]
        lines = [_line(row) for row in rows]
        self.answer(options=options, document=rows, lines=[*lines, f"{len(rows)} episodes."])

    def _settle(self, options: dict[str, Any]) -> None:
        episode = _episode(options["episode"])
        try:
            spdx = licences.known_id(options["licence"])
            _check_credit(episode, spdx, options["attribution"])
            licences.settle(
                episode=episode,
                spdx=spdx,
                source=options["source"],
                attribution=options["attribution"],
                in_writing=options["in_writing"],
                by=None,
                at=timezone.now(),
            )
        except ValueError as error:
            raise refuse(str(error)) from error
        except licences.NotInReview:
            raise refuse(_not_in_review(episode)) from None
        self._tell(episode, options)

    def _withdraw(self, options: dict[str, Any]) -> None:
        episode = _episode(options["episode"])
        try:
            licences.withdraw(episode=episode, reason=options["reason"], by=None, at=timezone.now())
        except licences.NoReason:
            raise refuse("Say why, for those who ask later: --reason was empty.") from None
        self._tell(episode, options)

    def _tell(self, episode: Episode, options: dict[str, Any]) -> None:
        row = _row(Episode.objects.select_related("podcast", "licence").get(pk=episode.pk))
        lines = [_line(row)]
        if row["verdict"] in LicenceDecision.MAY_BE_CUT:
            lines.append("Next: python manage.py pipeline --until-idle")
        elif options["verb"] == "withdraw":
            lines.append("Its clips leave queues and coming releases. Nothing was deleted.")
        self.answer(options=options, document=row, lines=lines)


def _episode(name: str) -> Episode:
    """By number first, then by guid, which only its podcast keeps unique."""
    episodes = Episode.objects.select_related("podcast", "licence")
    found = list(episodes.filter(number=int(name))) if name.isdecimal() else []
    found = found or list(episodes.filter(guid=name).order_by("number"))
    if not found:
        raise refuse(f"There is no episode {name}. `manage.py licence list` shows those there are.")
    if len(found) > 1:
        numbers = ", ".join(f"{episode.number} ({episode.podcast})" for episode in found)
        raise refuse(f"Several episodes have the guid {name}. Name one by its number: {numbers}.")
    return found[0]


def _check_credit(episode: Episode, spdx: str, attribution: str) -> None:
    known = (attribution, episode.attribution, episode.author, episode.podcast.author)
    if licences.asks_for_credit(spdx) and not any(words.strip() for words in known):
        raise ValueError(f"{spdx} asks for credit: give it with --attribution.")


def _not_in_review(episode: Episode) -> str:
    verdict = episode.licence.verdict if episode.licence else "not judged yet"
    return (
        f"The licence of episode {episode.number} is {verdict}: only one in review can be settled. "
        "`manage.py licence list --verdict review` shows those."
    )


def _row(episode: Episode) -> dict[str, Any]:
    decision = episode.licence
    return {
        "number": episode.number,
        "guid": episode.guid,
        "title": episode.title,
        "podcast": episode.podcast.title,
        "licence": decision.spdx if decision else "",
        "verdict": decision.verdict if decision else None,
        "reason": decision.reason if decision else "",
        "decided_at": decision.decided_at if decision else None,
        "attribution": episode.attribution,
    }


def _line(row: dict[str, Any]) -> str:
    verdict = (row["verdict"] or "not judged").replace("_", " ")
    licence = f" {row['licence']}" if row["licence"] else ""
    return f"{row['number']:04d} {row['title']}: {verdict}{licence}. {row['reason']}".rstrip()
