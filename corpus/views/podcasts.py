"""Podcasts: what is known of each, and what its licences allow."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from common.http import HttpRequest, render
from common.roles import curator_required
from corpus.actions import catalogue
from corpus.views import paging
from corpus.views.episodes import rows

PER_PAGE = 50


@require_GET
@curator_required
def index(request: HttpRequest) -> HttpResponse:
    """Every podcast with its counts."""
    page = paging.page(request, catalogue.podcasts(), by="id", size=PER_PAGE)
    return render(request, "corpus/podcasts/list.html", {"page": page}, partials=("podcasts",))


@require_GET
@curator_required
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One podcast: facts, licences, episodes."""
    podcast = get_object_or_404(catalogue.podcasts(), pk=pk)
    page = paging.page(
        request, catalogue.episodes({"podcast": podcast}), by="number", size=PER_PAGE
    )
    context = {
        "podcast": podcast,
        "licences": catalogue.licence_counts(podcast),
        "page": page,
        "rows": rows(page.rows),
    }
    return render(request, "corpus/podcasts/detail.html", context, partials=("episodes",))
