"""The router of /api/v1/, its tokens, its schema and its docs."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from annotation.api.campaigns import CampaignViewSet
from annotation.api.consensus import ConsensusViewSet
from annotation.api.ratings import RatingViewSet
from config.login import TokenView
from corpus.api.clips import ClipViewSet
from corpus.api.episodes import EpisodeViewSet
from corpus.api.podcasts import PodcastViewSet
from corpus.api.releases import ReleaseFileView, ReleaseViewSet
from corpus.api.withdrawals import TombstoneViewSet

METHODS = ("get", "post")

app_name = "api"
router = SimpleRouter()
router.register("podcasts", PodcastViewSet, basename="podcast")
router.register("episodes", EpisodeViewSet, basename="episode")
router.register("clips", ClipViewSet, basename="clip")
router.register("campaigns", CampaignViewSet, basename="campaign")
router.register("ratings", RatingViewSet, basename="rating")
router.register("consensus", ConsensusViewSet, basename="consensus")
router.register("releases", ReleaseViewSet, basename="release")
router.register("tombstones", TombstoneViewSet, basename="tombstone")


@login_required
def docs(request: HttpRequest) -> HttpResponse:
    """Every endpoint on one page, from the schema; nothing is loaded from elsewhere."""
    schema: Any = SchemaGenerator().get_schema(request=None, public=True)
    return render(request, "api.html", {"info": schema["info"], "endpoints": list(_read(schema))})


def _read(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for address, item in schema["paths"].items():
        for method in METHODS:
            if operation := item.get(method):
                yield {
                    "method": method.upper(),
                    "path": address,
                    "says": operation.get("description", ""),
                    "parameters": operation.get("parameters", []),
                }


urlpatterns = [
    path("token/", TokenView.as_view(), name="token"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("releases/<int:pk>/files/<path:path>", ReleaseFileView.as_view(), name="release-file"),
    path("", include(router.urls)),
]
