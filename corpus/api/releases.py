"""Releases: list, detail, their files."""

from pathlib import Path
from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from common.api import AnyKind, Filters, Gone
from common.files import FolderStore
from common.ranges import CHECKED, ranged
from corpus.actions import notices, release_files
from corpus.models import Release


class SideSerializer(serializers.Serializer[Any]):
    """One side of the split."""

    name = serializers.CharField()
    clips = serializers.IntegerField()
    seconds = serializers.FloatField()


class ReportSerializer(serializers.Serializer[Any]):
    """What the build counted, and what it warns of; empty while building."""

    clips = serializers.IntegerField(required=False)
    seconds = serializers.FloatField(required=False)
    ratings = serializers.IntegerField(required=False)
    simulated_ratings = serializers.IntegerField(required=False)
    partitions = SideSerializer(many=True, required=False)
    warnings = serializers.ListField(child=serializers.CharField(), required=False)
    left_out = serializers.ListField(child=serializers.CharField(), required=False)
    previous = serializers.CharField(required=False, help_text="the version before; may be empty")
    changes = serializers.ListField(child=serializers.CharField(), required=False)
    tombstones = serializers.IntegerField(required=False)


class ReleaseSerializer(serializers.ModelSerializer[Release]):
    """One version of a corpus."""

    report = ReportSerializer(read_only=True)
    digest = serializers.CharField(read_only=True, help_text="sha256 of SHA256SUMS")
    files = serializers.SerializerMethodField(help_text="address of the list of files")

    class Meta:
        model = Release
        fields = (
            "id",
            "name",
            "version",
            "state",
            "digest",
            "report",
            "created_at",
            "built_at",
            "files",
        )

    @extend_schema_field(OpenApiTypes.URI)
    def get_files(self, release: Release) -> str:
        return reverse("api:release-files", args=[release.pk], request=self.context.get("request"))


class ReleaseFileSerializer(serializers.Serializer[Any]):
    """A file of a release, by its path inside."""

    path = serializers.CharField()
    sha256 = serializers.CharField()
    url = serializers.URLField()


class ReleaseFilters(Filters):
    class Meta:
        model = Release
        fields = ("name", "version", "state")


class ReleaseViewSet(viewsets.ReadOnlyModelViewSet[Release]):
    """Releases, newest first."""

    queryset = Release.objects.order_by("-created_at", "-pk")
    serializer_class: Any = ReleaseSerializer
    filterset_class = ReleaseFilters

    @extend_schema(responses=ReleaseFileSerializer(many=True))
    @action(detail=True, filterset_class=None)
    def files(self, request: Request, pk: str) -> Response:
        """The files of a release by path, its list of checksums included."""
        release = self.get_object()
        page: Any = self.paginate_queryset(sorted(release_files.digests(release).items()))
        rows = [
            {
                "path": path,
                "sha256": digest,
                "url": reverse("api:release-file", args=[release.pk, path], request=request),
            }
            for path, digest in page
        ]
        return self.get_paginated_response(ReleaseFileSerializer(rows, many=True).data)


class ReleaseFileView(APIView):
    """One file of a release."""

    content_negotiation_class = AnyKind

    @extend_schema(
        operation_id="releases_file",
        tags=["releases"],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: int, path: str) -> HttpResponseBase:
        """One file of a release; Range requests get their part. 410 for those of withdrawn clips."""
        release = get_object_or_404(Release, pk=pk)
        listed = release_files.digests(release)
        if path not in listed:  # so nothing outside the folder can be asked for
            raise NotFound(f"{release} has no file {path}.")
        if notices.is_withdrawn_since(release, Path(path).stem):
            raise Gone(f"{path} is of a clip that was withdrawn after the release.")
        return ranged(
            request._request,
            FolderStore(Path(release.folder)),
            path,
            content_type=release_files.content_type(path),
            etag=listed[path],
            cache=CHECKED,
            download=Path(path).name,
        )
