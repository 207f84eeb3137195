"""Imports run one way, and a machine says so."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def contracts() -> list[dict]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return settings["tool"]["importlinter"]["contracts"]


class TestContracts:
    @pytest.mark.slow
    def test_are_kept(self) -> None:
        linter = Path(sys.executable).with_name("lint-imports")
        done = subprocess.run(
            [str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"{len(contracts())} kept, 0 broken" in done.stdout

    def test_excuse_nobody(self) -> None:
        assert [c["name"] for c in contracts() if c.get("ignore_imports")] == []

    @pytest.mark.parametrize("app", ["corpus", "annotation", "selection"])
    def test_guard_the_doors_of_every_app(self, app: str) -> None:
        protected = {
            module
            for contract in contracts()
            if contract["type"] == "protected"
            for module in contract["protected_modules"]
        }
        doors = {f"{app}.{door}" for door in ("views", "api", "tasks", "urls", "admin")}
        there = {door for door in doors if _exists(door)}
        assert there
        assert there <= protected


def _exists(module: str) -> bool:
    path = ROOT.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
