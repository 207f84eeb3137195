"""`engines`: what hears for us, in both profiles; what is missing, and whom to credit."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils.module_loading import import_string

from common.commands import Command as Base
from corpus.engines import credits, trial
from corpus.engines.base import EngineMissing

LIGHT = ("fetcher", "decoder")  # no weights, nothing to listen with


class Command(Base):
    help = (
        "List the engines of both profiles: role, path, version, the licences of their weights, and "
        "what is missing. With --self-test, load and time those of the embedded profile."
    )

    def declare(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--self-test",
            action="store_true",
            help="load each embedded engine and let it work on five seconds of made-up sound",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        profiles = {name: _profile(name) for name in settings.ENGINE_PROFILES}
        document: dict[str, Any] = {"profile": settings.ENGINE_PROFILE, "profiles": profiles}
        lines = [line for name, rows in profiles.items() for line in _lines(name, rows)]
        failed = False
        if options["self_test"]:
            document["self_test"] = tried = [_try(row) for row in profiles["embedded"]]
            lines += ["Self-test, 5 s of made-up sound:", *map(_verdict, tried)]
            failed = any(row["error"] for row in tried)
        self.answer(options=options, document=document, lines=lines)
        if failed:
            raise SystemExit(1)


def _profile(name: str) -> list[dict[str, Any]]:
    """One row per role, as this profile would fill it."""
    shared = {role: path for role, path in settings.ENGINES.items() if role not in _chosen()}
    given = settings.STUDIO_OPTIONS if name == "studio" else {}
    paths = shared | settings.ENGINE_PROFILES[name]
    return [_row(role, path, given.get(role, {})) for role, path in paths.items()]


def _chosen() -> set[str]:
    return set(settings.ENGINE_PROFILES[settings.ENGINE_PROFILE])


def _row(role: str, path: str, options: dict[str, Any]) -> dict[str, Any]:
    weights = credits.of(path)
    version, problem = _version(path, options)
    missing = [what for what in (problem, *(one.missing(options) for one in weights)) if what]
    return {
        "role": role,
        "path": path,
        "version": version,
        "installed": not missing,
        "missing": missing,
        "weights": [
            {"name": one.name, "by": one.by, "licence": one.licence, "url": one.url}
            for one in weights
        ],
    }


def _version(path: str, options: dict[str, Any]) -> tuple[str, str]:
    """Version and problem, one of them empty; an engine without a recipe is light and asked itself."""
    try:
        return import_string(settings.ENGINE_VERSIONS)(path, options), ""
    except EngineMissing as error:
        return "", str(error)
    except LookupError:
        return import_string(path).version, ""


def _lines(profile: str, rows: list[dict[str, Any]]) -> list[str]:
    mark = " (this one)" if profile == settings.ENGINE_PROFILE else ""
    lines = [f"{profile}{mark}"]
    for row in rows:
        state = "installed" if row["installed"] else "MISSING"
        lines.append(f"  {row['role']:12} {state:9}  {row['path']}")
        lines += [f"{'':14} {row['version']}"] if row["version"] else []
        lines += [f"{'':14} {what}" for what in row["missing"]]
        lines += [
            f"{'':14} {one['name']}: {one['licence']}, {one['by']}, {one['url']}"
            for one in row["weights"]
        ]
    return lines


def _try(row: dict[str, Any]) -> dict[str, Any]:
    role, options = row["role"], settings.ENGINE_OPTIONS.get(row["role"], {})
    own = options if role in LIGHT else {}
    return {"role": role, "path": row["path"]} | trial.run(
        role, lambda: import_string(row["path"])(**own)
    )


def _verdict(row: dict[str, Any]) -> str:
    if row["error"]:
        return f"  {row['role']:12} FAILED  {row['error']}"
    return (
        f"  {row['role']:12} loaded in {row['load_s']:.1f} s, {row['work_s']:.2f} s: {row['found']}"
    )
