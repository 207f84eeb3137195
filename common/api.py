"""Paging, permissions and words that every endpoint of /api/v1/ shares.

Errors are as the REST framework has them: {"detail": …} or {field: [sentences]} with the status.
"""

from typing import TYPE_CHECKING, Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from common.roles import is_curator, is_rater

if TYPE_CHECKING:  # its module reads the settings, which name this one
    from rest_framework.views import APIView


class Pages(PageNumberPagination):
    """Fifty rows a page, up to a thousand on request."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 1000


class IsCurator(BasePermission):
    """Curators and administrators."""

    message = "This needs a curator's account; ask an administrator for the role."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return is_curator(request.user)


class IsCuratorOrRater(BasePermission):
    """Anybody with a role; the endpoint narrows down what raters see."""

    message = "This needs a role; ask an administrator for it."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return is_curator(request.user) or is_rater(request.user)


class Conflict(APIException):
    """409: the state of the thing does not allow this now; `detail` says why."""

    status_code = 409
    default_code = "conflict"


class Gone(APIException):
    """410: it was here, and is not given out any more; `detail` says why."""

    status_code = 410
    default_code = "gone"


class Refusal(serializers.Serializer[Any]):
    """The reason of a refusal, in a sentence."""

    detail = serializers.CharField()


class AnyKind(DefaultContentNegotiation):
    """For files, which are what they are: `Accept: audio/flac` is no reason to refuse."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class Filters(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Filters of a list: an empty value filters nothing, one that is no value gives 400."""
