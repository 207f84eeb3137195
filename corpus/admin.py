"""The rows of corpus to look at, where the pages do not show enough; nothing is changed here."""

from typing import Any

from django.contrib import admin
from django.db.models import Model

from common.roles import ReadOnly
from corpus import models


def _look(model: type[Model], **options: Any) -> None:
    """A page of the admin on which this model's rows can be seen."""
    admin.site.register(
        model, type(f"{model.__name__}Admin", (ReadOnly, admin.ModelAdmin), options)
    )


_look(
    models.Podcast,
    list_display=("title", "author", "language", "source", "added_at"),
    search_fields=("title", "author", "guid", "source"),
)
_look(
    models.Episode,
    list_display=("number", "title", "podcast", "licence", "n_samples", "duplicate_of"),
    list_select_related=("podcast", "licence", "duplicate_of"),
    search_fields=("title", "guid", "audio_url"),
    exclude=("speech",),
)
_look(
    models.LicenceDecision,
    list_display=("episode", "verdict", "spdx", "reason", "decided_at", "decided_by"),
    list_select_related=("episode", "decided_by"),
    list_filter=("verdict", "spdx"),
)
_look(
    models.LicenceEvidence,
    list_display=("episode", "level", "element", "text", "url", "seen_at"),
    list_select_related=("episode",),
    list_filter=("level",),
)
_look(
    models.StageRun,
    list_display=("pk", "stage", "subject", "outcome", "attempts", "seconds", "reason", "error"),
    list_filter=("stage", "outcome"),
    search_fields=("subject", "reason", "error"),
)
_look(
    models.Clip,
    list_display=("name", "episode", "voice", "start", "end", "text", "superseded_at"),
    list_select_related=("episode", "voice"),
    search_fields=("name", "text"),
    exclude=("peaks",),
)
_look(
    models.QualityVerdict,
    list_display=("clip", "gate", "gate_version", "is_accepted", "reasons"),
    list_select_related=("clip",),
    list_filter=("is_accepted", "gate_version"),
)
_look(
    models.Voice,
    list_display=("episode", "label", "speaker"),
    list_select_related=("episode", "speaker"),
    exclude=("embedding",),
)
_look(models.Speaker, list_display=("pk", "gender"))
_look(
    models.Release,
    list_display=("name", "version", "state", "digest", "built_at", "created_by"),
    list_select_related=("created_by",),
)
_look(
    models.Intake,
    list_display=("source", "title", "state", "asked_at", "asked_by", "decided_by", "podcast"),
    list_select_related=("asked_by", "decided_by", "podcast"),
    list_filter=("state",),
    search_fields=("source", "title", "error"),
    exclude=("preview",),
)
_look(
    models.FeedWatch,
    list_display=("podcast", "url", "checked_at", "retry_at", "failures", "is_paused", "done_at"),
    list_select_related=("podcast",),
    list_filter=("is_paused",),
    search_fields=("url", "error"),
)
_look(models.Host, list_display=("name", "not_before", "failures", "error"))
_look(
    models.WithdrawalRequest,
    list_display=("pk", "state", "relation", "podcast", "episode", "clip_name", "received_at"),
    list_select_related=("podcast", "episode"),
    list_filter=("state", "relation"),
    exclude=("token",),
)
_look(
    models.Withdrawal,
    list_display=("pk", "kind", "reason_class", "withdrawn_at", "withdrawn_by", "erase_after"),
    list_select_related=("withdrawn_by",),
    list_filter=("kind", "reason_class"),
)
_look(models.Reinstatement, list_display=("withdrawal", "reason", "at", "by"))
_look(models.Erasure, list_display=("withdrawal", "at", "n_bytes"))
