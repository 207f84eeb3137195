import pytest

from annotation.api.ratings import RatingSerializer
from annotation.models import Rater, Rating
from tests.factories import annotation, corpus
from tests.factories.api import client

pytestmark = pytest.mark.django_db


@pytest.fixture
def two():
    """Two ratings of one clip, by two people."""
    clip = corpus.eligible_clip()
    campaign = annotation.campaign(clip, state="open")
    return [
        annotation.rating(campaign, clip, comment="my neighbour", primary="Sad"),
        annotation.rating(campaign, clip),
    ]


def ids(someone, **wish):
    return [row["id"] for row in someone.get("/api/v1/ratings/", wish).data["results"]]


class TestRatings:
    def test_show_public_fields_and_a_pseudonym(self, two):
        answer = client("curator").get(f"/api/v1/ratings/{two[0].pk}/")
        rater = two[0].rater
        assert answer.data["rater"] == rater.pseudonym
        assert answer.data["primary"] == "Sad"
        assert answer.data["is_simulated"] is False
        for private in ("my neighbour", rater.user.username, rater.code, str(two[0].client_uuid)):
            assert private not in answer.content.decode()

    def test_have_no_field_that_the_models_do_not_call_public(self):
        fields = set(RatingSerializer.Meta.fields)
        elsewhere = {"rater": "number", "is_simulated": "is_simulated"}  # of Rater
        assert set(elsewhere.values()) <= Rater.Privacy.public
        assert fields - set(elsewhere) - {"replaced_by"} <= Rating.Privacy.public

    def test_show_a_rater_their_own_alone(self, two):
        own, other = two
        rater = client(user=own.rater.user)
        assert ids(rater) == [own.pk]
        assert rater.get(f"/api/v1/ratings/{own.pk}/").status_code == 200
        assert rater.get(f"/api/v1/ratings/{other.pk}/").status_code == 404
        assert ids(rater, rater=other.rater.pseudonym) == []

    def test_show_a_rater_who_never_rated_nothing_not_those_that_were_imported(self, two):
        imported = annotation.rater(code="from a file")
        annotation.rating(two[0].campaign, two[0].clip, imported)
        assert ids(client("rater")) == []

    def test_know_which_corrects_which(self, two):
        old = two[0]
        new = annotation.rating(old.campaign, old.clip, old.rater, replaces=old)
        curator = client("curator")
        shown = {row["id"]: row for row in curator.get("/api/v1/ratings/").data["results"]}
        assert (shown[old.pk]["replaced_by"], shown[new.pk]["replaces"]) == (new.pk, old.pk)
        assert (shown[new.pk]["replaced_by"], shown[old.pk]["replaces"]) == (None, None)
        assert ids(curator, current="true") == [two[1].pk, new.pk]

    def test_are_filtered_by_campaign_clip_and_rater(self, two):
        elsewhere = annotation.rating(annotation.campaign(), corpus.clip())
        curator = client("curator")
        assert ids(curator, campaign=elsewhere.campaign.name) == [elsewhere.pk]
        assert ids(curator, clip=two[0].clip.name) == [row.pk for row in two]
        assert ids(curator, rater=two[1].rater.pseudonym) == [two[1].pk]
        assert ids(curator, rater="nobody") == []

    def test_cost_the_same_queries_however_many_they_are(self, django_assert_max_num_queries):
        campaign, clip = annotation.campaign(), corpus.clip()
        for _ in range(6):
            annotation.rating(campaign, clip)
        curator = client("curator")
        with django_assert_max_num_queries(5):
            assert len(ids(curator)) == 6
