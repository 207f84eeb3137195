import pytest

from tests.factories import corpus
from tests.factories.api import client

pytestmark = pytest.mark.django_db


class TestPodcasts:
    def test_are_listed_in_the_order_they_came_with_their_episodes_counted(self):
        first, second = corpus.podcast(title="One"), corpus.podcast(title="Two")
        corpus.episode(podcast=second)
        corpus.episode(podcast=second, verdict=None)
        rows = client("curator").get("/api/v1/podcasts/").data["results"]
        assert [(row["id"], row["n_episodes"]) for row in rows] == [(first.pk, 0), (second.pk, 2)]

    def test_are_found_by_a_part_of_the_title(self):
        corpus.podcast(title="Talking heads")
        found = corpus.podcast(title="Night talk")
        rows = client("curator").get("/api/v1/podcasts/", {"title": "T TALK"}).data["results"]
        assert [row["id"] for row in rows] == [found.pk]

    def test_do_not_say_who_added_them(self):
        person = corpus.user("curator", username="secretive")
        podcast = corpus.podcast(added_by=person)
        answer = client("curator").get(f"/api/v1/podcasts/{podcast.pk}/")
        assert answer.data["guid"] == podcast.guid
        assert b"secretive" not in answer.content
        assert "added_by" not in answer.data

    def test_come_in_pages_of_the_size_asked_for(self):
        podcasts = [corpus.podcast() for _ in range(3)]
        page = client("curator").get("/api/v1/podcasts/", {"page_size": 2, "page": 2}).data
        assert page["count"] == 3
        assert [row["id"] for row in page["results"]] == [podcasts[2].pk]
        assert page["next"] is None

    def test_take_no_writes(self):
        podcast, curator = corpus.podcast(), client("curator")
        assert curator.post("/api/v1/podcasts/", {"title": "x"}).status_code == 405
        assert curator.patch(f"/api/v1/podcasts/{podcast.pk}/", {"title": "x"}).status_code == 405
        assert curator.delete(f"/api/v1/podcasts/{podcast.pk}/").status_code == 405

    @pytest.mark.parametrize("key", ["99", "99999999999999999999", "none"])
    def test_that_are_not_there_are_404(self, key):
        assert client("curator").get(f"/api/v1/podcasts/{key}/").status_code == 404
