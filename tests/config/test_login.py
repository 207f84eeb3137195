"""The door: open to who knows the word, slow for who guesses."""

import pytest
from django.core.cache import cache

from tests.factories import corpus
from tests.factories.corpus import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_tries_before():
    cache.clear()


@pytest.fixture
def knock(client):
    def knock(name, password="guess", address="192.0.2.1", at="/login/"):
        given = {"username": name, "password": password}
        return client.post(at, given, REMOTE_ADDR=address)

    return knock


class TestThrottled:
    @pytest.mark.parametrize("at", ["/login/", "/admin/login/"])
    def test_ends_a_row_of_guesses_even_if_one_is_right(self, knock, at):
        name = corpus.user("curator").username
        assert {knock(name, at=at).status_code for _ in range(10)} == {200}
        answer = knock(name.upper(), PASSWORD, at=at)
        assert answer.status_code == 429
        assert "Too many tries" in answer.content.decode()
        assert "password" in answer.content.decode()

    def test_shuts_nobody_else_out(self, knock):
        one, two = corpus.user("curator").username, corpus.user("curator").username
        for _ in range(11):
            knock(one)
        assert knock(one, PASSWORD, address="192.0.2.2").status_code == 302
        assert knock(two, PASSWORD).status_code in (200, 302)
        assert knock(one).status_code == 429

    def test_believes_no_address_that_the_request_itself_names(self, knock, client):
        given = {"username": "somebody", "password": "guess"}
        found = [
            client.post("/login/", given, HTTP_X_FORWARDED_FOR=f"192.0.2.{n}").status_code
            for n in range(11)
        ]
        assert found[-1] == 429

    def test_shows_the_page_as_often_as_one_likes(self, client):
        assert {client.get("/login/").status_code for _ in range(12)} == {200}
