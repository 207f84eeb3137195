"""`people`: who may sign in, and as what."""

import io
import json

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command
from rest_framework.authtoken.models import Token

from common.roles import is_curator, is_rater

pytestmark = pytest.mark.django_db


def run(*words):
    out = io.StringIO()
    call_command("people", *words, "--json", stdout=out)
    return json.loads(out.getvalue())


class TestAdd:
    def test_makes_a_person_with_a_password_that_is_shown_once(self):
        (row,) = run("add", "ada", "--role", "rater")
        person = authenticate(username="ada", password=row["password"])
        assert is_rater(person)
        assert not is_curator(person)
        assert not person.is_staff

    def test_takes_the_password_given(self):
        run("add", "ada", "--role", "curator", "--password", "a long secret")
        assert is_curator(authenticate(username="ada", password="a long secret"))

    def test_gives_one_more_role_without_touching_the_password(self):
        (first,) = run("add", "ada", "--role", "rater")
        (second,) = run("add", "ada", "--role", "curator", "--also")
        assert "password" not in second
        person = authenticate(username="ada", password=first["password"])
        assert (is_rater(person), is_curator(person)) == (True, True)

    def test_says_what_became_of_an_account_that_is_there(self):
        run("add", "ada", "--role", "rater")
        (again,) = run("add", "ada", "--role", "rater")
        assert again["known"] == "ada has an account already. Nothing was changed."
        (both,) = run("add", "ada", "--role", "curator", "--also", "--password", "a long secret")
        assert both["known"].endswith("ada is now curator as well and has a new password.")
        out = io.StringIO()
        call_command("people", "add", "ada", "--role", "rater", stdout=out)
        assert out.getvalue().startswith("ada has an account already. Nothing was changed.")

    def test_gives_another_role_only_where_that_is_asked_for(self):
        run("add", "ada", "--role", "rater", "--password", "a long secret")
        with pytest.raises(CommandError, match="as rater: nothing was changed"):
            run("add", "ada", "--role", "curator", "--password", "another secret")
        assert not is_curator(authenticate(username="ada", password="a long secret"))

    def test_gives_a_role_to_an_account_without_any(self):
        get_user_model().objects.create_user("ada")
        (row,) = run("add", "ada", "--role", "curator")
        assert row["known"].endswith("ada is now curator.")

    def test_lets_administrators_into_the_admin(self):
        run("add", "root", "--role", "administrator")
        person = get_user_model().objects.get()
        assert (person.is_staff, person.is_superuser) == (True, True)

    @pytest.mark.parametrize("name", ["", "two words", "x" * 151])
    def test_refuses_a_name_that_nobody_could_sign_in_with(self, name):
        with pytest.raises(CommandError):
            run("add", name, "--role", "rater")
        assert not get_user_model().objects.exists()

    def test_knows_three_roles(self):
        with pytest.raises(CommandError, match="invalid choice: 'king'"):
            run("add", "ada", "--role", "king")


class TestPassword:
    def test_replaces_the_old_one(self):
        run("add", "ada", "--role", "rater", "--password", "a long secret")
        (row,) = run("password", "ada")
        assert authenticate(username="ada", password="a long secret") is None
        assert authenticate(username="ada", password=row["password"]) is not None

    def test_says_that_there_is_nobody(self):
        with pytest.raises(CommandError, match="nobody called ada"):
            run("password", "ada")


class TestToken:
    def test_is_the_same_every_time(self):
        run("add", "ada", "--role", "rater")
        assert run("token", "ada") == run("token", "ada")
        assert run("token", "ada")[0]["token"] == Token.objects.get().key


class TestList:
    def test_shows_everybody_with_their_roles(self):
        run("add", "bea", "--role", "rater")
        run("add", "ada", "--role", "curator")
        run("add", "ada", "--role", "rater", "--also")
        assert run("list") == [
            {"name": "ada", "roles": "curator, rater"},
            {"name": "bea", "roles": "rater"},
        ]

    def test_says_that_there_is_nobody_yet(self):
        out = io.StringIO()
        call_command("people", "list", stdout=out)
        assert "Nobody yet" in out.getvalue()
