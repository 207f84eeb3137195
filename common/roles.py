"""Who may do what: rater, curator, administrator."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied


class Role(StrEnum):
    """Names of Django groups; an administrator is a superuser as well."""

    RATER = "rater"
    CURATOR = "curator"
    ADMINISTRATOR = "administrator"


def is_curator(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Curators and administrators see everything but may not pretend to be raters."""
    if not user.is_authenticated or not user.is_active:
        return False
    if getattr(user, "is_superuser", False):
        return True
    return bool(user.groups.filter(name__in=(Role.CURATOR, Role.ADMINISTRATOR)).exists())  # type: ignore[attr-defined]


def is_rater(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Who has the role, and nobody by rank alone: who sees labels should not give them."""
    if not user.is_authenticated or not user.is_active:
        return False
    return bool(user.groups.filter(name=Role.RATER).exists())  # type: ignore[attr-defined]


def curator_required(view: Callable[..., Any]) -> Callable[..., Any]:
    """Sign in first; then 403 for raters, with a page that says why."""

    def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_curator(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    guarded.__name__ = view.__name__
    guarded.__doc__ = view.__doc__
    guarded.__module__ = view.__module__
    return login_required(guarded)


class ReadOnly:
    """Goes before ModelAdmin: curators and administrators look, nobody changes."""

    def has_view_permission(self, request: Any, obj: object = None) -> bool:
        return is_curator(request.user)

    has_module_permission = has_view_permission

    def has_add_permission(self, request: Any, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: object = None) -> bool:
        return False


def navigation(request: Any) -> dict[str, Any]:
    """For every template: whether the person at hand curates (a context processor)."""
    user = getattr(request, "user", None) or AnonymousUser()
    return {"is_curator": is_curator(user), "is_rater": is_rater(user)}
