"""What every command shares: plain errors with exit codes, --json, and progress on stderr."""

import json
import os
import sys
from collections.abc import Iterable
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError
from psycopg.errors import UndefinedColumn, UndefinedTable
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

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run it; a reader that has seen enough (`| head`) and a database without tables are no accidents."""
        try:
            return super().execute(*args, **options)
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())  # or Python complains once more at exit
            os.close(nowhere)
            raise SystemExit(141) from None
        except ProgrammingError as error:
            if not isinstance(error.__cause__, UndefinedTable | UndefinedColumn):
                raise
            raise refuse(
                "The database is not up to date. Run `python manage.py migrate` first; `make demo` and "
                "`make up` do."
            ) from error

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
