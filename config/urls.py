"""Pages per app, the API, admin, health."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import include, path, resolve

from common.roles import is_curator
from config.login import throttled


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Curators start at the overview, raters at their clips."""
    return redirect("overview" if is_curator(request.user) else "rate")


def health(request: HttpRequest) -> JsonResponse:
    """Whether this process answers and reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def nowhere(request: HttpRequest, path: str) -> HttpResponse:
    """Our own page for an address that leads nowhere, on a laptop too; JSON for programs.

    It matches everything, so the closing slash that Django would add is added here.
    """
    if not path.endswith("/") and resolve(f"/{path}/").url_name != "nowhere":
        return redirect(f"/{path}/")
    if path.startswith("api/"):
        return JsonResponse({"detail": "There is nothing at this address."}, status=404)
    return render(request, "404.html", status=404)


login = auth.LoginView.as_view(redirect_authenticated_user=True)
urlpatterns = [
    path("", home, name="home"),
    path("health/", health, name="health"),
    path("login/", throttled(login), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("corpus.urls")),
    path("", include("annotation.urls")),
    path("", include("selection.urls")),
    path("<path:path>", nowhere, name="nowhere"),
]
