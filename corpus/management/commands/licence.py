"""`licence`: the review queue, the policy and the log of decisions about licences, on the command line."""

from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import QuerySet
from django.utils import timezone

from common import deciders
from common.commands import Command as Base
from common.commands import refuse
from corpus.actions import attribution, licences, podcasts, policy, reviews
from corpus.core import policy as table
from corpus.core import units
from corpus.core.licences import VERDICTS
from corpus.models import Episode, LicenceDecision, Podcast

IN_REVIEW = "`manage.py licence list --verdict review` shows those that take an answer."


class Command(Base):
    takes_json = False
    help = "List and show licences, answer what is in review, read the policy, apply a new version of it."

    def declare(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        listing = verbs.add_parser("list", help="episodes, and what their licence lets us do")
        listing.add_argument("--verdict", choices=VERDICTS, help="only those")
        show = verbs.add_parser("show", help="evidence and all decisions of one episode")
        settle = verbs.add_parser("settle", help="enter the licence of episodes in review")
        settle.add_argument("--licence", required=True, help="SPDX id such as CC-BY-4.0")
        settle.add_argument("--attribution", default="", help="who is to be credited, and how")
        settle.add_argument("--source", required=True, help="where you found it; kept as evidence")
        settle.add_argument(
            "--in-writing",
            action="store_true",
            help="the makers permit it in writing: this alone lifts what their feed forbids",
        )
        leave = verbs.add_parser("refuse", help="leave episodes in review out")
        leave.add_argument("--reason", required=True, help="why; kept with the decision")
        hold = verbs.add_parser(
            "hold", help="go on with copies received before their source changed"
        )
        hold.add_argument("--reason", required=True, help="what you found; kept as evidence")
        rules = verbs.add_parser("policy", help="the policy table with its version")
        flags = verbs.add_parser("flags", help="podcasts whose statement changed")
        lift = verbs.add_parser("lift", help="go on with a podcast after looking at its change")
        lift.add_argument("podcast", help="its number, or its guid")
        lift.add_argument("--reason", required=True, help="what you found; kept")
        anew = verbs.add_parser("rejudge", help="decide anew what an older policy decided")
        anew.add_argument("--dry-run", action="store_true", help="only list what would change")
        show.add_argument("episode", nargs=1, help="its number, as in clip names, or its guid")
        for verb in (settle, leave, hold):
            verb.add_argument("episode", nargs="*", help="numbers, as in clip names, or guids")
        for verb in (settle, leave, hold, lift):
            deciders.ask(verb)
        for verb in (settle, leave):
            verb.add_argument("--dry-run", action="store_true", help="only say what it touches")
        for verb in (listing, settle, leave, hold):
            verb.add_argument("--podcast", help="only of this podcast: its number, or its guid")
            verb.add_argument("--rule", choices=sorted(table.RULES), help="only under this rule")
        for verb in (listing, show, settle, leave, hold, rules, flags, lift, anew):
            verb.add_argument("--json", action="store_true", help="print one JSON document instead")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['verb']}")(options)

    def _list(self, options: dict[str, Any]) -> None:
        episodes = _under(options).select_related("podcast", "licence").order_by("number")
        if options["verdict"]:
            episodes = episodes.filter(licence__verdict=options["verdict"])
        rows = [_row(episode) for episode in episodes]
        lines = [_line(row) for row in rows]
        self.answer(options=options, document=rows, lines=[*lines, _n(len(rows)) + "."])

    def _show(self, options: dict[str, Any]) -> None:
        episode = _episode(options["episode"][0])
        credit = attribution.of_episode(episode)
        document = _row(episode) | {
            "credit": credit.line if credit else None,
            "evidence": [_said(one) for one in reviews.history(episode)],
            "decisions": [
                _decision(row)
                for row in episode.licence_decisions.select_related("decided_by").order_by("-pk")
            ],
        }
        lines = [_line(document), *(["", credit.line] if credit else []), "", "What was seen:"]
        lines += [f"  {_seen(one)}" for one in document["evidence"]] or ["  Nothing."]
        lines += ["", "Decisions, the newest first:"]
        lines += [f"  {_decided(one)}" for one in document["decisions"]]
        self.answer(options=options, document=document, lines=lines)

    def _settle(self, options: dict[str, Any]) -> None:
        said = {"spdx": options["licence"], "in_writing": options["in_writing"]}
        episodes, who = _meant(options, in_writing=options["in_writing"]), deciders.given(options)
        try:
            said["spdx"] = licences.known_id(options["licence"])
            if licences.lacks_credit(episodes, said["spdx"], options["attribution"]):
                raise refuse(f"{said['spdx']} asks for credit: give it with --attribution.")
            if options["dry_run"]:
                found = licences.outlook(episodes=episodes, at=timezone.now(), **said)
                return self._tell_touched(options, episodes, dict(found))
            words = {"source": options["source"], "attribution": options["attribution"]}
            answer = licences.settle_many(
                episodes=episodes, at=timezone.now(), **who, **said, **words
            )
        except ValueError as error:
            raise refuse(str(error)) from error
        except licences.NoSource:
            raise refuse("Say where you found the licence: --source was empty.") from None
        return self._tell(options, episodes, answer)

    def _refuse(self, options: dict[str, Any]) -> None:
        episodes, who = _meant(options), deciders.given(options)
        if options["dry_run"]:
            return self._tell_touched(options, episodes, {"refused": len(episodes)})
        try:
            answer = licences.refuse_many(
                episodes=episodes, reason=options["reason"], at=timezone.now(), **who
            )
        except licences.NoReason:
            raise refuse("Say why, for those who ask later: --reason was empty.") from None
        return self._tell(options, episodes, answer)

    def _hold(self, options: dict[str, Any]) -> None:
        episodes, who = _meant(options), deciders.given(options)
        try:
            answer = licences.hold_many(
                episodes=episodes, reason=options["reason"], at=timezone.now(), **who
            )
        except licences.NoReason:
            raise refuse("Say what you found: --reason was empty.") from None
        if not answer.decisions:
            raise refuse(
                "None of them waits because its source changed, with a copy of ours: nothing was decided. "
                "`manage.py licence list --rule changed` shows those that wait for that."
            )
        self._tell(options, episodes, answer)

    def _policy(self, options: dict[str, Any]) -> None:
        document = table.document()
        lines = [f"Policy version {document['version']}."]
        for rule in document["rules"]:
            verdict = (rule["verdict"] or "as the licence says").replace("_", " ")
            lines += ["", f"{rule['rule']}: {verdict}", f"  {rule['sentence']}"]
            lines += [f"  {rule['why']}"]
        lines += ["", f"Elements, the strongest first: {', '.join(document['elements'])}."]
        lines += [f"Free text, a hint only: {', '.join(document['hints'])}."]
        lines += [f"{len(document['licences'])} licences; --json lists them with their rules."]
        self.answer(options=options, document=document, lines=lines)

    def _flags(self, options: dict[str, Any]) -> None:
        rows = [
            {
                "podcast": flag.podcast.pk,
                "title": flag.podcast.title,
                "flagged_at": flag.podcast.flagged_at,
                "flag": flag.podcast.flag,
                "before": [_said(one) for one in flag.before],
                "now": [_said(one) for one in flag.after],
                "episodes_taken": flag.n_taken,
                "episodes_waiting": flag.n_waiting,
            }
            for flag in reviews.flags()
        ]
        lines = [line for row in rows for line in _flag(row)]
        self.answer(options=options, document=rows, lines=lines or ["No feed changed its licence."])

    def _lift(self, options: dict[str, Any]) -> None:
        podcast, who = _podcast(options["podcast"]), deciders.given(options)
        try:
            episodes = podcasts.lift_flag(
                podcast=podcast, at=timezone.now(), **who, reason=options["reason"]
            )
        except podcasts.NoReason:
            raise refuse("Say what you found: --reason was empty.") from None
        except podcasts.NotFlagged:
            raise refuse(
                f"{podcast} has no flag. `manage.py licence flags` shows those that have."
            ) from None
        lines = [
            f"{podcast} goes on. {_n(len(episodes))} that waited {_were(episodes)} judged by "
            f"{'itself' if len(episodes) == 1 else 'themselves'}."
        ]
        self.answer(
            options=options, document={"podcast": podcast.pk, "judged": len(episodes)}, lines=lines
        )

    def _rejudge(self, options: dict[str, Any]) -> None:
        found = policy.rejudge(at=timezone.now(), is_dry=options["dry_run"])
        rows = [
            _row(one.episode)
            | {"before": _verdict(one.before.verdict, one.before.spdx), "verdict": one.now.verdict}
            | {"licence": one.now.spdx or "", "rule": one.now.rule, "reason": one.now.reason}
            for one in found.differences
        ]
        done = "would be" if options["dry_run"] else "was" if found.n == 1 else "were"
        lines = [
            f"{row['number']:04d} {row['title']}: {row['before']} → {_end(row)}" for row in rows
        ]
        lines += [
            f"{_n(found.n)} {done} decided anew under policy {table.POLICY_VERSION}; "
            f"{len(rows)} of them otherwise than before."
        ]
        document = {"version": table.POLICY_VERSION, "decided": found.n, "differences": rows}
        self.answer(options=options, document=document, lines=lines)

    def _tell(
        self, options: dict[str, Any], episodes: list[Episode], answer: licences.Answer
    ) -> None:
        if not answer.decisions:
            raise refuse(_not_in_review(episodes))
        fresh = Episode.objects.select_related("podcast", "licence").order_by("number")
        rows = [_row(one) for one in fresh.filter(licence__in=answer.decisions)]
        lines = [_line(row) for row in rows[:20]]
        lines += [f"… and {len(rows) - 20} more."] if len(rows) > 20 else []
        if n := len(answer.skipped):
            lines.append(
                f"{n} {_were(answer.skipped)} decided already, and {'stays' if n == 1 else 'stay'} so."
            )
        if any(row["verdict"] in LicenceDecision.MAY_BE_CUT for row in rows):
            lines.append("Next: python manage.py pipeline --until-idle")
        is_one = len(options["episode"]) == 1
        self.answer(options=options, document=rows[0] if is_one else rows, lines=lines)

    def _tell_touched(
        self, options: dict[str, Any], episodes: list[Episode], found: dict[str, int]
    ) -> None:
        size = reviews.touched(Episode.objects.filter(pk__in=[row.pk for row in episodes]))
        into = ", ".join(f"{verdict.replace('_', ' ')}: {n}" for verdict, n in found.items())
        lines = [f"It touches {_n(size.n)}, {units.length(size.seconds)}. {into}."]
        lines += ["Nothing was written."]
        document = {"episodes": size.n, "seconds": size.seconds, "verdicts": found}
        self.answer(options=options, document=document, lines=lines)


def _under(options: dict[str, Any]) -> QuerySet[Episode]:
    """Episodes under --podcast and --rule."""
    rows = Episode.objects.all()
    if options["podcast"]:
        rows = rows.filter(podcast=_podcast(options["podcast"]))
    return rows.filter(licence__rule=options["rule"]) if options["rule"] else rows


def _meant(options: dict[str, Any], *, in_writing: bool = False) -> list[Episode]:
    """The episodes that are named, or all in review under --podcast and --rule."""
    if options["episode"]:
        return [_episode(name) for name in options["episode"]]
    if not options["podcast"]:
        raise refuse("Name episodes, or a podcast with --podcast. " + IN_REVIEW)
    rows = _under(options).select_related("licence", "podcast").order_by("number")
    if not (in_writing and options["rule"]):
        rows = rows.filter(licence__verdict="review", withdrawal=None)
    if not rows:
        raise refuse("Nothing of that podcast waits under this rule. " + IN_REVIEW)
    return list(rows)


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


def _podcast(name: str) -> Podcast:
    found = Podcast.objects.filter(pk=int(name)).first() if name.isdecimal() else None
    found = found or Podcast.objects.filter(guid=name).first()
    if found is None:
        known = ", ".join(f"{row.pk} ({row.title})" for row in Podcast.objects.order_by("pk")[:10])
        raise refuse(f"There is no podcast {name}. There are: {known or 'none yet'}.")
    return found


def _not_in_review(episodes: list[Episode]) -> str:
    first = episodes[0]
    verdict = first.licence.verdict if first.licence else "not judged yet"
    others = len(episodes) - 1
    more = f", and so {'is' if others == 1 else 'are'} {others} more" if others else ""
    return (
        f"The licence of episode {first.number} is {verdict}{more}: only one in review can be settled "
        f"or refused, and any other only --in-writing. {IN_REVIEW}"
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
        "rule": decision.rule if decision else "",
        "reason": decision.reason if decision else "",
        "policy_version": decision.policy_version if decision else None,
        "decided_at": decision.decided_at if decision else None,
        "attribution": episode.attribution,
    }


def _verdict(verdict: str | None, spdx: str) -> str:
    words = (verdict or "not judged").replace("_", " ")
    return f"{words} {spdx}" if spdx else words


def _end(row: dict[str, Any]) -> str:
    rule = f" [{row['rule']}]" if row["rule"] else ""
    return f"{_verdict(row['verdict'], row['licence'])}{rule}. {row['reason']}".rstrip()


def _line(row: dict[str, Any]) -> str:
    return f"{row['number']:04d} {row['podcast']} – {row['title']}: {_end(row)}"


def _n(episodes: int) -> str:
    return units.counted(episodes, "episode")


def _were(some: Sequence[Episode]) -> str:
    return "was" if len(some) == 1 else "were"


def _said(one: reviews.Said) -> dict[str, Any]:
    names = ("level", "element", "text", "url", "source", "sha256", "seen_at")
    return {name: getattr(one, name) for name in names}


def _seen(one: dict[str, Any]) -> str:
    words = " ".join(f"{one['text']} {one['url']}".split())
    return f"{one['seen_at']:%Y-%m-%d %H:%M} {one['level']} {one['element']}: {words} ({one['source']})"


def _decision(row: LicenceDecision) -> dict[str, Any]:
    names = ("verdict", "spdx", "url", "rule", "reason", "policy_version", "decided_at")
    who = deciders.told(row.decided_by, row.said_by)
    return {name: getattr(row, name) for name in names} | {"decided_by": who or None}


def _decided(one: dict[str, Any]) -> str:
    who = one["decided_by"] or (
        one["policy_version"]
        if one["policy_version"] == licences.BY_HAND
        else f"policy {one['policy_version']}"
    )
    said = _end(one | {"licence": one["spdx"]})
    return f"{one['decided_at']:%Y-%m-%d %H:%M} {who}: {said}"


def _flag(row: dict[str, Any]) -> list[str]:
    lines = [f"{row['podcast']} {row['title']}: {row['flag']}"]
    for word in ("before", "now"):
        lines += [f"  {word}: {_seen(one)}" for one in row[word]]
    taken, n = row["episodes_taken"], row["episodes_waiting"]
    waiting = (
        f"{_n(taken)} {'was' if taken == 1 else 'were'} taken, {n} {'waits' if n == 1 else 'wait'}."
    )
    return [
        *lines,
        f"  {waiting} After looking: manage.py licence lift {row['podcast']} --reason …",
    ]
