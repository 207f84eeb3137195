"""Labels: what the raters of each clip agree on."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers, viewsets

from annotation.core import taxonomy
from annotation.models import Consensus
from common.api import Filters

CODES = (*taxonomy.CODES, taxonomy.NO_AGREEMENT)


def _shares(**kwargs: Any) -> serializers.DictField:
    return serializers.DictField(child=serializers.FloatField(), read_only=True, **kwargs)


class ConsensusSerializer(serializers.ModelSerializer[Consensus]):
    """The labels of one clip in one campaign."""

    campaign = serializers.CharField(source="campaign.name", read_only=True)
    clip = serializers.CharField(source="clip.name", read_only=True)
    shares = _shares(help_text="letter → share of the votes")
    secondary = _shares(help_text="word → share of the raters who ticked it")
    distribution_pooled = _shares(allow_null=True, help_text="category → share of all ticks")
    distribution_rater_equal = _shares(
        allow_null=True, help_text="category → mean of the raters' own distributions"
    )

    class Meta:
        model = Consensus
        fields = (
            "id",
            "campaign",
            "clip",
            "code",
            "shares",
            "valence",
            "arousal",
            "dominance",
            "secondary",
            "distribution_pooled",
            "distribution_rater_equal",
            "entropy",
            "n_ratings",
            "rule_version",
            "computed_at",
        )


class ConsensusFilters(Filters):
    campaign = filters.CharFilter(field_name="campaign__name", label="name of the campaign")
    clip = filters.CharFilter(field_name="clip__name", label="name of the clip")
    code = filters.ChoiceFilter(choices=[(code, code) for code in CODES], label="label; X is none")

    class Meta:
        model = Consensus
        fields: tuple[str, ...] = ()


class ConsensusViewSet(viewsets.ReadOnlyModelViewSet[Consensus]):
    """Labels by campaign and clip."""

    queryset = Consensus.objects.select_related("campaign", "clip").order_by("campaign", "clip")
    serializer_class: Any = ConsensusSerializer
    filterset_class = ConsensusFilters
