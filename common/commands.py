"""What every command shares: plain errors with exit codes, --json, and progress on stderr."""

import json
import sys
from collections.abc import Iterable
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

Item = TypeVar("Item")


class Command(BaseCommand):
    """A command that speaks to people on stdout, or JSON with --json; exit code 1 for a refusal."""

    takes_json = True  # False where the verbs of a command take it one by one

    def add_arguments(self, parser: CommandParser) -> None:
        if self.takes_json:
            parser.add_argument(
                "--json", action="store_true", help="print one JSON document instead"
            )
        self.declare(parser)

    def declare(self, parser: CommandParser) -> None:
        """Arguments of the command itself."""

    def answer(self, *, options: dict[str, Any], document: Any, lines: Iterable[str]) -> None:
        """The document with --json, the lines otherwise."""
        if options["json"]:
            self.stdout.write(json.dumps(document, indent=2, default=str, ensure_ascii=False))
        else:
            for line in lines:
                self.stdout.write(line)

    def progress(self, *, total: int | None, what: str) -> "tqdm[Any]":
        """A progress bar on stderr, where stderr is a terminal."""
        return tqdm(total=total, desc=what, unit="", disable=not sys.stderr.isatty(), leave=False)


def refuse(message: str, *, code: int = 1) -> CommandError:
    """An error for people: what happened, what was kept, what to do."""
    return CommandError(message, returncode=code)
