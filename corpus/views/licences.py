"""Licences: what waits for a person, what changed, what was decided, and the policy behind it."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.files import Missing, store
from common.http import HttpRequest, render
from common.roles import curator_required
from corpus.actions import attribution, catalogue, licences, podcasts, reviews
from corpus.core import evidence, spdx, units
from corpus.core import policy as table
from corpus.forms.filters import DecisionFilter, ReviewFilter
from corpus.forms.licences import LicenceForm, ReasonForm, ScopeForm
from corpus.models import Episode, FeedDocument, Podcast
from corpus.views import paging

QUESTIONS_PER_PAGE = 20
PER_PAGE = 50
GROUP = "corpus/licences/group.html"
REFUSAL = "reason_%s"  # ids of the second form on a page
NO_CREDIT = gettext_lazy(
    "This licence asks for credit, and the feed names nobody: say whom to credit."
)


@require_GET
@curator_required
def index(request: HttpRequest) -> HttpResponse:
    """What waits for a person: one question for all episodes that say the same."""
    form = ReviewFilter(request.GET)
    every = {"": _("Waiting for a person"), **catalogue.LICENCE_VERDICTS}
    form.fields["verdict"].choices = list(every.items())  # type: ignore[attr-defined]
    rows = reviews.waiting(form.wish)
    page = paging.page(request, reviews.firsts(rows), by="id", size=QUESTIONS_PER_PAGE)
    context = {
        "form": form,
        "page": page,
        "groups": reviews.groups(rows, page.rows),
        "touched": reviews.touched(rows),
        "is_filtered": bool(form.wish),
        "tab": "review",
    }
    return render(request, "corpus/licences/list.html", context, partials=("questions",))


@require_http_methods(["GET", "POST"])
@curator_required
def group(request: HttpRequest) -> HttpResponse:
    """One question with its episodes; an answer first shows what it touches, and counts once confirmed."""
    wish = ReviewFilter(request.GET).wish
    if not {"podcast", "statement"} <= wish.keys():
        raise Http404
    if request.method == "GET":
        return render(request, GROUP, _question(request, wish), partials=("episodes",))
    form, scope = (
        _answer(request),
        ScopeForm(request.POST, episodes=request.POST.getlist("episode")),
    )
    if not all([form.is_valid(), scope.is_valid()]):
        return _again(request, wish, form, scope)
    rows = reviews.chosen(wish, **scope.said)
    if _lacks_credit(form, rows):
        return _again(request, wish, form, scope)
    if "sure" not in request.POST:
        return render(request, "corpus/licences/confirm.html", _outlook(wish, rows, form, scope))
    found = _act(request, rows, form)
    if not found.decisions:
        return _again(request, wish, form, scope, status=409)
    messages.success(request, _decided(len(found.decisions), len(found.skipped)))
    return redirect("licences")


@require_GET
@curator_required
def changes(request: HttpRequest) -> HttpResponse:
    """Podcasts whose feed now states another licence than the one they were taken under."""
    context = {"flags": reviews.flags(), "form": ReasonForm(auto_id=False), "tab": "changed"}
    return render(request, "corpus/licences/changed.html", context)


@require_POST
@curator_required
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """A person has looked at a changed statement: its new episodes are judged by themselves."""
    podcast, form = get_object_or_404(Podcast, pk=pk), ReasonForm(request.POST)
    if not form.is_valid():
        context = {"flags": reviews.flags(), "form": form, "failed": pk, "tab": "changed"}
        return render(request, "corpus/licences/changed.html", context, status=422)
    reason = form.cleaned_data["reason"]
    try:
        rows = podcasts.lift_flag(
            podcast=podcast, by=request.user, at=timezone.now(), reason=reason
        )
    except podcasts.NotFlagged:
        messages.warning(request, _("Somebody looked before you: the flag is gone already."))
    else:
        messages.success(request, _lifted(podcast, len(rows)))
    return redirect("licence_changes")


@require_GET
@curator_required
def decisions(request: HttpRequest) -> HttpResponse:
    """The log: every decision, the newest first."""
    form = DecisionFilter(request.GET)
    page = paging.page(
        request, reviews.decisions(form.wish), by="id", size=PER_PAGE, newest_first=True
    )
    context = {"form": form, "page": page, "is_filtered": bool(form.wish), "tab": "decisions"}
    return render(request, "corpus/licences/decisions.html", context, partials=("decisions",))


@require_GET
@curator_required
def policy(request: HttpRequest) -> HttpResponse:
    """The policy table: what each licence allows, what counts as evidence, and which rule follows."""
    context = {
        "version": table.POLICY_VERSION,
        "groups": table.GROUPS,
        "kinds": evidence.KINDS,
        "hints": sorted(evidence.HINTS),
        "ids": [(one, spdx.licence_url(one), rule) for one, rule in table.POLICY.items()],
        "tab": "policy",
    }
    return render(request, "corpus/licences/policy.html", context)


@require_GET
@curator_required
def document(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """A feed document as it was kept, to be saved and never run: plain text, whatever it holds."""
    row = get_object_or_404(FeedDocument, sha256=sha256)
    try:
        file = store().open(row.file)
    except Missing:
        raise Http404(_("The file of this document is not in the media store.")) from None
    answer = FileResponse(
        file, as_attachment=True, filename=f"{sha256[:12]}.txt", content_type="text/plain"
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def of_episode(episode: Episode, form: LicenceForm | ReasonForm | None = None) -> dict[str, Any]:
    """What the page of an episode shows about its licence."""
    decisions = episode.licence_decisions.select_related("decided_by")
    return {
        "said": reviews.history(episode),
        "decisions": decisions.order_by("-decided_at", "-pk"),
        "rule": table.RULES.get(episode.licence.rule) if episode.licence else None,
        "credit": attribution.of_episode(episode),
        "form": form if isinstance(form, LicenceForm) else _settlement(episode),
        "refusal": form if isinstance(form, ReasonForm) else ReasonForm(auto_id=REFUSAL),
    }


def sent(request: HttpRequest, episode: Episode) -> LicenceForm | ReasonForm:
    """Which of the two forms on that page was sent."""
    if "reason" in request.POST:
        return ReasonForm(request.POST, auto_id=REFUSAL)
    return _settlement(episode, request.POST)


def _settlement(episode: Episode, said: Any = None) -> LicenceForm:
    is_decided = bool(episode.licence and episode.licence.verdict != "review")
    return LicenceForm(said, initial={"spdx": reviews.suggestion(episode)}, is_decided=is_decided)


def _question(request: HttpRequest, wish: dict[str, Any]) -> dict[str, Any]:
    found, rows = reviews.group(wish), reviews.waiting(wish)
    page = paging.page(request, rows.select_related("licence"), by="number", size=PER_PAGE)
    guess = reviews.suggestion(page.rows[0]) if page.rows else ""
    return {
        "group": found,
        "page": page,
        "settling": LicenceForm(initial={"spdx": guess}, is_decided=_is_decided(wish)),
        "giving_reason": ReasonForm(auto_id=REFUSAL),
        "scope": ScopeForm(initial={"scope": "all", "upto": found and found.upto}),
        "tab": "review",
    }


def _is_decided(wish: dict[str, Any]) -> bool:
    return bool(wish.get("verdict", "review") != "review")


def _answer(request: HttpRequest) -> LicenceForm | ReasonForm:
    """The form that was sent: a licence, or a reason to refuse or to ask again."""
    if request.POST.get("verb") == "settle":
        return LicenceForm(request.POST, is_decided=_is_decided(ReviewFilter(request.GET).wish))
    return ReasonForm(request.POST, auto_id=REFUSAL)


def _lacks_credit(form: LicenceForm | ReasonForm, rows: Any) -> bool:
    """Says on the form whom nobody knows to credit; True if so."""
    said = form.cleaned_data
    if "spdx" not in said or not licences.lacks_credit(rows, said["spdx"], said["attribution"]):
        return False
    form.add_error("attribution", NO_CREDIT)
    return True


def _again(
    request: HttpRequest, wish: dict[str, Any], form: Any, scope: ScopeForm, *, status: int = 422
) -> HttpResponse:
    """The question once more: with what is missing, or because others decided it meanwhile."""
    name = "settling" if isinstance(form, LicenceForm) else "giving_reason"
    context = _question(request, wish) | {"scope": scope, name: form, "is_lost": status == 409}
    return render(request, GROUP, context, status=status)


def _outlook(wish: dict[str, Any], rows: Any, form: Any, scope: ScopeForm) -> dict[str, Any]:
    said, verb = form.cleaned_data, form.data["verb"]
    context = {"touched": reviews.touched(rows), "form": form, "scope": scope, "verb": verb}
    if "spdx" in said:
        meant = {"spdx": said["spdx"], "in_writing": said["in_writing"], "at": timezone.now()}
        found = licences.outlook(episodes=rows, **meant)
        context["outcomes"] = [(catalogue.LICENCE_VERDICTS[one], n) for one, n in found]
    return context | {"podcast": wish["podcast"], "tab": "review"}


def _act(request: HttpRequest, rows: Any, form: Any) -> licences.Answer:
    verbs: dict[str, Any] = {
        "settle": licences.settle_many,
        "reopen": licences.reopen_many,
        "hold": licences.hold_many,
    }
    act = verbs.get(request.POST["verb"], licences.refuse_many)
    answer: licences.Answer = act(
        episodes=rows, by=request.user, at=timezone.now(), **form.cleaned_data
    )
    return answer


def _decided(n: int, n_skipped: int) -> str:
    text = ngettext("%(n)s episode is decided.", "%(n)s episodes are decided.", n)
    said = text % {"n": units.count(n)}
    if n_skipped:
        other = ngettext(
            "%(n)s was decided by somebody else meanwhile, and stays so.",
            "%(n)s were decided by somebody else meanwhile, and stay so.",
            n_skipped,
        )
        said += " " + other % {"n": units.count(n_skipped)}
    return said


def _lifted(podcast: Podcast, n: int) -> str:
    text = ngettext(
        "%(title)s goes on. %(n)s episode that waited is judged by itself.",
        "%(title)s goes on. %(n)s episodes that waited are judged by themselves.",
        n,
    )
    return text % {"title": podcast.title, "n": units.count(n)}
