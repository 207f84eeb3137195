"""Clips: list, detail, sound."""

from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpResponseBase
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.reverse import reverse

from common.api import AnyKind, Filters, Gone
from common.files import store
from common.ranges import CHECKED, ranged
from corpus.actions import catalogue, withdrawals
from corpus.core.segments import RATE
from corpus.models import Clip, Measurement, Podcast, Speaker

VERDICTS = [(name, name) for name in catalogue.VERDICTS]


class MeasuresSerializer(serializers.ModelSerializer[Measurement]):
    """What was measured; shares are 0 … 1, null is what could not be measured."""

    class Meta:
        model = Measurement
        fields = (
            "snr_db",
            "bandwidth_hz",
            "clipping",
            "speech_share",
            "overlap_share",
            "level_db",
        )


class ClipSerializer(serializers.ModelSerializer[Clip]):
    """A span of one speaker, with what the newest gate made of it."""

    podcast = serializers.IntegerField(source="episode.podcast_id", read_only=True)
    speaker = serializers.IntegerField(
        source="voice.speaker_id",
        read_only=True,
        allow_null=True,
        help_text="the same person across episodes; null until voices were compared",
    )
    text = serializers.SerializerMethodField(help_text="empty for a clip that was withdrawn")
    start_s = serializers.SerializerMethodField(help_text="in the episode's master")
    end_s = serializers.SerializerMethodField()
    verdict = serializers.SerializerMethodField(help_text="of the newest gate")
    reasons = serializers.SerializerMethodField(help_text="of a clip that was filtered")
    measures = MeasuresSerializer(source="measurement", read_only=True, allow_null=True)
    audio = serializers.SerializerMethodField(help_text="address of the FLAC file")
    is_current = serializers.SerializerMethodField(help_text="false once a later cut replaced it")

    class Meta:
        model = Clip
        fields = (
            "name",
            "episode",
            "podcast",
            "start_s",
            "end_s",
            "speaker",
            "text",
            "verdict",
            "reasons",
            "measures",
            "audio",
            "is_current",
        )

    def get_text(self, clip: Any) -> str:
        return "" if clip.taken else clip.text

    def get_start_s(self, clip: Clip) -> float:
        return clip.start / RATE

    def get_end_s(self, clip: Clip) -> float:
        return clip.end / RATE

    @extend_schema_field(serializers.ChoiceField(VERDICTS))
    def get_verdict(self, clip: Clip) -> str:
        return catalogue.verdict_of(clip)

    def get_reasons(self, clip: Any) -> list[str]:
        return clip.reasons or []

    @extend_schema_field(OpenApiTypes.URI)
    def get_audio(self, clip: Clip) -> str:
        return reverse("api:clip-audio", args=[clip.name], request=self.context.get("request"))

    def get_is_current(self, clip: Clip) -> bool:
        return clip.superseded_at is None


def _seconds(**kwargs: Any) -> filters.NumberFilter:
    """A length; what is longer than a day would only overflow."""
    return filters.NumberFilter(min_value=0, max_value=86_400, **kwargs)


class ClipFilters(Filters):
    podcast = filters.ModelChoiceFilter(
        field_name="episode__podcast", queryset=Podcast.objects.all()
    )
    speaker = filters.ModelChoiceFilter(field_name="voice__speaker", queryset=Speaker.objects.all())
    # Across the fence by name only: corpus imports nothing of annotation.
    campaign = filters.CharFilter(
        field_name="campaign_clips__campaign__name", label="name of a campaign that has the clip"
    )
    verdict = filters.ChoiceFilter(choices=VERDICTS, method="judged", label="of the newest gate")
    current = filters.BooleanFilter(
        field_name="superseded_at",
        lookup_expr="isnull",
        label="false for clips a later cut replaced",
    )
    min_seconds = _seconds(method="at_least", label="shortest length")
    max_seconds = _seconds(method="at_most", label="greatest length")

    class Meta:
        model = Clip
        fields = ("episode",)

    def judged(self, clips: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return clips.filter(is_accepted={"accepted": True, "filtered": False}.get(value))

    @extend_schema_field(OpenApiTypes.DOUBLE)
    def at_least(self, clips: QuerySet[Clip], name: str, value: Any) -> QuerySet[Clip]:
        return clips.filter(end__gte=F("start") + round(value * RATE))

    @extend_schema_field(OpenApiTypes.DOUBLE)
    def at_most(self, clips: QuerySet[Clip], name: str, value: Any) -> QuerySet[Clip]:
        return clips.filter(end__lte=F("start") + round(value * RATE))


class ClipViewSet(viewsets.ReadOnlyModelViewSet[Clip]):
    """Clips by name, rejected ones too."""

    queryset = catalogue.judged(
        Clip.objects.with_withdrawal().select_related("episode", "voice", "measurement")
    ).order_by("episode__number", "number")
    serializer_class: Any = ClipSerializer
    filterset_class = ClipFilters
    lookup_field = "name"

    @extend_schema(responses={(200, "audio/flac"): OpenApiTypes.BINARY})
    @action(
        detail=True, filterset_class=None, pagination_class=None, content_negotiation_class=AnyKind
    )
    def audio(self, request: Request, name: str) -> HttpResponseBase:
        """The sound as FLAC, 16 kHz mono; Range requests get their part. 410 once it was withdrawn."""
        clip = self.get_object()
        if clip.erased_at or withdrawals.of_clip(clip):
            raise Gone(f"{clip.name} was withdrawn.")
        return ranged(
            request._request,
            store(),
            clip.file,
            content_type="audio/flac",
            cache=CHECKED,
            download=f"{clip.name}.flac",
        )
