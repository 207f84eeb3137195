"""System checks: a mistake in the settings is found when a process starts, with what to do about it."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.utils.module_loading import import_string

from corpus.core.releases import ReleaseTable
from corpus.engines.addresses import places

LAPTOP_KEY = "only-for-a-laptop"


@register("engines")
def engines(**_: Any) -> list[CheckMessage]:
    """Every role has an engine whose module is there; none is imported, since most bring torch."""
    return [
        Error(
            f"ENGINES names {path} for the {role}, and there is no such class.",
            hint="Write the dotted path of a class in */engines/.",
            id="corpus.E001",
        )
        for role, path in settings.ENGINES.items()
        if not _is_there(path)
    ]


@register("releases")
def release_tables(**_: Any) -> list[CheckMessage]:
    """What labels a release is named by a path; here it is proven to be one."""
    return [
        Error(
            f"RELEASE_TABLES names {path}: {problem}.",
            hint="Name a class with the methods of corpus.core.releases.ReleaseTable.",
            id="corpus.E002",
        )
        for path in settings.RELEASE_TABLES
        if (problem := _problem_of_table(path))
    ]


@register("files")
def folders(**_: Any) -> list[CheckMessage]:
    """Media, half-made files and releases can be written; folders may be made later."""
    named = {"SCRATCH_DIR": settings.SCRATCH_ROOT, "RELEASES_DIR": settings.RELEASES_DIR}
    if not settings.MEDIA_BUCKET:
        named["MEDIA_URL"] = settings.MEDIA_ROOT
    return list(_closed(named))


@register("fetching")
def fetching(**_: Any) -> list[CheckMessage]:
    """Hosts of our own are named as hosts, and a server tells the hosts it asks who it is."""
    return [*_no_places(settings.ALLOW_PRIVATE_HOSTS), *_anonymous()]


@register(Tags.security)
def secret_key(**_: Any) -> list[CheckMessage]:
    """The key of a laptop signs no sessions of a server."""
    if settings.DEBUG or settings.SECRET_KEY != LAPTOP_KEY:
        return []
    hint = "Set SECRET_KEY to 50 random characters, and keep them to yourself."
    return [Error("SECRET_KEY is the one that everybody knows.", hint=hint, id="corpus.E003")]


def _no_places(words: list[str]) -> Iterator[CheckMessage]:
    try:
        places(words)
    except ValueError as error:
        yield Error(
            f"ALLOW_PRIVATE_HOSTS: {error}",
            hint="Name hosts, with or without port, separated by commas; 1 stands for this machine.",
            id="corpus.E005",
        )


def _anonymous() -> Iterator[CheckMessage]:
    if not (settings.DEBUG or settings.TESTING or settings.CONTACT_URL):
        yield Warning(
            "Hosts that Emocast fetches from are not told who asks.",
            hint="Set CONTACT_URL to a page about your project.",
            id="corpus.W006",
        )


def _is_there(path: str) -> bool:
    """Whether a dotted path's module exists and has such a class; it is read, not imported."""
    module, _, name = path.rpartition(".")
    try:
        spec = find_spec(module)
    except (ImportError, ValueError):
        return False
    if spec is None or spec.origin is None:
        return False
    source = Path(spec.origin).read_text(encoding="utf-8")
    return f"class {name}:" in source or f"class {name}(" in source


def _problem_of_table(path: str) -> str:
    try:
        table = import_string(path)
    except ImportError as error:
        return f"it does not import ({error})"
    wanted = [name for name in vars(ReleaseTable) if not name.startswith("_")]
    missing = [name for name in wanted if not hasattr(table, name)]
    return f"it has no {', '.join(missing)}" if missing else ""


def _closed(named: dict[str, Any]) -> Iterator[CheckMessage]:
    for variable, folder in named.items():
        nearest = next((p for p in (Path(folder), *Path(folder).parents) if p.exists()), None)
        if nearest is None or not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
            yield Warning(
                f"{folder} cannot be written.",
                hint=f"Give this user the right to, or name another folder with {variable}.",
                id="corpus.W004",
            )
