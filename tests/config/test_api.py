"""Who may ask the API for what, how they get a token, and what documents it."""

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from common.roles import Role
from tests.factories import annotation, corpus
from tests.factories.api import client
from tests.factories.corpus import PASSWORD

pytestmark = pytest.mark.django_db
FOR_CURATORS = ("podcasts", "episodes", "clips", "consensus", "releases")
FOR_ALL_ROLES = ("campaigns", "ratings")


@pytest.fixture(autouse=True)
def _no_tries_before():
    cache.clear()


@pytest.fixture
def addresses():
    """Every address with GET, of rows that are there, with the list it belongs to."""
    clip = corpus.eligible_clip()
    campaign = annotation.campaign(clip, state="open")
    rating = annotation.rating(campaign, clip)
    consensus, release = annotation.consensus(campaign, clip), corpus.release()
    keys = {
        "podcasts": [clip.episode.podcast_id],
        "episodes": [clip.episode_id],
        "clips": [clip.name],
        "consensus": [consensus.pk],
        "releases": [release.pk, f"{release.pk}/files"],
        "campaigns": [campaign.name],
        "ratings": [rating.pk],
    }
    return [
        (noun, f"/api/v1/{noun}/{tail}")
        for noun, found in keys.items()
        for tail in ("", *(f"{key}/" for key in found))
    ]


class TestPermissions:
    def test_nobody_gets_anything_without_signing_in(self, addresses):
        assert {APIClient().get(address).status_code for _, address in addresses} == {401}

    @pytest.mark.parametrize("role", [Role.CURATOR, Role.ADMINISTRATOR])
    def test_curators_and_administrators_read_everything(self, addresses, role):
        someone = client(role)
        assert {someone.get(address).status_code for _, address in addresses} == {200}

    def test_raters_get_the_lists_of_campaigns_and_own_ratings_and_nothing_else(self, addresses):
        rater = client(Role.RATER)
        for noun, address in addresses:
            status = rater.get(address).status_code
            if noun in FOR_CURATORS:
                assert status == 403, address
            elif noun == "ratings" and address != "/api/v1/ratings/":
                assert status == 404, address  # another person's
            else:
                assert status == 200, address

    def test_people_without_a_role_get_nothing(self, addresses):
        someone = client()
        assert {someone.get(address).status_code for _, address in addresses} == {403}

    def test_the_session_of_a_browser_counts_too(self, client):
        client.force_login(corpus.user(Role.CURATOR))
        assert client.get("/api/v1/clips/").status_code == 200

    def test_a_session_changes_nothing_without_its_csrf_token(self):
        campaign = annotation.campaign(corpus.eligible_clip())
        browser = APIClient(enforce_csrf_checks=True)
        browser.force_login(corpus.user(Role.CURATOR))
        answer = browser.post(f"/api/v1/campaigns/{campaign.name}/open/")
        assert answer.status_code == 403
        assert "CSRF" in answer.data["detail"]


class TestToken:
    def test_is_had_for_name_and_password(self):
        person = corpus.user(Role.CURATOR)
        given = {"username": person.username, "password": PASSWORD}
        answer = APIClient().post("/api/v1/token/", given)
        assert answer.status_code == 200
        someone = APIClient()
        someone.credentials(HTTP_AUTHORIZATION=f"Token {answer.data['token']}")
        assert someone.get("/api/v1/clips/").status_code == 200

    def test_is_not_had_for_a_wrong_password(self):
        person = corpus.user(Role.CURATOR)
        answer = APIClient().post(
            "/api/v1/token/", {"username": person.username, "password": "guess"}
        )
        assert answer.status_code == 400
        assert "token" not in answer.data

    def test_takes_long_to_guess(self):
        person = corpus.user(Role.CURATOR)
        given = {"username": person.username, "password": "guess"}
        answers = [APIClient().post("/api/v1/token/", given).status_code for _ in range(11)]
        assert answers == [400] * 10 + [429]

    def test_dies_with_the_account(self):
        person = corpus.user(Role.CURATOR)
        someone = client(user=person)
        person.is_active = False
        person.save()
        assert someone.get("/api/v1/clips/").status_code == 401


class TestSchema:
    def test_is_for_people_who_signed_in(self):
        assert APIClient().get("/api/v1/schema/").status_code == 401
        answer = client(Role.RATER).get("/api/v1/schema/")
        assert answer.status_code == 200
        assert b"openapi: 3" in answer.content


class TestDocs:
    def test_list_every_endpoint_and_load_nothing_from_elsewhere(self, client):
        client.force_login(corpus.user(Role.RATER))
        page = client.get("/api/v1/docs/").content.decode()
        for noun in (*FOR_CURATORS, *FOR_ALL_ROLES):
            assert f"GET /api/v1/{noun}/</code>" in page
        assert "POST /api/v1/campaigns/{name}/open/</code>" in page
        assert 'src="http' not in page
        assert 'href="http' not in page

    def test_ask_strangers_to_sign_in(self, client):
        assert client.get("/api/v1/docs/")["Location"].startswith("/login/")
