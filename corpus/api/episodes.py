"""Episodes: list, detail, each with its licence and how far it has come."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, viewsets

from common.api import Filters
from corpus.actions import journeys
from corpus.actions.journeys import Step
from corpus.core.stages import EPISODE_STAGES
from corpus.models import Episode, LicenceDecision


class LicenceSerializer(serializers.ModelSerializer[LicenceDecision]):
    """The decision that counts; who made it stays inside."""

    class Meta:
        model = LicenceDecision
        fields = ("verdict", "spdx", "url", "reason", "policy_version", "decided_at")


class StageSerializer(serializers.Serializer[Any]):
    """One stage by its newest run; `reason` says why it was left out, failed, or waits again."""

    stage = serializers.ChoiceField([stage.name for stage in EPISODE_STAGES])
    state = serializers.ChoiceField(list(journeys.LABELS))
    reason = serializers.SerializerMethodField()
    engine = serializers.CharField(source="run.engine", default="")
    version = serializers.CharField(source="run.version", default="")
    done_at = serializers.DateTimeField(source="run.done_at", allow_null=True, default=None)

    def get_reason(self, step: Step) -> str:
        return "" if step.run is None else step.run.reason or step.run.error


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
        return StageSerializer(journeys.steps(episode, episode.runs.all()), many=True).data


class EpisodeFilters(Filters):
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

    queryset = Episode.objects.select_related("licence").prefetch_related("runs").order_by("number")
    serializer_class: Any = EpisodeSerializer
    filterset_class = EpisodeFilters
