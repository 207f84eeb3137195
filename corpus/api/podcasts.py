"""Podcasts: list, detail."""

from typing import Any

from django.db.models import Count
from django_filters import rest_framework as filters
from rest_framework import serializers, viewsets

from common.api import Filters
from corpus.models import Podcast


class PodcastSerializer(serializers.ModelSerializer[Podcast]):
    """A show, and how many of its episodes are known."""

    n_episodes = serializers.IntegerField(read_only=True)

    class Meta:
        model = Podcast
        fields = (
            "id",
            "guid",
            "title",
            "source",
            "link",
            "author",
            "language",
            "description",
            "added_at",
            "n_episodes",
        )


class PodcastFilters(Filters):
    title = filters.CharFilter(lookup_expr="icontains", label="part of the title")

    class Meta:
        model = Podcast
        fields = ("title", "language")


class PodcastViewSet(viewsets.ReadOnlyModelViewSet[Podcast]):
    """Podcasts in the order they came."""

    queryset = Podcast.objects.annotate(n_episodes=Count("episodes")).order_by("pk")
    serializer_class: Any = PodcastSerializer
    filterset_class = PodcastFilters
