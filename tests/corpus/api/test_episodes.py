import pytest

from corpus.core.stages import EPISODE_STAGES
from tests.factories import corpus
from tests.factories.api import client

pytestmark = pytest.mark.django_db


def stages(answer):
    return {stage["stage"]: stage for stage in answer.data["stages"]}


class TestEpisodes:
    def test_say_what_their_licence_allows_but_not_who_decided(self):
        episode = corpus.episode(verdict=None)
        person = corpus.user("curator", username="secretive")
        episode.licence = corpus.licence(episode, decided_by=person, verdict="accepted")
        episode.save()
        answer = client("curator").get(f"/api/v1/episodes/{episode.pk}/")
        assert answer.data["licence"]["verdict"] == "accepted"
        assert answer.data["licence"]["spdx"] == "CC-BY-4.0"
        assert b"secretive" not in answer.content

    def test_have_no_licence_before_one_is_decided(self):
        episode = corpus.episode(verdict=None)
        answer = client("curator").get(f"/api/v1/episodes/{episode.pk}/")
        assert answer.data["licence"] is None

    def test_tell_how_far_they_are_by_the_newest_run_of_each_stage(self):
        episode = corpus.episode()
        corpus.run(episode, stage="fetch", outcome="failed", reason="404")
        corpus.run(episode, stage="fetch")
        corpus.run(episode, stage="standardise", done_at=None, outcome="", error="No room left")
        answer = client("curator").get(f"/api/v1/episodes/{episode.pk}/")
        found = stages(answer)
        assert list(found) == [stage.name for stage in EPISODE_STAGES]
        assert (found["fetch"]["state"], found["fetch"]["reason"]) == ("done", "")
        assert found["fetch"]["engine"] == "tests.engine"
        assert found["standardise"]["state"] == "retrying"
        assert found["standardise"]["reason"] == "No room left"
        assert found["cut"]["state"] == "pending"
        assert found["cut"]["done_at"] is None

    def test_are_filtered_by_podcast_and_licence(self):
        kept, other = corpus.episode(), corpus.episode(verdict="review")
        curator = client("curator")

        def found(**wish):
            rows = curator.get("/api/v1/episodes/", wish).data["results"]
            return [row["id"] for row in rows]

        assert found() == [kept.pk, other.pk]
        assert found(podcast=other.podcast_id) == [other.pk]
        assert found(licence="accepted") == [kept.pk]
        assert curator.get("/api/v1/episodes/", {"licence": "good"}).status_code == 400

    def test_cost_the_same_queries_however_many_they_are(self, django_assert_max_num_queries):
        podcast = corpus.podcast()
        for _ in range(8):
            corpus.run(corpus.episode(podcast=podcast), stage="fetch")
        curator = client("curator")
        with django_assert_max_num_queries(6):
            assert len(curator.get("/api/v1/episodes/").data["results"]) == 8
