"""Podcasts: what is known of each, what its licences allow, and how its feed is read again."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from common.http import HttpRequest, render
from common.roles import curator_required
from corpus.actions import catalogue, feeds, notices
from corpus.forms.licences import ReasonForm
from corpus.models import FeedWatch, Podcast
from corpus.tasks import feeds as tasks
from corpus.views import paging
from corpus.views.episodes import rows
from corpus.views.requests import public_link

PER_PAGE = 50
MOST_CHECKS = 50
DETAIL = "corpus/podcasts/detail.html"


@require_GET
@curator_required
def index(request: HttpRequest) -> HttpResponse:
    """Every podcast with its counts."""
    page = paging.page(request, catalogue.podcasts(), by="id", size=PER_PAGE)
    return render(request, "corpus/podcasts/list.html", {"page": page}, partials=("podcasts",))


@require_GET
@curator_required
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One podcast: facts, licences, episodes, its feed; that polls itself while a look is due."""
    context = _context(request, _podcast(pk))
    return render(request, DETAIL, context, partials=("episodes", "feed"))


@require_POST
@curator_required
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the feed read as soon as a worker is free."""

    def now(watch: FeedWatch) -> None:
        feeds.check_now(watch=watch, at=timezone.now())
        tasks.refresh.delay_on_commit(watch_id=watch.pk)

    return _act(request, pk, now)


@require_POST
@curator_required
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave the feed alone for a while."""
    who: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    return _act(request, pk, lambda watch: feeds.pause(watch=watch, **who))


@require_POST
@curator_required
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a paused or retired feed again."""
    who: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    return _act(request, pk, lambda watch: feeds.resume(watch=watch, **who))


@require_POST
@curator_required
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Never read the feed again, once the person has said why."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return render(request, DETAIL, _context(request, _podcast(pk), form), status=422)
    who: dict[str, Any] = {"by": request.user, "at": timezone.now(), **form.cleaned_data}
    return _act(request, pk, lambda watch: feeds.retire(watch=watch, **who))


def _act(request: HttpRequest, pk: int, act: Callable[[FeedWatch], None]) -> HttpResponse:
    """Do it and show the feed, or say that somebody was faster."""
    watch = get_object_or_404(FeedWatch, podcast=pk)
    try:
        act(watch)
    except (feeds.Already, feeds.Resting):
        messages.warning(request, _("Somebody was faster: below is how the feed stands now."))
        return render(request, DETAIL, _context(request, _podcast(pk)), status=409)
    return redirect(f"{reverse('podcast', args=[pk])}#feed")


def _podcast(pk: int) -> Podcast:
    return get_object_or_404(catalogue.podcasts(), pk=pk)


def _context(
    request: HttpRequest, podcast: Podcast, form: ReasonForm | None = None
) -> dict[str, Any]:
    page = paging.page(
        request, catalogue.episodes({"podcast": podcast}), by="number", size=PER_PAGE
    )
    checks = podcast.checks.select_related("asked_by").order_by("-at", "-pk")
    return {
        "podcast": podcast,
        "licences": catalogue.licence_counts(podcast),
        "page": page,
        "rows": rows(page.rows),
        "checks": checks[:MOST_CHECKS],
        "form": form or ReasonForm(),
        "withdrawal": notices.of_podcast(podcast),
        "public_link": public_link(request, podcast),
        **_watch(podcast),
    }


def _watch(podcast: Podcast) -> dict[str, Any]:
    """How the feed stands, where the podcast has one on the web."""
    watch = FeedWatch.objects.filter(podcast=podcast).first()
    if watch is None:
        return {"watch": None}
    is_due = watch.claimed_at is not None or watch.retry_at <= timezone.now()
    is_live = is_due and not feeds.is_resting(watch)
    return {"watch": watch, "state": feeds.state(watch), "is_live": is_live}
