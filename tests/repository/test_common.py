"""`common` is what the apps share, and knows none of them."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "common").glob("*.py"))
APPS = {"config", "corpus", "annotation", "selection"}


class TestCommon:
    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_imports_none_of_our_apps(self, path: Path) -> None:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {
            name.split(".")[0]
            for node in ast.walk(tree)
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        assert imported & APPS == set()

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_has_one_sentence_about_each_file(self, path: Path) -> None:
        if path.stem != "__init__":
            assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))

    def test_is_used_by_two_apps_or_by_the_wiring(self) -> None:
        """What only one app needs belongs to that app."""
        lonely = [path.stem for path in FILES if path.stem != "__init__" and _users(path.stem) == 0]
        assert lonely == []


def _users(name: str) -> int:
    """Apps that import common.NAME, or name it in settings."""
    marks = (f"common.{name}", f"from common import {name}")
    sources = {
        app: "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / app).rglob("*.py"))
        for app in (*sorted(APPS), "common")
    }
    users = {app for app, text in sources.items() if any(mark in text for mark in marks)}
    imported_as = {
        app
        for app, text in sources.items()
        if any("from common import" in line and name in line for line in text.splitlines())
    }
    return len(users | imported_as)
