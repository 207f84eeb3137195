"""Ratings: list, detail; under pseudonyms, and for raters their own alone."""

import re
from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers, viewsets

from annotation.models import Rating
from common.api import Filters, IsCuratorOrRater
from common.roles import is_curator

PSEUDONYM = re.compile(r"WORKER([0-9]{8,})")


def _scale() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=7, read_only=True, allow_null=True)


class RatingSerializer(serializers.ModelSerializer[Rating]):
    """One answer: the public fields of a rating, and the pseudonym of its rater."""

    campaign = serializers.CharField(source="campaign.name", read_only=True)
    clip = serializers.CharField(source="clip.name", read_only=True)
    rater = serializers.CharField(
        source="rater.pseudonym", read_only=True, help_text="as in releases"
    )
    is_simulated = serializers.BooleanField(
        source="rater.is_simulated", read_only=True, help_text="made by a script, not a person"
    )
    valence = _scale()
    arousal = _scale()
    dominance = _scale()
    replaces = serializers.IntegerField(
        source="replaces_id", read_only=True, allow_null=True, help_text="the rating it corrects"
    )
    replaced_by = serializers.IntegerField(
        source="replaced_by.pk",
        read_only=True,
        default=None,
        allow_null=True,
        help_text="the rating that corrects it",
    )

    class Meta:
        model = Rating
        fields = (
            "id",
            "campaign",
            "clip",
            "rater",
            "is_simulated",
            "valence",
            "arousal",
            "dominance",
            "primary",
            "primary_other",
            "secondary",
            "secondary_other",
            "distribution",
            "rated_at",
            "form_version",
            "is_late",
            "replaces",
            "replaced_by",
        )


class RatingFilters(Filters):
    campaign = filters.CharFilter(field_name="campaign__name", label="name of the campaign")
    clip = filters.CharFilter(field_name="clip__name", label="name of the clip")
    rater = filters.CharFilter(method="by", label="pseudonym of the rater")
    current = filters.BooleanFilter(
        field_name="replaced_by", lookup_expr="isnull", label="false for those a later one corrects"
    )

    class Meta:
        model = Rating
        fields: tuple[str, ...] = ()

    def by(self, ratings: QuerySet[Rating], name: str, value: str) -> QuerySet[Rating]:
        number = PSEUDONYM.fullmatch(value)
        return ratings.filter(rater__number=int(number[1])) if number else ratings.none()


class RatingViewSet(viewsets.ReadOnlyModelViewSet[Rating]):
    """Ratings in the order they came: all for curators, their own for raters."""

    queryset = Rating.objects.select_related("campaign", "clip", "rater", "replaced_by").order_by(
        "pk"
    )
    serializer_class: Any = RatingSerializer
    permission_classes = (IsCuratorOrRater,)
    filterset_class = RatingFilters

    def get_queryset(self) -> QuerySet[Rating]:
        every, who = super().get_queryset(), self.request.user
        return every if is_curator(who) else every.filter(rater__user=who.pk or 0)
