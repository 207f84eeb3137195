"""Every variable that the settings read is documented, and nothing else is."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def read_by_settings() -> set[str]:
    """First words of every env.kind("NAME", …) in config/settings.py."""
    tree = ast.parse((ROOT / "config" / "settings.py").read_text(encoding="utf-8"))
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def documented() -> dict[str, str]:
    """Variable → the rest of its row."""
    rows = re.findall(r"^\| `([A-Z_0-9]+)` \| (.+) \|$", DOCUMENT, re.MULTILINE)
    return dict(rows)


class TestDocument:
    def test_names_every_variable_that_is_read(self) -> None:
        assert len(read_by_settings()) > 20
        assert read_by_settings() - set(documented()) == set()

    def test_names_none_that_is_not_read(self) -> None:
        assert set(documented()) - read_by_settings() == set()

    def test_gives_each_a_default_and_a_meaning(self) -> None:
        empty = [n for n, rest in documented().items() if not all(map(str.strip, rest.split("|")))]
        assert empty == []


class TestSettings:
    def test_are_one_file_of_at_most_250_lines(self) -> None:
        assert len((ROOT / "config" / "settings.py").read_text().splitlines()) <= 250

    def test_alone_read_the_environment(self) -> None:
        """Engines may look at their libraries' own variables; nobody else asks the machine."""
        mark = re.compile(r"os\.(environ\b(?!\.setdefault\(\"DJANGO)|getenv)")
        found = {
            path.relative_to(ROOT).as_posix()
            for app in ("config", "common", "corpus", "annotation", "selection")
            for path in (ROOT / app).rglob("*.py")
            if "engines" not in path.parts and mark.search(path.read_text(encoding="utf-8"))
        }
        assert found <= {"config/settings.py", "config/embedded.py"}
