"""Campaigns are made, filled, opened, paused, closed."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from annotation.core import protocols
from annotation.core.protocols import RatingProtocol
from annotation.core.states import CAMPAIGNS, CampaignFacts, CampaignState, why_not
from annotation.models import Campaign, CampaignClip

NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")  # it stands in addresses, commands, files
MOST_NEEDED = 1000
WAVE = 200  # clips; raters finish one wave before the next begins


class NotNow(Exception):
    """The campaign's state does not allow this; the message says why."""


class Unfit(Exception):
    """A campaign cannot be called that, or ask for so many ratings; the message says why."""


class UnknownProtocol(Exception):
    """No preset has this name; the message lists those that there are."""


def preset(name: str) -> RatingProtocol:
    """A protocol by name."""
    for known in protocols.PRESETS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in protocols.PRESETS)
    raise UnknownProtocol(f"There is no protocol {name}: choose one of {names}.")


def create(
    *,
    name: str,
    title: str,
    protocol: RatingProtocol,
    need: int,
    by: Any,
    at: datetime,
    guidelines: str = "",
) -> Campaign:
    """A draft without clips. Raises Unfit."""
    if not NAME.fullmatch(name):
        raise Unfit(
            "A campaign's name has letters (a to z), digits, hyphens and underscores, 60 at most."
        )
    if not 1 <= need <= MOST_NEEDED:
        raise Unfit(f"A campaign needs 1 to {MOST_NEEDED} ratings per clip.")
    if len(title) > 200:
        raise Unfit("A title has 200 letters at most.")
    if Campaign.objects.filter(name=name).exists():
        raise Unfit(f"There is a campaign {name} already.")
    return Campaign.objects.create(
        name=name,
        title=title or name,
        protocol=protocol.to_json(),
        need=need,
        guidelines=guidelines,
        created_at=at,
        created_by=by,
    )


@transaction.atomic
def add_clips(*, campaign: Campaign, clip_ids: Sequence[int]) -> int:
    """Queue clips in the order given, in waves; those already there stay where they are."""
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    there = set(campaign.clips.values_list("clip_id", flat=True))
    new = [pk for pk in clip_ids if pk not in there]
    last = campaign.clips.aggregate(last=Max("wave"))["last"]
    first = 0 if last is None else last + 1
    CampaignClip.objects.bulk_create(
        CampaignClip(campaign=campaign, clip_id=pk, wave=first + place // WAVE, need=campaign.need)
        for place, pk in enumerate(new)
    )
    return len(new)


def change(*, campaign: Campaign, action: str) -> Campaign:
    """open, pause, resume, close … as the states allow, or NotNow with the reason."""
    with transaction.atomic():
        row = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        state = CampaignState(row.state)
        facts = CampaignFacts(n_clips=row.clips.count(), by_curator=True)
        if reason := why_not(state, action, facts):
            raise NotNow(reason)
        row.state = CAMPAIGNS.after(state, action)
        row.save(update_fields=["state"])
    return row
