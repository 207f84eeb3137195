"""Choosing clips for a campaign: what would be picked, then the picking."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from annotation.actions import charts
from annotation.models import Campaign
from common.http import HttpRequest, render
from common.roles import curator_required
from corpus.core import units
from selection.actions import jobs, pool
from selection.forms import SelectForm

TEMPLATE = "selection/jobs/form.html"


@require_http_methods(["GET", "HEAD", "POST"])
@curator_required
def select_clips(request: HttpRequest, name: str) -> HttpResponse:
    """The form with what it would pick now; sent, it picks."""
    campaign = get_object_or_404(Campaign, name=name)
    if request.method == "POST":
        return _pick(request, campaign)
    form = SelectForm(request.GET) if "n" in request.GET else SelectForm(_initial())
    context = _context(campaign, form)
    return render(request, TEMPLATE, context, partials=("select", "preview"))


def _pick(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    form = SelectForm(request.POST)
    if not form.is_valid():
        context = _context(campaign, form)
        return render(request, TEMPLATE, context, partials=("select",), status=422)
    if refusal := charts.why_no_clips(campaign):
        context = _context(campaign, form) | {"refusal": refusal}
        return render(request, TEMPLATE, context, partials=("select",), status=409)
    wish = {key: form.cleaned_data[key] for key in ("strategy", "n", "seed")}
    who: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    try:
        job = jobs.run(campaign=campaign, **wish, caps=form.caps, **who)
    except jobs.NothingToSelect as reason:
        context = _context(campaign, form) | {"refusal": str(reason)}
        return render(request, TEMPLATE, context, partials=("select",), status=409)
    n = job.picks.count()
    text = ngettext("%(n)s clip was added.", "%(n)s clips were added.", n)
    messages.success(request, " ".join([text % {"n": units.count(n)}, *job.notes]))
    if request.htmx:
        return HttpResponseClientRedirect(reverse("campaign", args=[campaign.name]))
    return redirect("campaign", campaign.name)


def _initial() -> dict[str, Any]:
    return {name: field.initial for name, field in SelectForm.base_fields.items()}


def _context(campaign: Campaign, form: SelectForm) -> dict[str, Any]:
    found = pool.of(campaign)
    context = {"campaign": campaign, "form": form, "pool": found}
    context["why_not"] = charts.why_no_clips(campaign)
    if form.is_valid():
        n = form.cleaned_data["n"]
        context |= {"n": n, "room": pool.room(found, n=n, caps=form.caps)}
    return context
