"""Clients of the API."""

from typing import Any

from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from common.roles import Role
from tests.factories import corpus


def client(role: Role | str | None = None, *, user: Any = None) -> APIClient:
    """Signed in by token, as a new person with this role unless `user` is given."""
    found = APIClient()
    token, _ = Token.objects.get_or_create(user=user or corpus.user(role))
    found.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
    return found
