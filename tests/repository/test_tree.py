"""The folder is the kind of code, the file is the noun: the grid, and the sizes of what is in it."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("corpus", "annotation", "selection")
CODE = (*APPS, "common", "config")
LAYERS = frozenset(
    {"core", "engines", "models", "actions", "tasks", "views", "api", "templatetags", "management"}
)
WIRING = frozenset({"__init__", "apps", "urls", "admin", "checks", "forms"})
COMMON = frozenset(
    {
        "api",
        "append_only",
        "claims",
        "commands",
        "deciders",
        "engines",
        "files",
        "http",
        "middleware",
        "ranges",
        "roles",
        "tasks",
    }
)
BANNED = frozenset(
    {"utils", "util", "misc", "manager", "service", "services", "handler", "process", "data"}
    | {"info", "helpers", "helper", "common", "base_utils"}
)
PAGES = frozenset({"paging", "rate", "overview"})  # of no single noun
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 50
# Each of these folders has a shape of its own; everything else under tests/ mirrors the tree.
APART = frozenset(
    {"repository", "factories", "verification", "journeys", "browser", "known_issues"}
)


@cache
def tracked() -> tuple[Path, ...]:
    """What git knows or would add, relative to the root; every file where there is no git."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    paths = (Path(name) for name in listed.decode().split("\0") if name)
    return tuple(path for path in paths if (ROOT / path).is_file())


def python(*folders: str) -> list[Path]:
    """Tracked modules below these top folders, migrations left out."""
    return [
        path
        for path in tracked()
        if path.suffix == ".py" and path.parts[0] in folders and "migrations" not in path.parts
    ]


def written() -> list[Path]:
    """Files that people write and read: source, templates, scripts, styles."""
    texts = [
        p for p in tracked() if p.parts[0] in ("templates", "static") and "vendor" not in p.parts
    ]
    pages = [path for path in texts if path.suffix in (".html", ".css", ".js", ".svg")]
    return python(*CODE, "benchmarks", "samples") + pages


class TestApps:
    @pytest.mark.parametrize("app", APPS)
    def test_hold_layers_and_wiring_and_nothing_else(self, app: str) -> None:
        inside = [path.parts[1] for path in tracked() if path.parts[0] == app]
        names = {name.removesuffix(".py") for name in inside}
        assert names <= LAYERS | WIRING | {"migrations"}

    @pytest.mark.parametrize("app", APPS)
    def test_say_something_in_every_file_of_a_layer(self, app: str) -> None:
        empty = [
            path
            for path in python(app)
            if path.name != "__init__.py" and not ast.get_docstring(ast.parse(_text(path)))
        ]
        assert empty == []

    @pytest.mark.parametrize("app", APPS)
    @pytest.mark.parametrize("layer", ["views", "api"])
    def test_show_nouns_that_the_layers_below_know(self, app: str, layer: str) -> None:
        below = {
            path.stem
            for path in python(app)
            if len(path.parts) > 2 and path.parts[1] in ("models", "actions", "core")
        }
        shown = {p.stem for p in python(app) if p.parts[1] == layer} - {"__init__"}
        assert shown <= below | PAGES

    def test_never_call_a_file_after_nothing_in_particular(self) -> None:
        assert [path for path in python(*APPS, "config") if path.stem in BANNED] == []


class TestCommon:
    def test_holds_the_listed_files(self) -> None:
        names = {path.stem for path in tracked() if path.parts[0] == "common"}
        assert names == COMMON | {"__init__"}


class TestTests:
    def test_mirror_the_tree(self) -> None:
        mirrored = [p for p in python("tests") if len(p.parts) > 2 and p.parts[1] not in APART]
        tests = [path for path in mirrored if path.name.startswith("test_")]
        assert tests
        assert [path for path in tests if not _module_of(path)] == []

    def test_lie_in_folders_that_are_known(self) -> None:
        folders = {path.parts[1] for path in python("tests") if len(path.parts) > 2}
        assert folders <= APART | set(CODE)

    def test_have_no_packages(self) -> None:
        assert [p for p in python("tests") if p.name == "__init__.py"] == []


class TestSizes:
    def test_no_file_is_longer_than_400_lines(self) -> None:
        files = written()
        assert len(files) > 100
        assert {p: n for p in files if (n := len(_text(p).splitlines())) > MOST_LINES} == {}

    def test_no_function_is_longer_than_50_lines(self) -> None:
        long = [
            f"{path}:{node.lineno} {node.name} has {size} lines"
            for path in python(*CODE, "tests", "benchmarks", "samples")
            for node in ast.walk(ast.parse(_text(path)))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (size := (node.end_lineno or node.lineno) - node.lineno + 1)
            > MOST_LINES_OF_A_FUNCTION
        ]
        assert long == []


class TestWords:
    def test_no_work_is_left_in_comments(self) -> None:
        mark = re.compile(r"#.*\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
        assert [
            path for path in python(*CODE, "tests", "benchmarks") if mark.search(_text(path))
        ] == []

    def test_no_path_of_one_machine_is_written_down(self) -> None:
        """Real recordings are found through tests/conftest.py and EMOCAST_DATA alone."""
        mark = re.compile(r"/work/|shared/(data|design)")
        own = {Path("tests/conftest.py"), Path("tests/repository/test_tree.py")}
        kinds = (".py", ".md", ".toml", ".yml", ".html", ".js", ".css", ".txt", ".sh", "")
        texts = [
            p
            for p in tracked()
            if p.suffix in kinds and p not in own and (ROOT / p).stat().st_size < 1e6
        ]
        assert [path for path in texts if mark.search(_text(path))] == []


def _text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def _module_of(test: Path) -> bool:
    """Whether the module, package or script that a test is named after exists."""
    folder = ROOT.joinpath(*test.parts[1:-1])
    noun = test.stem.removeprefix("test_")
    commands = folder / "commands" / f"{noun}.py"
    return (folder / f"{noun}.py").is_file() or (folder / noun).is_dir() or commands.is_file()
