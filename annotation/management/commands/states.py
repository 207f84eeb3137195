"""`states`: every state machine as Mermaid, in docs/states.md."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from annotation.core.states import ASSIGNMENTS, CAMPAIGNS
from common.commands import Command as Base
from common.commands import refuse

DOCUMENT = Path("docs/states.md")
HEAD = """# States

Written by `python manage.py states` from `annotation/core/states.py`; `make check` compares them. An action that a state does not allow is refused with a sentence, the same on the page and in the command. Actions that change no state are not drawn.
"""
CHAPTERS = (
    (
        "Campaigns",
        CAMPAIGNS,
        "A campaign takes ratings only while it is open. A late answer to a clip that was handed out before is kept all the same.",
    ),
    (
        "Assignments",
        ASSIGNMENTS,
        "A clip that is handed to a rater, on a lease. One that was rated or skipped never comes back to the same rater; one that expired may.",
    ),
)


class Command(Base):
    takes_json = False
    requires_system_checks = ()
    help = "Write every state machine as Mermaid into docs/states.md."

    def declare(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="change nothing; fail where the file is out of date",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / DOCUMENT
        text = document()
        is_current = path.is_file() and path.read_text(encoding="utf-8") == text
        if not is_current and options["check"]:
            raise refuse(f"{DOCUMENT} is out of date: run `python manage.py states`.")
        if not is_current:
            path.write_text(text, encoding="utf-8")
        self.stdout.write(f"{DOCUMENT} is {'as it was' if is_current else 'written anew'}.")


def document() -> str:
    """The whole of docs/states.md."""
    chapters = (
        f"\n## {title}\n\n{says}\n\n```mermaid\n{machine.mermaid()}```\n"
        for title, machine, says in CHAPTERS
    )
    return "".join([HEAD, *chapters])
