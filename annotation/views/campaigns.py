"""Campaigns: make them, watch them, open and close them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.actions import campaigns, charts, ratings
from annotation.core import whiskers
from annotation.forms import CampaignForm
from annotation.models import Campaign
from common.http import HttpRequest, render
from common.roles import curator_required

DETAIL = "annotation/campaigns/detail.html"


@require_GET
@curator_required
def index(request: HttpRequest) -> HttpResponse:
    """Every campaign with how far it is."""
    context = {"campaigns": list(charts.campaigns())}
    return render(request, "annotation/campaigns/list.html", context, partials=("campaigns",))


@require_http_methods(["GET", "HEAD", "POST"])
@curator_required
def new(request: HttpRequest) -> HttpResponse:
    """A draft from a form."""
    form = CampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        protocol = campaigns.preset(asked.pop("protocol"))
        made = campaigns.create(**asked, protocol=protocol, by=request.user, at=timezone.now())
        messages.success(request, _("The campaign is a draft now. Add clips, then open it."))
        return redirect("campaign", made.name)
    status = 422 if form.is_bound else 200
    return render(request, "annotation/campaigns/form.html", {"form": form}, status=status)


@require_GET
@curator_required
def detail(request: HttpRequest, name: str) -> HttpResponse:
    """One campaign; its progress polls itself while it is open."""
    campaign = get_object_or_404(Campaign, name=name)
    return render(request, DETAIL, _context(campaign), partials=("progress",))


@require_POST
@curator_required
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Open, pause, resume, close, or say why not."""
    campaign, action = get_object_or_404(Campaign, name=name), request.POST.get("action", "")
    if action not in charts.BUTTONS:
        return HttpResponse(status=400)
    try:
        campaigns.change(campaign=campaign, action=action)
    except campaigns.NotNow as reason:
        messages.warning(request, str(reason))
        return render(request, DETAIL, _context(campaign), status=409)
    return redirect("campaign", name)


def _context(campaign: Campaign) -> dict[str, Any]:
    campaign.refresh_from_db()
    found = charts.of(campaign)
    agreement = getattr(campaign, "agreement", None)
    figures = agreement.figures if agreement else []
    return {
        "campaign": campaign,
        "protocol": ratings.protocol_of(campaign),
        "progress": found,
        "is_live": campaign.state == Campaign.State.OPEN and not found.is_complete,
        "buttons": charts.buttons(campaign, n_clips=found.n_clips),
        "depth": charts.depth(campaign),
        "classes": charts.classes(campaign),
        "raters": list(charts.raters(campaign)),
        "agreement": agreement,
        "picture": whiskers.picture(figures),
        "figures": [(figure, whiskers.written(figure)) for figure in figures],
    }
