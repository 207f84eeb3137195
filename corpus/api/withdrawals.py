"""Tombstones: which released clips were withdrawn, for those who hold copies of releases."""

from datetime import UTC, date, datetime
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from corpus.actions import tombstones
from corpus.models import Release, Withdrawal


class TombstoneSerializer(serializers.Serializer[Any]):
    """A clip that was in a release and is withdrawn; no names, no words."""

    clip = serializers.CharField()
    sha256 = serializers.CharField(help_text="of its audio file")
    releases = serializers.ListField(child=serializers.CharField(), help_text="that held it")
    withdrawn_on = serializers.DateField(help_text="the day, in UTC")
    reason_class = serializers.CharField(help_text="speaker, rights, licence, content or error")


class TombstoneViewSet(viewsets.GenericViewSet[Withdrawal]):
    """Clips of releases that are withdrawn today; one that was let stand again is not listed."""

    serializer_class = TombstoneSerializer
    queryset = Withdrawal.objects.none()
    filter_backends = ()

    @extend_schema(
        operation_id="tombstones_list",
        parameters=[
            OpenApiParameter(
                "since", str, description="withdrawn on this day or later: 2026-03-01"
            ),
            OpenApiParameter(
                "release", str, description="held by this one: its id, or name version"
            ),
        ],
        responses=TombstoneSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """By clip name, in pages; ask again from the last day on, and take out what is new."""
        since = _day(request.query_params.get("since", ""))
        found = tombstones.of(_releases(request.query_params.get("release", "")))
        found = [stone for stone in found if since is None or stone.withdrawn_on >= since]
        page: Any = self.paginate_queryset(found)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


def _releases(wanted: str) -> list[Release]:
    every = list(Release.objects.order_by("pk"))
    found = [row for row in every if not wanted or wanted in (str(row.pk), str(row))]
    if wanted and not found:
        raise NotFound(f"There is no release {wanted}.")
    return found


def _day(text: str) -> date | None:
    """The day, or None for an empty text."""
    if not text:
        return None
    try:
        moment = parse_datetime(text) if len(text) > len("2026-03-01") else None
        day = parse_date(text) if moment is None else _utc(moment).date()
    except ValueError:
        day = None
    if day is None:
        raise ValidationError({"since": [f"{text} is no day such as 2026-03-01."]})
    return day


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment
