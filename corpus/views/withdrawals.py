"""Curators: what was asked for, what was taken back, and taking something back."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.http import HttpRequest, render
from common.roles import curator_required
from corpus.actions import erasures, notices, requests, targets, withdrawals
from corpus.actions.requests import Section
from corpus.forms.filters import TargetSearch
from corpus.forms.withdrawals import (
    DeclineForm,
    EraseForm,
    GrantForm,
    LiftForm,
    TargetForm,
    WithdrawalForm,
)
from corpus.models import Withdrawal, WithdrawalRequest
from corpus.views import paging
from corpus.views.requests import public_link

FEW, PER_PAGE = 10, 50
LIST, NEW = "corpus/withdrawals/list.html", "corpus/withdrawals/new.html"
DETAIL, LETTER = "corpus/withdrawals/detail.html", "corpus/withdrawals/request.html"


def grace() -> timedelta:
    return timedelta(days=settings.WITHDRAWAL_GRACE_DAYS)


@require_GET
@curator_required
def index(request: HttpRequest) -> HttpResponse:
    """The newest of each kind, open requests first; ?show= has all of one kind in pages."""
    wanted = [one for one in Section if one == request.GET.get("show")] or list(Section)
    is_alone = len(wanted) == 1
    context = {
        "sections": [_section(request, one, PER_PAGE if is_alone else FEW) for one in wanted],
        "is_alone": is_alone,
        "public_link": public_link(request, None),
    }
    return render(request, LIST, context)


@require_http_methods(["GET", "HEAD", "POST"])
@curator_required
def new(request: HttpRequest) -> HttpResponse:
    """Take something back that the address names, once its reach was shown and confirmed."""
    target = TargetForm(request.GET).found
    if request.method != "POST" or target is None:
        return _new(request, target, WithdrawalForm())
    form = WithdrawalForm(request.POST)
    if not form.is_valid():
        return _new(request, target, form, status=422)
    said = {name: form.cleaned_data[name] for name in ("reason", "reason_class", "requester")}
    who: dict[str, Any] = {"by": request.user, "at": timezone.now(), "grace": grace()}
    try:
        row = withdrawals.withdraw(target=target, **said, **who)
    except (withdrawals.Already, withdrawals.Nothing, withdrawals.NoReason) as error:
        form.add_error(None, str(error))
        return _new(request, target, form, status=409)
    messages.success(request, _("It is out of the corpus."))
    return redirect("withdrawal", row.pk)


@require_GET
@curator_required
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One withdrawal in full."""
    return _detail(request, _withdrawal(pk))


@require_POST
@curator_required
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Let it stand again, while its sound is still there."""
    row, form = _withdrawal(pk), LiftForm(request.POST)
    if not form.is_valid():
        return _detail(request, row, lift=form, status=422)
    reason = form.cleaned_data["reason"]
    try:
        withdrawals.reinstate(withdrawal=row, reason=reason, by=request.user, at=timezone.now())
    except (withdrawals.Already, withdrawals.TooLate, withdrawals.NoReason) as error:
        messages.warning(request, str(error))
        return _detail(request, _withdrawal(pk), status=409)
    messages.success(request, _("The withdrawal is lifted."))
    return redirect("withdrawal", pk)


@require_POST
@curator_required
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove its sound now, for good, without waiting for the end of the grace."""
    row, form = _withdrawal(pk), EraseForm(request.POST)
    if not form.is_valid():
        return _detail(request, row, erase=form, status=422)
    try:
        withdrawals.erase(withdrawal=row, by=request.user, at=timezone.now())
    except (erasures.Lifted, erasures.UnderWay) as error:
        messages.warning(request, str(error))
        return _detail(request, _withdrawal(pk), status=409)
    messages.success(request, _("Its sound has left the store."))
    return redirect("withdrawal", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@curator_required
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: its words, what it may mean, and the way to grant it."""
    row = _letter(pk)
    if request.method != "POST":
        return _request_page(request, row, request.GET)
    form = GrantForm(request.POST)
    wanted = [found for key in request.POST.getlist("target") if (found := targets.read(key))]
    if not wanted:
        form.add_error(None, _("Choose what to take back, and look at what it reaches."))
    if not form.is_valid():
        return _request_page(request, row, request.POST, grant=form, status=422)
    said = {name: form.cleaned_data[name] for name in ("reason", "reason_class", "answer")}
    who: dict[str, Any] = {"by": request.user, "at": timezone.now(), "grace": grace()}
    try:
        requests.grant(request=row, wanted=wanted, **said, **who)
    except requests.AlreadyDecided:
        return _too_late(request, pk)
    except (withdrawals.Already, withdrawals.Nothing) as error:
        form.add_error(None, str(error))
        return _request_page(request, row, request.POST, grant=form, status=409)
    messages.success(request, _("It is out of the corpus, and the person can read your answer."))
    return redirect("withdrawal_request", pk)


@require_POST
@curator_required
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Say no to a request, and why."""
    row, form = _letter(pk), DeclineForm(request.POST)
    if not form.is_valid():
        return _request_page(request, row, request.GET, decline=form, status=422)
    answer = form.cleaned_data["answer"]
    try:
        requests.decline(request=row, answer=answer, by=request.user, at=timezone.now())
    except requests.AlreadyDecided:
        return _too_late(request, pk)
    messages.success(request, _("The request is declined, and the person can read why."))
    return redirect("withdrawal_request", pk)


def _section(request: HttpRequest, section: Section, size: int) -> dict[str, Any]:
    rows = requests.rows(section)
    page = paging.page(request, rows, by="id", size=size, newest_first=True)
    is_letters = rows.model is WithdrawalRequest
    reached = [] if is_letters else [(row, notices.amount(row)) for row in page.rows]
    return {"name": section.value, "page": page, "is_letters": is_letters, "rows": reached}


def _too_late(request: HttpRequest, pk: int) -> HttpResponse:
    messages.warning(request, _("Somebody decided on this request before you; see below."))
    return _request_page(request, _letter(pk), QueryDict(), status=409)


def _new(
    request: HttpRequest, target: Any, form: WithdrawalForm, *, status: int = 200
) -> HttpResponse:
    search, part = TargetSearch(request.GET), TargetForm(request.GET)
    is_wrong = target is None and part.is_of_part and not part.is_valid()
    chosen = _chosen([target] if target else [])
    episode = next(iter(targets.episodes_of(one for one, _reach in chosen)), None)
    context = {
        "chosen": chosen,
        "is_lost": target is None and not is_wrong and bool(set(request.GET) - {"q"}),
        "is_wrong": is_wrong,
        "part": part if is_wrong else TargetForm(),
        "episode": part.cleaned_data.get("episode") if is_wrong else episode,
        "heard": [targets.candidate(one) for one in targets.speakers(episode)] if episode else [],
        "search": search,
        "found": targets.search(search.wish.get("q", "")),
        "form": form,
        "grace": settings.WITHDRAWAL_GRACE_DAYS,
    }
    if is_wrong or (target is None and request.method == "POST"):
        status = 422
    return render(request, NEW, context, status=status)


def _detail(
    request: HttpRequest, row: Withdrawal, *, status: int = 200, **forms: Form
) -> HttpResponse:
    context = {
        "row": row,
        "held": notices.held(row),
        "why_not_lift": notices.why_not_lift(row),
        "why_not_erase": notices.why_not_erase(row),
        "lift": forms.get("lift") or LiftForm(),
        "erase": forms.get("erase") or EraseForm(),
    }
    return render(request, DETAIL, context, status=status)


def _request_page(
    request: HttpRequest,
    row: WithdrawalRequest,
    asked: QueryDict,
    *,
    status: int = 200,
    **forms: Form,
) -> HttpResponse:
    offer = _offer(request, row, asked)
    context = {
        **offer,
        "letter": row,
        "grant": forms.get("grant")
        or GrantForm(initial={"reason_class": row.relation, "reason": row.text[:500]}),
        "decline": forms.get("decline") or DeclineForm(),
        "made": notices.of_request(row),
        "grace": settings.WITHDRAWAL_GRACE_DAYS,
    }
    is_wrong = offer["part"].is_bound and status == 200
    return render(request, LETTER, context, status=422 if is_wrong else status)


def _offer(request: HttpRequest, row: WithdrawalRequest, asked: QueryDict) -> dict[str, Any]:
    """What can be chosen and what was, with its reach; of a part that is written badly, no reach."""
    part, search = TargetForm(asked), TargetSearch(request.GET)
    is_wrong = part.is_of_part and not part.is_valid()
    keys = _keys(row, asked, part)
    chosen = _chosen(one for key in keys if (one := targets.read(key)))
    candidates = [one for one, _reach in chosen]
    offered = targets.offered(row, text=search.wish.get("q", ""), chosen=candidates)
    episodes = targets.episodes_of(offered)
    return {
        "chosen": [] if is_wrong else chosen,
        "keys": keys,
        "search": search,
        "offered": offered,
        "episodes": episodes,
        "part": TargetForm(asked if is_wrong else None, episodes=episodes),
    }


def _keys(row: WithdrawalRequest, asked: QueryDict, part: TargetForm) -> list[str]:
    """What was chosen, with the part that was written; at first what their link is about."""
    keys = asked.getlist("target")
    if span := part.part:
        return targets.without_wholes(keys, span)
    if not keys and "q" not in asked and (row.podcast or row.episode):
        return [targets.suggested(row)[0].key]
    return keys


def _chosen(found: Any) -> list[tuple[targets.Candidate, withdrawals.Reach]]:
    return [(targets.candidate(one), withdrawals.reach(one)) for one in found]


def _withdrawal(pk: int) -> Withdrawal:
    return get_object_or_404(notices.rows(), pk=pk)


def _letter(pk: int) -> WithdrawalRequest:
    rows = WithdrawalRequest.objects.select_related("podcast", "episode__podcast", "decided_by")
    return get_object_or_404(rows, pk=pk)
