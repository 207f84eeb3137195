"""The least valid rows of annotation; keyword arguments override any field."""

import itertools
from datetime import timedelta
from typing import Any

from django.db.models import Max

from annotation.core import protocols
from annotation.models import (
    Agreement,
    Assignment,
    Campaign,
    CampaignClip,
    Consensus,
    Consent,
    Rater,
    Rating,
)
from corpus.models import Clip
from tests.factories import corpus
from tests.factories.corpus import NOW

_numbers = itertools.count(1)


def campaign(*clips: Clip, **fields: Any) -> Campaign:
    """A campaign with these clips in its queue; a draft unless `state` says otherwise."""
    n = next(_numbers)
    given = {
        "name": f"campaign-{n}",
        "title": f"Campaign {n}",
        "protocol": protocols.MSP_PODCAST.to_json(),
        "created_at": NOW,
    }
    row = Campaign.objects.create(**{**given, **fields})
    for clip in clips:
        campaign_clip(row, clip)
    return row


def campaign_clip(campaign: Campaign, clip: Clip | None = None, **fields: Any) -> CampaignClip:
    given = {"clip": clip or corpus.eligible_clip(), "need": campaign.need}
    return CampaignClip.objects.create(campaign=campaign, **{**given, **fields})


def rater(user: Any = None, **fields: Any) -> Rater:
    """A rater with an account in the rater group; `user=None` and a `code` make an imported one."""
    if user is None and "code" not in fields:
        user = corpus.user("rater")
    last = Rater.objects.aggregate(last=Max("number"))["last"] or 0
    given = {"number": last + 1, "code": f"user {user and user.pk}", "joined_at": NOW}
    return Rater.objects.create(user=user, **{**given, **fields})


def consent(rater: Rater, **fields: Any) -> Consent:
    from annotation.actions import raters

    given = {"version": raters.CONSENT_VERSION, "text_sha256": corpus.sha256("consent")}
    return Consent.objects.create(rater=rater, **{**given, "consented_at": NOW, **fields})


def assignment(place: CampaignClip, rater: Rater, **fields: Any) -> Assignment:
    """A clip on a rater's screen; the counters of the queue are left alone."""
    given = {
        "campaign": place.campaign,
        "clip": place.clip,
        "slot": "open",
        "position": 1,
        "claimed_at": NOW,
        "shown_at": NOW,
        "expires_at": NOW + timedelta(minutes=20),
    }
    return Assignment.objects.create(campaign_clip=place, rater=rater, **{**given, **fields})


def rating(campaign: Campaign, clip: Clip, rater: Rater | None = None, **fields: Any) -> Rating:
    """A whole answer by the MSP-Podcast protocol."""
    given = {
        "rater": rater or globals()["rater"](),
        "valence": 5,
        "arousal": 4,
        "dominance": 4,
        "primary": "Happy",
        "form_version": "msp-podcast/1",
        "rated_at": NOW,
        "received_at": NOW,
    }
    return Rating.objects.create(campaign=campaign, clip=clip, **{**given, **fields})


def consensus(campaign: Campaign, clip: Clip, **fields: Any) -> Consensus:
    given = {
        "code": "H",
        "shares": {"H": 1.0},
        "valence": 5.0,
        "arousal": 4.0,
        "dominance": 4.0,
        "n_ratings": 1,
        "n_rows": 1,
        "rule_version": "plurality-1",
        "computed_at": NOW,
    }
    return Consensus.objects.create(campaign=campaign, clip=clip, **{**given, **fields})


def agreement(campaign: Campaign, **fields: Any) -> Agreement:
    given = {"figures": [], "n_ratings": 0, "computed_at": NOW}
    return Agreement.objects.create(campaign=campaign, **{**given, **fields})
