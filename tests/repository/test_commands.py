"""Every command explains itself."""

import argparse
from collections.abc import Iterator

import pytest
from django.core.management import get_commands, load_command_class

APPS = ("config", "corpus", "annotation", "selection")
OURS = {name: app for name, app in get_commands().items() if app in APPS}
PROMISED = {
    "campaign",
    "clips",
    "demo",
    "down",
    "engines",
    "feeds",
    "ingest",
    "licence",
    "people",
    "pipeline",
    "provenance",
    "ratings",
    "release",
    "select",
    "states",
    "status",
    "up",
    "withdraw",
}
OWN_WORDS = frozenset({"-h", "--version", "-v", "--settings", "--pythonpath", "--traceback"}) | {
    "--no-color",
    "--force-color",
    "--skip-checks",
}


def parser_of(name: str) -> argparse.ArgumentParser:
    return load_command_class(OURS[name], name).create_parser("manage.py", name)


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A parser and those of its verbs."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for verb in dict.fromkeys(action.choices.values()):
                yield from parsers(verb)


class TestCommands:
    def test_are_those_that_the_readme_promises(self) -> None:
        assert set(OURS) >= PROMISED

    @pytest.mark.parametrize("name", sorted(OURS))
    def test_say_what_they_do(self, name: str) -> None:
        said = load_command_class(OURS[name], name).help
        assert len(said.split()) >= 4
        assert said.rstrip().endswith(".")

    @pytest.mark.parametrize("name", sorted(OURS))
    def test_answer_to_help(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        for parser in parsers(parser_of(name)):
            with pytest.raises(SystemExit) as end:
                parser.parse_args(["--help"])
            assert end.value.code == 0
            assert "usage:" in capsys.readouterr().out

    @pytest.mark.parametrize("name", sorted(OURS))
    def test_explain_every_option(self, name: str) -> None:
        silent = [
            f"{parser.prog} {'/'.join(action.option_strings) or action.dest}"
            for parser in parsers(parser_of(name))
            for action in parser._actions
            if not isinstance(action, argparse._SubParsersAction)
            and not OWN_WORDS & set(action.option_strings)
            and not action.help
        ]
        assert silent == []
