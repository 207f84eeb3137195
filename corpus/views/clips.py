"""Clips: browse them, hear them, see why they passed the gate and where they come from."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from common.files import store
from common.http import HttpRequest, gone, render
from common.ranges import CHECKED, ranged
from common.roles import curator_required
from corpus.actions import attribution, catalogue, notices, provenance
from corpus.core import gauges
from corpus.forms.filters import ClipFilter
from corpus.models import Clip
from corpus.views import paging
from corpus.views.requests import public_link

PER_PAGE = 30


@require_GET
@curator_required
def index(request: HttpRequest) -> HttpResponse:
    """Current clips under the filters of the URL."""
    form = ClipFilter(request.GET)
    found = catalogue.clips(form.wish)
    context = {
        "form": form,
        "wish": form.wish,
        "page": paging.page(request, found, by="name", size=PER_PAGE),
        "amount": catalogue.amount(found),
    }
    return render(request, "corpus/clips/list.html", context, partials=("clips",))


@require_GET
@curator_required
def detail(request: HttpRequest, name: str) -> HttpResponse:
    """One clip: sound, words, measures, verdict, and the way back to its feed."""
    clip = _clip(name)
    context = _context(clip) | {"public_link": public_link(request, clip)}
    return render(request, "corpus/clips/detail.html", context)


@require_safe
@curator_required
def audio(request: HttpRequest, name: str) -> HttpResponseBase:
    """The clip's file: 16 kHz mono FLAC; 410 once it was withdrawn."""
    clip = get_object_or_404(Clip.objects.with_withdrawal(), name=name)
    if clip.taken or clip.erased_at:
        return gone(_("This clip was withdrawn. It is not played any more."))
    return ranged(request, store(), clip.file, content_type="audio/flac", cache=CHECKED)


def _clip(name: str) -> Clip:
    related = ("episode__podcast", "episode__licence", "voice__speaker", "measurement", "run")
    clips = catalogue.judged(Clip.objects.with_withdrawal().select_related(*related))
    clip: Clip = get_object_or_404(clips, name=name)
    return clip


def _context(clip: Clip) -> dict[str, Any]:
    verdicts = list(clip.verdicts.order_by("-judged_at", "-pk"))
    gate = verdicts[0].gate_parameters if verdicts else {}
    measured = vars(clip.measurement) if hasattr(clip, "measurement") else {}
    return {
        "clip": clip,
        "withdrawal": notices.of_clip(clip),
        "credit": attribution.of_clip(clip),
        "neighbours": catalogue.neighbours(clip),
        "verdict": verdicts[0] if verdicts else None,
        "earlier": verdicts[1:],
        "gauges": gauges.gauges(measured, gate) if measured else (),
        "provenance": provenance.of(clip),
        "releases": clip.release_items.select_related("release").order_by("release"),
    }
