"""`select`: clips for a campaign."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from annotation.actions import campaigns
from annotation.core import protocols
from annotation.models import Campaign
from common.commands import Command as Base
from common.commands import refuse
from selection.actions import jobs
from selection.core.picks import Caps
from selection.models import SelectionJob


class Command(Base):
    help = (
        "Pick N accepted clips for a campaign; it is made and opened if there is none of this name. "
        "Each pick is kept with its reason, score and chance."
    )

    def declare(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="name of the campaign")
        parser.add_argument("--n", type=int, required=True, help="how many clips")
        parser.add_argument(
            "--strategy", choices=jobs.STRATEGIES, default="balanced", help="how to pick"
        )
        parser.add_argument("--seed", type=int, default=1, help="the same seed, the same picks")
        parser.add_argument("--per-speaker", type=int, help="most clips of one speaker")
        parser.add_argument("--per-episode", type=int, help="most clips of one episode")
        parser.add_argument(
            "--protocol",
            default=protocols.MSP_PODCAST.name,
            choices=[known.name for known in protocols.PRESETS],
            help="of a campaign made now",
        )
        parser.add_argument("--title", default="", help="what raters read, of one made now")
        parser.add_argument("--need", type=int, default=5, help="ratings per clip, of one made now")
        parser.add_argument("--draft", action="store_true", help="do not open a campaign made now")

    def handle(self, *args: Any, **options: Any) -> None:
        for name in ("n", "need", "per_speaker", "per_episode"):
            if options[name] is not None and options[name] < 1:
                raise refuse(f"--{name.replace('_', '-')} must be at least 1.")
        if options["seed"] < 0:
            raise refuse("--seed must be at least 0.")
        campaign = Campaign.objects.filter(name=options["campaign"]).first()
        made = campaign is None
        try:
            campaign = campaign or self._make(options)
            job = jobs.run(
                campaign=campaign,
                strategy=options["strategy"],
                n=options["n"],
                seed=options["seed"],
                caps=Caps(options["per_speaker"], options["per_episode"]),
                by=None,
                at=timezone.now(),
            )
            if made and not options["draft"]:
                campaigns.change(campaign=campaign, action="open")
        except (jobs.NothingToSelect, campaigns.Unfit) as error:
            if made and campaign is not None:
                campaign.delete()
            raise refuse(str(error)) from error
        self.answer(options=options, document=_document(job), lines=_lines(job))

    def _make(self, options: dict[str, Any]) -> Campaign:
        return campaigns.create(
            name=options["campaign"],
            title=options["title"] or options["campaign"],
            protocol=campaigns.preset(options["protocol"]),
            need=options["need"],
            by=None,
            at=timezone.now(),
        )


def _document(job: SelectionJob) -> dict[str, Any]:
    return {
        "campaign": job.campaign.name,
        "strategy": job.strategy,
        "candidates": job.n_candidates,
        "notes": job.notes,
        "picks": [
            {
                "clip": pick.clip.name,
                "rank": pick.rank,
                "reason": pick.reason,
                "score": pick.score,
                "propensity": pick.propensity,
            }
            for pick in job.picks.select_related("clip").order_by("rank")
        ],
    }


def _lines(job: SelectionJob) -> list[str]:
    picks = _document(job)["picks"]
    lines = [
        f"{p['rank']:4}  {p['clip']}  {p['reason']:14}"
        + (f" {p['score']:+.2f}" if p["score"] is not None else "")
        for p in picks
    ]
    lines += [f"– {note}" for note in job.notes]
    return [*lines, f"{len(picks)} of {job.n_candidates} clips went to {job.campaign.name}."]
