"""`people`: who may sign in, and as what."""

import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from rest_framework.authtoken.models import Token

from common.commands import Command as Base
from common.commands import refuse
from common.roles import Role


class Command(Base):
    takes_json = False
    help = "Add a person with a role, give them a new password or an API token, list them."

    def declare(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        add = verbs.add_parser("add", help="a person; or one more role for somebody known")
        add.add_argument("name", help="of the account")
        roles = [role.value for role in Role]
        add.add_argument("--role", choices=roles, required=True, help="what they may do")
        add.add_argument("--password", help="default: one is made up and shown once")
        add.add_argument(
            "--also", action="store_true", help="give a known account this role beside its others"
        )
        password = verbs.add_parser("password", help="a new password")
        password.add_argument("name", help="of the account")
        token = verbs.add_parser("token", help="the API token; made if there is none")
        token.add_argument("name", help="of the account")
        listing = verbs.add_parser("list", help="everybody")
        for verb in (add, password, token, listing):
            verb.add_argument("--json", action="store_true", help="print one JSON document instead")

    def handle(self, *args: Any, **options: Any) -> None:
        verb = {"add": self._add, "password": self._password, "token": self._token}
        rows = verb.get(options["verb"], self._list)(options)
        lines = [_line(row) for row in rows]
        self.answer(options=options, document=rows, lines=lines or ["Nobody yet: `people add`."])

    def _add(self, options: dict[str, Any]) -> list[dict[str, str]]:
        users = get_user_model()
        try:
            users._meta.get_field("username").clean(options["name"], None)
        except ValidationError as error:
            raise refuse(" ".join(error.messages)) from error
        user, made = users.objects.get_or_create(username=options["name"])
        row = {"name": options["name"], "role": options["role"]}
        row |= {} if made else _known(user, options)
        if made or options["password"]:
            row["password"] = options["password"] or secrets.token_urlsafe(9)
            user.set_password(row["password"])
        user.groups.add(Group.objects.get_or_create(name=options["role"])[0])
        if options["role"] == Role.ADMINISTRATOR:
            user.is_staff = user.is_superuser = True
        user.save()
        return [row]

    def _password(self, options: dict[str, Any]) -> list[dict[str, str]]:
        user = self._user(options["name"])
        password = secrets.token_urlsafe(9)
        user.set_password(password)
        user.save()
        return [{"name": options["name"], "password": password}]

    def _token(self, options: dict[str, Any]) -> list[dict[str, str]]:
        token, _ = Token.objects.get_or_create(user=self._user(options["name"]))
        return [{"name": options["name"], "token": token.key}]

    def _list(self, options: dict[str, Any]) -> list[dict[str, str]]:
        users = get_user_model().objects.prefetch_related("groups").order_by("username")
        return [
            {"name": user.username, "roles": ", ".join(sorted(g.name for g in user.groups.all()))}
            for user in users
        ]

    def _user(self, name: str) -> Any:
        user = get_user_model().objects.filter(username=name).first()
        if user is None:
            raise refuse(f"There is nobody called {name}: `people list` shows who there is.")
        return user


def _known(user: Any, options: dict[str, Any]) -> dict[str, str]:
    """What becomes of an account that is there already; another role only where that is asked for."""
    roles = sorted(group.name for group in user.groups.all())
    is_new = options["role"] not in roles
    if is_new and roles and not options["also"]:
        raise refuse(
            f"{user.username} has an account already, as {' and '.join(roles)}: nothing was changed. "
            f"With --also they are {options['role']} as well."
        )
    changed = [
        f"is now {options['role']}" if not roles else f"is now {options['role']} as well"
    ] * is_new
    changed += ["has a new password"] if options["password"] else []
    done = f"{user.username} {' and '.join(changed)}." if changed else "Nothing was changed."
    return {"known": f"{user.username} has an account already. {done}"}


def _line(row: dict[str, str]) -> str:
    shown = "  ".join(f"{k}: {v}" for k, v in row.items() if k != "known")
    return f"{row['known']}  {shown}" if "known" in row else shown
