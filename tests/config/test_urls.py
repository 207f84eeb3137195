"""Addresses that belong to no app."""

import pytest

pytestmark = pytest.mark.django_db


class TestNowhere:
    def test_is_our_own_page(self, client):
        answer = client.get("/no/such/place/")
        assert answer.status_code == 404
        assert "<h1>" in answer.content.decode()

    def test_is_json_for_programs(self, client):
        answer = client.get("/api/v1/no-such-thing/")
        assert answer.status_code == 404
        assert answer.json() == {"detail": "There is nothing at this address."}

    def test_adds_the_closing_slash_that_was_forgotten(self, client):
        answer = client.get("/overview")
        assert (answer.status_code, answer["Location"]) == (302, "/overview/")
