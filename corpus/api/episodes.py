"""Episodes: list, detail, each with its licence and how far it has come."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, viewsets

from corpus.core.stages import EPISODE_STAGES
from corpus.models import Episode, LicenceDecision, StageRun

WAITING, RUNNING = "waiting", "running"
STATES = (WAITING, RUNNING, *StageRun.Outcome.values)


class LicenceSerializer(serializers.ModelSerializer[LicenceDecision]):
    """The decision that counts; who made it stays inside."""

    class Meta:
        model = LicenceDecision
        fields = ("verdict", "spdx", "url", "reason", "policy_version", "decided_at")


class StageSerializer(serializers.Serializer[Any]):
    """The newest run of one stage; `reason` says why it was filtered, failed, or waits again."""

    stage = serializers.ChoiceField([stage.name for stage in EPISODE_STAGES])
    state = serializers.ChoiceField(STATES)
    reason = serializers.CharField()
    engine = serializers.CharField()
    version = serializers.CharField()
    done_at = serializers.DateTimeField(allow_null=True)


class EpisodeSerializer(serializers.ModelSerializer[Episode]):
    """One recording, its rights, its stages."""

    licence = LicenceSerializer(read_only=True, allow_null=True)
    stages = serializers.SerializerMethodField()
    seconds = serializers.FloatField(read_only=True, allow_null=True, help_text="of the master")

    class Meta:
        model = Episode
        fields = (
            "id",
            "podcast",
            "number",
            "guid",
            "title",
            "link",
            "author",
            "language",
            "spoken_language",
            "published_at",
            "audio_url",
            "attribution",
            "added_at",
            "duplicate_of",
            "seconds",
            "codec",
            "native_rate",
            "bandwidth_hz",
            "licence",
            "stages",
        )

    @extend_schema_field(StageSerializer(many=True))
    def get_stages(self, episode: Episode) -> Any:
        return StageSerializer(states(episode.runs.all()), many=True).data


class EpisodeFilters(filters.FilterSet):
    licence = filters.ChoiceFilter(
        field_name="licence__verdict",
        choices=LicenceDecision.Verdict.choices,
        label="verdict on the licence",
    )

    class Meta:
        model = Episode
        fields = ("podcast", "language", "spoken_language", "licence")


class EpisodeViewSet(viewsets.ReadOnlyModelViewSet[Episode]):
    """Episodes by number, the first part of their clips' names."""

    queryset = (
        Episode.objects.select_related("licence")
        .prefetch_related(Prefetch("runs", StageRun.objects.order_by("created_at", "pk")))
        .order_by("number")
    )
    serializer_class: Any = EpisodeSerializer
    filterset_class = EpisodeFilters


def states(runs: Iterable[StageRun]) -> list[dict[str, Any]]:
    """The newest run of each stage, in the order of the road; `runs` come oldest first."""
    newest = {run.stage: run for run in runs}
    return [_state(newest[stage.name]) for stage in EPISODE_STAGES if stage.name in newest]


def _state(run: StageRun) -> dict[str, Any]:
    return {
        "stage": run.stage,
        "state": run.outcome or (RUNNING if run.claim else WAITING),
        "reason": run.reason or run.error,
        "engine": run.engine,
        "version": run.version,
        "done_at": run.done_at,
    }
