import pytest

from tests.factories import annotation, corpus
from tests.factories.api import client

pytestmark = pytest.mark.django_db


class TestConsensus:
    def test_is_listed_with_shares_and_means(self):
        clip, campaign = corpus.clip(), annotation.campaign()
        annotation.consensus(campaign, clip, shares={"H": 0.6, "N": 0.4}, entropy=0.67)
        (row,) = client("curator").get("/api/v1/consensus/").data["results"]
        assert (row["campaign"], row["clip"]) == (campaign.name, clip.name)
        assert (row["code"], row["shares"]) == ("H", {"H": 0.6, "N": 0.4})
        assert (row["valence"], row["entropy"]) == (5.0, 0.67)
        assert row["distribution_pooled"] is None

    def test_is_filtered_by_campaign_clip_and_code(self):
        campaign = annotation.campaign()
        happy = annotation.consensus(campaign, corpus.clip())
        none = annotation.consensus(annotation.campaign(), corpus.clip(), code="X")
        curator = client("curator")

        def found(**wish):
            return [row["id"] for row in curator.get("/api/v1/consensus/", wish).data["results"]]

        assert found(campaign=campaign.name) == [happy.pk]
        assert found(code="X") == [none.pk]
        assert found(clip=none.clip.name) == [none.pk]
        assert curator.get("/api/v1/consensus/", {"code": "Z"}).status_code == 400

    def test_is_not_for_raters_even_of_clips_they_rated(self):
        clip, campaign = corpus.clip(), annotation.campaign(state="open")
        rating = annotation.rating(campaign, clip)
        row = annotation.consensus(campaign, clip)
        rater = client(user=rating.rater.user)
        assert rater.get("/api/v1/consensus/").status_code == 403
        assert rater.get(f"/api/v1/consensus/{row.pk}/").status_code == 403

    def test_costs_the_same_queries_however_many_there_are(self, django_assert_max_num_queries):
        campaign, curator = annotation.campaign(), client("curator")
        for _ in range(6):
            annotation.consensus(campaign, corpus.clip())
        with django_assert_max_num_queries(5):
            assert len(curator.get("/api/v1/consensus/").data["results"]) == 6
