"""What raters said about a clip: a fragment of the curator's clip page."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from annotation.actions import clip_labels
from common.http import HttpRequest, render
from common.roles import curator_required
from corpus.models import Clip


@require_GET
@curator_required
def fragment(request: HttpRequest, name: str) -> HttpResponse:
    """Votes, consensus and the table of ratings, campaign by campaign."""
    clip = get_object_or_404(Clip, name=name)
    context = {"clip": clip, "labels": clip_labels.of(clip)}
    return render(request, "annotation/clip_labels/fragment.html", context)
