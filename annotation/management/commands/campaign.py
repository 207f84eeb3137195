"""`campaign`: make one, open it, pause it, close it, see them all."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from annotation.actions import campaigns
from annotation.core import protocols
from annotation.models import Campaign
from common.commands import Command as Base
from common.commands import refuse
from corpus.core import units

ACTIONS = ("open", "pause", "resume", "close", "reopen")


class Command(Base):
    takes_json = False
    help = "Make a campaign, change its state, or list the campaigns."

    def declare(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        make = verbs.add_parser("create", help="a draft without clips; `select` fills it")
        make.add_argument("name", help="letters, digits, hyphens")
        make.add_argument("--title", default="", help="what people read; default: the name")
        make.add_argument(
            "--protocol",
            default=protocols.MSP_PODCAST.name,
            choices=[known.name for known in protocols.PRESETS],
            help="what is asked about each clip",
        )
        make.add_argument("--need", type=int, default=5, help="ratings per clip")
        changes = [verbs.add_parser(action, help=f"{action} it") for action in ACTIONS]
        for verb in changes:
            verb.add_argument("name", help="of the campaign")
        for verb in (make, *changes, verbs.add_parser("list", help="all of them")):
            verb.add_argument("--json", action="store_true", help="print one JSON document instead")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "list":
            found = list(Campaign.objects.order_by("name"))
        elif options["verb"] == "create":
            found = [self._create(options)]
        else:
            found = [self._change(options)]
        rows = [_row(campaign) for campaign in found]
        lines = [
            f"{r['name']}: {r['state']}, {units.counted(r['clips'], 'clip')}, "
            f"{units.counted(r['need'], 'rating')} each"
            for r in rows
        ]
        self.answer(options=options, document=rows, lines=lines or ["There is no campaign yet."])

    def _create(self, options: dict[str, Any]) -> Campaign:
        try:
            return campaigns.create(
                name=options["name"],
                title=options["title"],
                protocol=campaigns.preset(options["protocol"]),
                need=options["need"],
                by=None,
                at=timezone.now(),
            )
        except campaigns.Unfit as error:
            raise refuse(str(error)) from error

    def _change(self, options: dict[str, Any]) -> Campaign:
        campaign = Campaign.objects.filter(name=options["name"]).first()
        if campaign is None:
            raise refuse(f"There is no campaign {options['name']}: `campaign list` shows them.")
        try:
            return campaigns.change(campaign=campaign, action=options["verb"])
        except campaigns.NotNow as error:
            raise refuse(str(error)) from error


def _row(campaign: Campaign) -> dict[str, Any]:
    return {
        "name": campaign.name,
        "title": campaign.title,
        "state": campaign.state,
        "need": campaign.need,
        "clips": campaign.clips.standing().count(),
        "complete": campaign.clips.standing().complete().count(),
        "ratings": campaign.ratings.count(),
    }
