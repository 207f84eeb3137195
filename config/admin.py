"""Who may enter the admin: whoever curates. What they see there is each app's business."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest

from common.roles import is_curator


class Site(AdminSite):
    """Read-only pages of our rows for curators; accounts and groups for administrators."""

    site_header = site_title = "Emocast"

    def has_permission(self, request: HttpRequest) -> bool:
        return is_curator(request.user)
