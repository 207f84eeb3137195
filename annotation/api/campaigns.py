"""Campaigns: list, detail, and the buttons that open, pause and close them."""

from collections.abc import Callable
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.actions import campaigns
from annotation.core.protocols import Question
from annotation.models import Campaign, CampaignClip, Rating
from common.api import Conflict, Filters, IsCurator, IsCuratorOrRater, Refusal
from common.roles import is_curator


class ProtocolSerializer(serializers.Serializer[Any]):
    """The questions in their order, and which of them need an answer."""

    name = serializers.CharField()
    version = serializers.CharField()
    questions = serializers.ListField(child=serializers.ChoiceField([q.value for q in Question]))
    required = serializers.ListField(  # type: ignore[assignment]  # a field, not the option
        child=serializers.CharField(), help_text="some of the questions"
    )


class ProgressSerializer(serializers.Serializer[Any]):
    """How far the raters are; `n_ratings` counts a corrected answer once."""

    n_clips = serializers.IntegerField()
    n_complete = serializers.IntegerField(help_text="clips with all the ratings they need")
    n_ratings = serializers.IntegerField()


class CampaignSerializer(serializers.ModelSerializer[Campaign]):
    """What is asked of raters about a set of clips."""

    protocol = ProtocolSerializer(read_only=True)
    progress = serializers.SerializerMethodField(help_text="null for raters")

    class Meta:
        model = Campaign
        fields = (
            "name",
            "title",
            "state",
            "need",
            "protocol",
            "guidelines",
            "created_at",
            "progress",
        )

    @extend_schema_field(ProgressSerializer(allow_null=True))
    def get_progress(self, campaign: Any) -> Any:
        if not hasattr(campaign, "n_clips"):  # counted for curators alone
            return None
        return ProgressSerializer(campaign).data


class CampaignFilters(Filters):
    class Meta:
        model = Campaign
        fields = ("state",)


def _button(method: Callable[..., Response]) -> Callable[..., Response]:
    """A POST that curators may send; 409 with the reason where the state does not allow it."""
    button = action(detail=True, methods=["post"], permission_classes=(IsCurator,))(method)
    answers = {200: CampaignSerializer, 409: Refusal}
    return extend_schema(request=None, responses=answers)(button)


class CampaignViewSet(viewsets.ReadOnlyModelViewSet[Campaign]):
    """All campaigns with their progress for curators; for raters those that are open."""

    queryset = Campaign.objects.order_by("pk")
    serializer_class: Any = CampaignSerializer
    permission_classes = (IsCuratorOrRater,)
    filterset_class = CampaignFilters
    lookup_field = "name"

    def get_queryset(self) -> QuerySet[Campaign]:
        every: Any = super().get_queryset()
        return counted(every) if is_curator(self.request.user) else every.open()

    @_button
    def open(self, request: Request, name: str) -> Response:
        """Give clips to raters from now on; the questions are frozen."""
        return self._change("open")

    @_button
    def pause(self, request: Request, name: str) -> Response:
        """Give no more clips to raters for a while."""
        return self._change("pause")

    @_button
    def resume(self, request: Request, name: str) -> Response:
        """Give clips to raters again after a pause."""
        return self._change("resume")

    @_button
    def close(self, request: Request, name: str) -> Response:
        """Give no more clips to raters."""
        return self._change("close")

    @_button
    def reopen(self, request: Request, name: str) -> Response:
        """Give clips to raters again although the campaign was closed."""
        return self._change("reopen")

    def _change(self, verb: str) -> Response:
        try:
            campaigns.change(campaign=self.get_object(), action=verb)
        except campaigns.NotNow as reason:
            raise Conflict(str(reason)) from None
        return Response(self.get_serializer(self.get_object()).data)


def counted(every: QuerySet[Campaign]) -> QuerySet[Campaign]:
    """With n_clips, n_complete and n_ratings; each by itself, for a join would multiply them."""
    clips = CampaignClip.objects
    return every.annotate(
        n_clips=_count(clips.all()),
        n_complete=_count(clips.filter(n_done__gte=F("need"))),
        n_ratings=_count(Rating.objects.current()),
    )


def _count(rows: QuerySet[Any]) -> Coalesce:
    own = rows.filter(campaign=OuterRef("pk")).order_by().values("campaign")
    number = own.annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)
