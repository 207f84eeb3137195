"""For everybody, without an account: ask to take a recording back, and see what became of it."""

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest as DjangoRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from rest_framework.throttling import SimpleRateThrottle

from common.http import HttpRequest, render
from corpus.actions import requests
from corpus.forms.withdrawals import FollowUpForm, WithdrawalRequestForm
from corpus.models import WithdrawalRequest

NEW, STATUS = "corpus/requests/new.html", "corpus/requests/status.html"


class Letters(SimpleRateThrottle):
    """How much one address sends; counted by each web process for itself."""

    scope = "requests"

    def get_cache_key(self, request: Any, view: object) -> str:
        return f"requests-{_network(self.get_ident(request))}"


def _network(address: str) -> str:
    """One subscriber: a whole /64 where addresses are plenty."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{parsed}/{32 if parsed.version == 4 else 64}", strict=False))


def open_to_all(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Neither kept by caches, nor found by search engines, nor told to other sites.

    `no-referrer` would say still less, but then browsers name no origin when the form is sent, and
    the check against forged forms refuses it.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return require_http_methods(["GET", "HEAD", "POST"])(never_cache(guarded))


def public_link(request: DjangoRequest, target: requests.About) -> str:
    """The address that makers are given to ask for this podcast, episode or clip."""
    base = settings.PUBLIC_URL or request.build_absolute_uri("/")
    return requests.address_of(target, base=base)


@open_to_all
def new(request: HttpRequest, token: str = "") -> HttpResponse:
    """The form; a link that we gave to makers says which recording."""
    try:
        about = requests.resolve(token) if token else None
    except requests.BadLink:
        return render(request, NEW, {"is_broken": True}, status=404)
    if request.method != "POST":
        fresh = {"key": requests.fresh_key()}
        return _form(request, about, WithdrawalRequestForm(initial=fresh, is_linked=bool(about)))
    form = WithdrawalRequestForm(request.POST, is_linked=bool(about))
    if not form.is_valid():
        return _form(request, about, form, status=422)
    if not _may_send(request, new):
        return _form(request, about, form, status=429)
    row = requests.receive(target=about, at=timezone.now(), **form.said)
    return redirect("request_status", row.token)


@open_to_all
def status(request: HttpRequest, token: str) -> HttpResponse:
    """What became of a request, for whoever has its link; more words while it is open."""
    row = get_object_or_404(
        WithdrawalRequest.objects.select_related("podcast", "episode"), token=token
    )
    if request.method != "POST":
        return _status(request, row, FollowUpForm())
    form = FollowUpForm(request.POST)
    if not form.is_valid():
        return _status(request, row, form, status=422)
    if not _may_send(request, status):
        form.add_error(None, too_many())
        return _status(request, row, form, status=429)
    try:
        requests.add(request=row, text=form.cleaned_data["text"], at=timezone.now())
    except requests.AlreadyDecided:
        row.refresh_from_db()
        return _status(request, row, form, status=409)
    except requests.TooLong:
        form.add_error("text", _("This request has become too long. Send the rest as a new one."))
        return _status(request, row, form, status=422)
    return redirect(f"{reverse('request_status', args=[token])}#sent")


def too_many() -> str:
    return _("A lot was sent from your network just now. Your words are still here: try later.")


def _may_send(request: DjangoRequest, view: object) -> bool:
    throttle: Any = Letters()
    return bool(throttle.allow_request(request, view))


def _form(
    request: HttpRequest, about: Any, form: WithdrawalRequestForm, *, status: int = 200
) -> HttpResponse:
    context = {"form": form, "about": requests.public_name(about), "is_linked": bool(about)}
    if status == 429:
        context["refusal"] = too_many()
    return render(request, NEW, context, status=status)


def _status(
    request: HttpRequest, row: WithdrawalRequest, form: FollowUpForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "letter": row,
        "about": requests.public_name(requests.about(row)),
        "form": form,
        "outcomes": requests.outcomes(row),
        "is_late": status == 409,
    }
    return render(request, STATUS, context, status=status)
