"""Pages of podcasts."""

import pytest
from django.urls import reverse

from tests.factories import corpus


class TestIndex:
    def test_counts_episodes_and_clips(self, curator):
        podcast = corpus.podcast(title="Night Talk")
        voice = corpus.voice(corpus.episode(podcast=podcast))
        corpus.eligible_clip(voice)
        corpus.clip(voice)
        corpus.episode(podcast=podcast, verdict="refused")
        (row,) = curator.get(reverse("podcasts")).context["page"].rows
        assert (row.n_episodes, row.n_usable, row.n_clips, row.n_accepted) == (2, 1, 2, 1)

    def test_says_what_to_do_while_there_is_none(self, curator):
        assert "manage.py ingest" in curator.get(reverse("podcasts")).content.decode()

    def test_points_to_licences_that_wait(self, curator):
        episode = corpus.episode(verdict="review")
        answer = curator.get(reverse("podcasts")).content.decode()
        assert f"podcast={episode.podcast_id}&amp;licence=review" in answer

    def test_sends_the_list_alone_to_htmx(self, curator):
        corpus.podcast(title="Night Talk")
        answer = curator.get(
            reverse("podcasts"), headers={"hx-request": "true", "hx-target": "podcasts"}
        ).content.decode()
        assert "Night Talk" in answer
        assert "<html" not in answer


class TestDetail:
    def test_shows_facts_licences_and_episodes(self, curator):
        podcast = corpus.podcast(title="Night Talk", author="Jane Doe")
        corpus.episode(podcast=podcast, title="First")
        corpus.episode(podcast=podcast, title="Second", verdict="index_only")
        response = curator.get(reverse("podcast", args=[podcast.pk]))
        assert [(v, n) for v, _words, n in response.context["licences"]] == [
            ("accepted", 1),
            ("index_only", 1),
        ]
        for words in ("Night Talk", "Jane Doe", "First", "Second"):
            assert words in response.content.decode()

    def test_is_404_for_none(self, curator):
        assert curator.get(reverse("podcast", args=[9])).status_code == 404


class TestRoles:
    @pytest.mark.parametrize("name", ["podcasts", "podcast"])
    def test_strangers_sign_in_and_raters_are_refused(self, client, a_rater, name):
        url = reverse(name, args=[corpus.podcast().pk] if name == "podcast" else [])
        assert client.get(url)["Location"] == f"{reverse('login')}?next={url}"
        assert a_rater.get(url).status_code == 403
