"""What raters said, on the curator's clip page."""

import pytest
from django.urls import reverse

from tests.factories import annotation, corpus


def labels(client, clip):
    return client.get(reverse("clip_labels", args=[clip.name]))


class TestFragment:
    @pytest.fixture
    def clip(self, db):
        clip = corpus.eligible_clip()
        campaign = annotation.campaign(clip, title="Spring", need=3)
        for valence, primary in ((2, "Sad"), (2, "Sad"), (5, "Happy")):
            annotation.rating(campaign, clip, valence=valence, primary=primary, secondary=[primary])
        annotation.consensus(campaign, clip, code="S", n_ratings=3)
        return clip

    def test_places_votes_and_their_mean(self, curator, clip):
        (heard,) = labels(curator, clip).context["labels"]
        valence = heard.scales[0]
        assert [(point, n) for point, _at, n in valence.points if n] == [(2, 2), (5, 1)]
        assert (valence.mean, valence.mean_at) == (3, 35.71)

    def test_counts_classes_the_most_voted_first(self, curator, clip):
        (heard,) = labels(curator, clip).context["labels"]
        assert [(vote.label, vote.n) for vote in heard.primaries] == [("Sad", 2), ("Happy", 1)]
        assert heard.consensus_name == "Sad"

    def test_leaves_out_what_was_corrected(self, curator):
        campaign = annotation.campaign(clip := corpus.eligible_clip())
        old = annotation.rating(campaign, clip, primary="Angry")
        annotation.rating(campaign, clip, old.rater, replaces=old, primary="Fear")
        (heard,) = labels(curator, clip).context["labels"]
        assert [vote.label for vote in heard.primaries] == ["Fear"]

    def test_names_raters_by_pseudonym_only(self, curator, clip):
        rater = annotation.rater()
        annotation.rating(clip.campaign_clips.get().campaign, clip, rater)
        answer = labels(curator, clip).content.decode()
        assert rater.pseudonym in answer
        assert rater.user.username not in answer

    def test_is_a_fragment(self, curator, clip):
        answer = labels(curator, clip).content.decode()
        assert "Spring" in answer
        assert "<html" not in answer

    def test_says_when_nobody_has_rated(self, curator):
        annotation.campaign(clip := corpus.eligible_clip())
        assert "nobody has rated it yet" in labels(curator, clip).content.decode()

    def test_says_when_no_campaign_has_it(self, curator):
        assert "in no campaign yet" in labels(curator, corpus.clip()).content.decode()

    def test_is_kept_from_raters(self, client, a_rater, clip):
        assert labels(client, clip).status_code == 302
        assert labels(a_rater, clip).status_code == 403
