"""`provenance`: from a clip back to the feed."""

from typing import Any

from django.core.management.base import CommandParser

from common.commands import Command as Base
from common.commands import refuse
from corpus.actions import provenance
from corpus.models import Clip


class Command(Base):
    help = (
        "Show where a clip comes from: release, file, cut, engines, master, source, feed, licence."
    )

    def declare(self, parser: CommandParser) -> None:
        parser.add_argument("clip", help="its name, with or without .flac, or a path to its file")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["clip"].rsplit("/", 1)[-1].removesuffix(".flac").removesuffix(".wav")
        clip = Clip.objects.filter(name=name).first()
        if clip is None:
            raise refuse(f"There is no clip {name}. `manage.py clips` lists those that there are.")
        found = provenance.of(clip)
        rest = {name: value for name, value in found.items() if name != "withdrawn"}
        lines = [*_taken_back(found["withdrawn"]), *_lines(rest)]
        self.answer(options=options, document=found, lines=lines)


def _taken_back(row: dict[str, Any] | None) -> list[str]:
    if row is None:
        return []
    start = f"WITHDRAWN on {row['withdrawn_at'][:10]} ({row['reason_class']}, withdrawal {row['withdrawal']})"
    if row["erased_at"]:
        return [f"{start}. Its audio was erased on {row['erased_at'][:10]}.", ""]
    return [f"{start}. Its audio is erased after {row['erase_after'][:10]}.", ""]


def _lines(found: dict[str, Any], indent: int = 0) -> list[str]:
    lines = []
    for name, value in found.items():
        start = " " * indent + name.replace("_", " ")
        if isinstance(value, dict):
            lines += [f"{start}:", *_lines(value, indent + 2)]
        elif isinstance(value, list):
            lines.append(f"{start}:")
            for item in value:
                if isinstance(item, dict):
                    inner = _lines(item, indent + 4)
                    lines += [" " * (indent + 2) + "– " + inner[0].strip(), *inner[1:]]
                else:
                    lines.append(" " * (indent + 2) + f"– {item}")
        else:
            lines.append(f"{start}: {value}")
    return lines
