#!/usr/bin/env python
"""Emocast on the command line: `python manage.py help` lists what it can do."""

import os
import sys
from pathlib import Path

VENV = Path(__file__).resolve().parent / ".venv" / "bin" / "python"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError:
        if VENV.exists() and Path(sys.prefix) != VENV.parents[1]:
            os.execv(VENV, [str(VENV), *sys.argv])  # noqa: S606 - our own interpreter
        sys.exit("Django is not here: run `make setup`, then `.venv/bin/python manage.py …`.")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
