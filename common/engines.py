"""Engines by role: loaded from a dotted path once per worker process, never in a web process."""

from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string


class Identity(NamedTuple):
    """What the ledger knows an engine by."""

    path: str
    version: str


@cache
def load(role: str) -> Any:
    """The engine of a role (see settings.ENGINES), with its weights in memory."""
    return import_string(settings.ENGINES[role])(**settings.ENGINE_OPTIONS.get(role, {}))


@cache
def identity(role: str) -> Identity:
    """Path and version of a role's engine; those with weights are not imported for it."""
    path = settings.ENGINES[role]
    options = settings.ENGINE_OPTIONS.get(role, {})
    try:
        version = import_string(settings.ENGINE_VERSIONS)(path, options)
    except LookupError:  # no recipe: an engine light enough to be asked itself
        version = import_string(path).version
    return Identity(path, version)
