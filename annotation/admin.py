"""The rows of annotation to look at, where the pages do not show enough; nothing is changed here."""

from typing import Any

from django.contrib import admin
from django.db.models import Model

from annotation import models
from common.roles import ReadOnly


def _look(model: type[Model], **options: Any) -> None:
    """A page of the admin on which this model's rows can be seen."""
    admin.site.register(
        model, type(f"{model.__name__}Admin", (ReadOnly, admin.ModelAdmin), options)
    )


_look(models.Campaign, list_display=("name", "title", "state", "need", "created_at"))
_look(
    models.CampaignClip,
    list_display=("campaign", "clip", "wave", "need", "n_done", "n_live"),
    list_select_related=("campaign", "clip"),
    list_filter=("campaign",),
)
_look(models.Rater, list_display=("number", "code", "is_simulated", "joined_at"))
_look(
    models.Consent,
    list_display=("rater", "version", "consented_at"),
    list_select_related=("rater",),
)
_look(
    models.Assignment,
    list_display=("campaign", "clip", "rater", "slot", "expires_at", "outcome", "reason"),
    list_select_related=("campaign", "clip", "rater"),
    list_filter=("campaign", "outcome"),
)
_look(
    models.Rating,
    list_display=("campaign", "clip", "rater", "primary", "valence", "arousal", "dominance"),
    list_select_related=("campaign", "clip", "rater"),
    list_filter=("campaign",),
)
_look(
    models.Consensus,
    list_display=("campaign", "clip", "code", "valence", "arousal", "dominance", "n_ratings"),
    list_select_related=("campaign", "clip"),
    list_filter=("campaign", "code"),
)
