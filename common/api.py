"""Paging, authentication and errors, the same for every endpoint of /api/v1/."""

from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from common.roles import is_curator


class Pages(PageNumberPagination):
    """Fifty rows a page, up to a thousand on request."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 1000


class IsCurator(BasePermission):
    """Curators and administrators."""

    message = "This needs a curator's account; ask an administrator for the role."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return is_curator(request.user)
