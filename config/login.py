"""Guessing passwords takes long: so many tries a minute per name and address."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.throttling import ScopedRateThrottle, SimpleRateThrottle


class Tries(SimpleRateThrottle):
    """How often somebody at one address tried one name; counted by each web process for itself."""

    scope = "login"

    def get_cache_key(self, request: Any, view: object) -> str:
        who = f"{self.get_ident(request)} {request.POST.get('username', '').casefold()}"
        return f"login-{hashlib.sha256(who.encode()).hexdigest()}"


def throttled(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """429 with the same form after too many tries."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        tries: Any = Tries()
        if request.method != "POST" or tries.allow_request(request, view):
            return view(request, *args, **kwargs)
        messages.error(request, _("Too many tries. Wait for a minute, then try again."))
        context = {"form": AuthenticationForm(request), "next": request.POST.get("next", "")}
        return render(request, "registration/login.html", context, status=429)

    return guarded


class TokenView(ObtainAuthToken):
    """A token for name and password."""

    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "token"
