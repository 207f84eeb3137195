"""How far campaigns are."""

from typing import Any

from annotation.models import Assignment, Campaign


def of_campaigns() -> list[dict[str, Any]]:
    """One row per campaign, in the order of names."""
    return [of(campaign) for campaign in Campaign.objects.order_by("name")]


def of(campaign: Campaign) -> dict[str, Any]:
    """Clips that stand, complete ones, those withdrawn; ratings, raters, leases."""
    ratings, clips = campaign.ratings.current(), campaign.clips.standing()
    return {
        "campaign": campaign.name,
        "state": campaign.state,
        "need": campaign.need,
        "clips": clips.count(),
        "complete": clips.complete().count(),
        "withdrawn": campaign.clips.count() - clips.count(),
        "ratings": ratings.count(),
        "simulated_ratings": ratings.filter(rater__is_simulated=True).count(),
        "raters": ratings.values("rater").distinct().count(),
        "leases": Assignment.objects.live().filter(campaign=campaign).count(),
    }
