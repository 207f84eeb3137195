"""Who may enter the admin: whoever curates. What they see there is each app's business."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse

from common.roles import is_curator
from config.login import throttled


class Site(AdminSite):
    """Read-only pages of our rows for curators; accounts and groups for administrators."""

    site_header = site_title = "Emocast"

    def has_permission(self, request: HttpRequest) -> bool:
        return is_curator(request.user)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's own, as slow to guess at as the main one."""
        answer: HttpResponse = throttled(super().login)(request, extra_context)  # type: ignore[assignment]  # as Django has it
        return answer
