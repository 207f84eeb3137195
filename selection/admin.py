"""The rows of selection to look at, where the pages do not show enough; nothing is changed here."""

from typing import Any

from django.contrib import admin
from django.db.models import Model

from common.roles import ReadOnly
from selection import models


def _look(model: type[Model], **options: Any) -> None:
    """A page of the admin on which this model's rows can be seen."""
    admin.site.register(
        model, type(f"{model.__name__}Admin", (ReadOnly, admin.ModelAdmin), options)
    )


_look(
    models.SelectionJob,
    list_display=("campaign", "strategy", "wanted", "seed", "n_candidates", "created_at"),
    list_select_related=("campaign",),
)
_look(
    models.SelectedClip,
    list_display=("job", "rank", "clip", "reason", "score", "propensity"),
    list_select_related=("job__campaign", "clip"),
    list_filter=("reason",),
)
_look(
    models.ClipFeatures,
    list_display=("clip", "extractor", "version", "extracted_at"),
    list_select_related=("clip",),
)
