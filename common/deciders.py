"""Who decides by command: the account that --by names, or whoever is signed in to the machine."""

import getpass
import os
from typing import Any, TypedDict

from django.contrib.auth import get_user_model
from django.core.management.base import CommandParser

from common.commands import refuse
from common.roles import is_curator

LONGEST = 150  # characters of a login name that are kept


class Decider(TypedDict):
    """What actions take: an account, or the login name where no account stands for the person."""

    by: Any
    said_by: str


def ask(parser: CommandParser) -> None:
    """Let a verb take --by."""
    parser.add_argument(
        "--by",
        metavar="NAME",
        help="account of the curator who decides; default: the one called as you are on this machine, "
        "else that name is kept as text",
    )


def given(options: dict[str, Any]) -> Decider:
    """Who decides; refuses a name that is nobody's, or of somebody who may not decide."""
    accounts = get_user_model().objects
    name = options["by"]
    if name is None:
        login = _login()
        account = accounts.filter(username=login).first()
        is_theirs = account is not None and is_curator(account)
        return Decider(by=account, said_by="") if is_theirs else Decider(by=None, said_by=login)
    account = accounts.filter(username=name).first()
    if account is None:
        raise refuse(f"There is nobody called {name}: `people list` shows who there is.")
    if not is_curator(account):
        raise refuse(f"{name} may not decide: only curators and administrators do.")
    return Decider(by=account, said_by="")


def told(account: Any, said_by: str) -> str:
    """How lists on the command line name them; empty where nobody is known."""
    if account is not None:
        return str(account.get_username())
    return f"{said_by}, on the command line" if said_by else ""


def _login() -> str:
    try:
        return getpass.getuser()[:LONGEST]
    except (KeyError, OSError):  # in containers the number of a user may have no name
        return f"user {os.getuid()}"
