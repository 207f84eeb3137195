"""Everything that annotation keeps in the database."""

from annotation.models.assignments import Assignment
from annotation.models.campaigns import Campaign, CampaignClip
from annotation.models.consensus import Agreement, Consensus
from annotation.models.raters import Consent, Rater
from annotation.models.ratings import Rating

__all__ = (
    "Agreement",
    "Assignment",
    "Campaign",
    "CampaignClip",
    "Consensus",
    "Consent",
    "Rater",
    "Rating",
)
