"""Where everything is, and what to do next."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from annotation.actions import charts
from common.http import HttpRequest, render
from common.roles import curator_required
from corpus.actions import runs
from selection.actions import needs, overview


@require_GET
@curator_required
def show(request: HttpRequest) -> HttpResponse:
    """The road, what needs a person, campaigns and releases; polls itself while work is open."""
    context = {
        "is_empty": overview.is_empty(),
        "road": overview.road(),
        "work": overview.work(now=timezone.now()),
        "needs": needs.now(),
        "has_failed": overview.has_failed(),
        "campaigns": list(charts.campaigns()[:5]),
        "releases": list(overview.releases()),
    }
    return render(request, "selection/overview.html", context, partials=("state",))


@require_POST
@curator_required
def retry(request: HttpRequest) -> HttpResponse:
    """Open every failed stage again."""
    n = runs.retry_failed(at=timezone.now())
    text = ngettext("%(n)s stage runs again.", "%(n)s stages run again.", n) % {"n": n}
    messages.success(request, text)
    return redirect("overview")
