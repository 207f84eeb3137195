"""Episodes: their way through the stages, what lies along them, their licence."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST, require_safe

from common.files import Missing, store
from common.http import HttpRequest, gone, render
from common.ranges import CHECKED, ranged
from common.roles import curator_required
from corpus.actions import catalogue, journeys, lanes, licences, notices, runs
from corpus.actions.journeys import Step
from corpus.forms.filters import EpisodeFilter
from corpus.forms.licences import ReasonForm
from corpus.models import Episode
from corpus.views import licences as licence_pages
from corpus.views import paging
from corpus.views.requests import public_link

PER_PAGE = 50
DETAIL = "corpus/episodes/detail.html"


def rows(episodes: Iterable[Episode]) -> list[tuple[Episode, list[Step]]]:
    """Episodes beside their stages, as lists show them."""
    return [(episode, journeys.steps(episode, episode.runs.all())) for episode in episodes]


@require_GET
@curator_required
def index(request: HttpRequest) -> HttpResponse:
    """Episodes under the filters of the URL."""
    form = EpisodeFilter(request.GET)
    page = paging.page(request, catalogue.episodes(form.wish), by="number", size=PER_PAGE)
    context = {"form": form, "page": page, "rows": rows(page.rows), "is_filtered": bool(form.wish)}
    return render(request, "corpus/episodes/list.html", context, partials=("episodes",))


@require_GET
@curator_required
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One episode; its journey polls itself while something is open."""
    episode = _episode(pk)
    context = _context(episode) | {"public_link": public_link(request, episode)}
    return render(request, DETAIL, context, partials=("journey",))


@require_GET
@curator_required
def waveform(request: HttpRequest, pk: int) -> HttpResponse:
    """The outline with its layers, which takes longer than the page: it has to read the sound."""
    episode = _episode(pk)
    if episode.withdrawal_id:
        return gone(_("This recording was withdrawn."))
    parts = notices.parts(episode)
    context: dict[str, Any] = {"episode": episode, "parts": parts}
    context["lanes"] = lanes.of(episode, with_words=not parts)
    try:
        context["peaks"] = lanes.outline(episode.master_file, episode.n_samples or 0)
    except Missing:
        context["is_missing"] = True
    return render(request, f"{DETAIL}#waveform", context)


@require_safe
@curator_required
def audio(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The master: 16 kHz mono FLAC; 410 where it, or a part of it, was withdrawn."""
    episode = get_object_or_404(Episode.objects.exclude(master_file=""), pk=pk)
    if episode.withdrawal_id or notices.parts(episode):
        return gone(_("This recording, or a part of it, was withdrawn. It is not played any more."))
    return ranged(request, store(), episode.master_file, content_type="audio/flac", cache=CHECKED)


@require_POST
@curator_required
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the failed stages of one episode again."""
    episode = get_object_or_404(Episode, pk=pk)
    n = runs.retry_failed(at=timezone.now(), episode=episode)
    text = ngettext("%(n)s stage runs again.", "%(n)s stages run again.", n) % {"n": n}
    messages.success(request, text)
    return redirect("episode", pk)


@require_POST
@curator_required
def licence(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's answer about the licence: what they found, or why the episode is left out."""
    episode = _episode(pk)
    form = licence_pages.sent(request, episode)
    if not form.is_valid():
        return render(request, DETAIL, _context(episode, form), status=422)
    act = licences.refuse if isinstance(form, ReasonForm) else licences.settle
    try:
        act(episode=episode, by=request.user, at=timezone.now(), **form.cleaned_data)
    except licences.NotInReview:
        messages.warning(request, _("Somebody decided on this licence before you; see below."))
        return render(request, DETAIL, _context(_episode(pk)), status=409)
    except licences.NoCredit:
        form.add_error("attribution", licence_pages.NO_CREDIT)
        return render(request, DETAIL, _context(episode, form), status=422)
    return redirect("episode", pk)


def _episode(pk: int) -> Episode:
    return get_object_or_404(
        Episode.objects.select_related("podcast", "licence", "withdrawal"), pk=pk
    )


def _context(episode: Episode, form: Any = None) -> dict[str, Any]:
    ledger = list(episode.runs.order_by("created_at", "pk"))
    steps = journeys.steps(episode, ledger)
    newest = {step.run.pk for step in steps if step.run}
    verdicts = catalogue.verdict_amounts(episode)
    return {
        "episode": episode,
        "timeline": journeys.timeline(steps),
        "earlier": journeys.timeline(
            journeys.single(run) for run in ledger if run.pk not in newest
        ),
        "is_live": any(run.done_at is None for run in ledger),
        "has_failed": any(run.outcome == "failed" for run in ledger),
        **licence_pages.of_episode(episode, form),
        "withdrawal": notices.of_episode(episode),
        "parts": notices.parts(episode),
        "verdicts": verdicts,
        "all_clips": catalogue.together(amount for *_words, amount in verdicts),
    }
