"""Pages of podcasts."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from corpus.actions import withdrawals
from corpus.models import FeedCheck, FeedWatch, Podcast
from corpus.tasks import feeds as tasks
from tests.factories import corpus
from tests.factories.corpus import NOW


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


def watched(**fields):
    """A podcast whose feed is read again tomorrow."""
    podcast = corpus.podcast(title="Night Talk")
    given = {"url": podcast.source, "retry_at": timezone.now() + timedelta(days=1)}
    return FeedWatch.objects.create(podcast=podcast, **given | fields)


def page_of(client, watch, **headers):
    return client.get(reverse("podcast", args=[watch.podcast_id]), headers=headers)


def post(client, verb, watch, **data):
    return client.post(reverse(f"podcast_feed_{verb}", args=[watch.podcast_id]), data)


class TestFeed:
    def test_shows_state_looks_and_what_was_dropped(self, curator):
        watch = watched(checked_at=NOW, failures=2, error="x.example answered 404.")
        FeedCheck.objects.create(
            podcast=watch.podcast,
            at=NOW,
            outcome="changed",
            status=200,
            n_added=3,
            notes=["Item 4 was left out."],
            urls=["https://a.example/", "https://b.example/"],
        )
        text = page_of(curator, watch).content.decode()
        for words in (
            watch.url,
            "x.example answered 404.",
            "3 new episodes",
            "Item 4 was left out.",
        ):
            assert words in text
        assert "https://a.example/ → https://b.example/" in text
        assert 'hx-trigger="every 3s"' not in text

    def test_is_left_out_where_there_is_none(self, curator):
        podcast = corpus.podcast()
        text = curator.get(reverse("podcast", args=[podcast.pk])).content.decode()
        assert 'id="feed"' not in text

    def test_polls_itself_while_a_look_is_due(self, curator):
        watch = watched(retry_at=NOW)
        assert 'hx-trigger="every 3s"' in page_of(curator, watch).content.decode()
        fragment = page_of(curator, watch, **{"hx-request": "true", "hx-target": "feed"})
        assert fragment.content.decode().strip().startswith('<section id="feed"')

    def test_shows_the_flag_with_the_way_to_it(self, curator):
        watch = watched()
        Podcast.objects.update(flagged_at=NOW, flag="It says something else now.")
        text = page_of(curator, watch).content.decode()
        assert "It says something else now." in text
        assert reverse("licence_changes") in text

    def test_names_who_did_what(self, curator):
        watch = watched()
        post(curator, "pause", watch)
        assert f"by {curator.person}" in page_of(curator, watch).content.decode()

    def test_asks_no_more_with_many_looks(self, curator, django_assert_max_num_queries):
        watch = watched()
        FeedCheck.objects.bulk_create(
            FeedCheck(podcast=watch.podcast, at=NOW, outcome="unchanged") for _ in range(60)
        )
        with django_assert_max_num_queries(16):
            response = page_of(curator, watch)
        assert len(response.context["checks"]) == 50


class TestCheck:
    def test_makes_it_due_and_sends_it_to_a_worker(
        self, curator, monkeypatch, django_capture_on_commit_callbacks
    ):
        watch, sent = watched(), []
        monkeypatch.setattr(tasks.refresh, "apply_async", lambda *, kwargs: sent.append(kwargs))
        with django_capture_on_commit_callbacks(execute=True):
            response = post(curator, "check", watch)
        assert response["Location"].endswith(f"/podcasts/{watch.podcast_id}/#feed")
        assert sent == [{"watch_id": watch.pk}]
        assert FeedWatch.objects.due(now=timezone.now()).exists()

    def test_says_so_where_the_feed_rests(self, curator):
        watch = watched(is_paused=True)
        response = post(curator, "check", watch)
        assert response.status_code == 409
        assert "Somebody was faster" in response.content.decode()

    def test_is_404_for_what_has_no_feed(self, curator):
        podcast = corpus.podcast()
        url = reverse("podcast_feed_check", args=[podcast.pk])
        assert curator.post(url).status_code == 404


class TestActs:
    def test_pause_and_resume(self, curator):
        watch = watched()
        assert post(curator, "pause", watch).status_code == 302
        assert post(curator, "pause", watch).status_code == 409
        assert post(curator, "resume", watch).status_code == 302
        assert post(curator, "resume", watch).status_code == 409
        by = FeedCheck.objects.values_list("outcome", "asked_by")
        assert set(by) == {("paused", curator.person.pk), ("resumed", curator.person.pk)}

    def test_retire_says_why(self, curator):
        watch = watched()
        assert post(curator, "retire", watch).status_code == 422
        assert FeedWatch.objects.get().done_at is None
        assert post(curator, "retire", watch, reason="It ended.").status_code == 302
        assert FeedCheck.objects.get().notes == ["It ended."]
        assert post(curator, "retire", watch, reason="It ended.").status_code == 409
        assert "Read the feed again after all" in page_of(curator, watch).content.decode()

    @pytest.mark.parametrize("verb", ["check", "pause", "resume", "retire"])
    def test_take_no_get_and_no_rater(self, curator, a_rater, verb):
        watch = watched()
        url = reverse(f"podcast_feed_{verb}", args=[watch.podcast_id])
        assert curator.get(url).status_code == 405
        assert a_rater.post(url).status_code == 403


class TestRoles:
    @pytest.mark.parametrize("name", ["podcasts", "podcast"])
    def test_strangers_sign_in_and_raters_are_refused(self, client, a_rater, name):
        url = reverse(name, args=[corpus.podcast().pk] if name == "podcast" else [])
        assert client.get(url)["Location"] == f"{reverse('login')}?next={url}"
        assert a_rater.get(url).status_code == 403


class TestTakingBack:
    def test_is_offered_with_a_link_for_the_makers(self, curator) -> None:
        podcast = corpus.podcast()
        page = curator.get(reverse("podcast", args=[podcast.pk])).content.decode()
        assert f"{reverse('withdrawal_new')}?podcast={podcast.pk}" in page
        assert "/requests/new/" in page

    def test_shows_when_it_was_done(self, curator) -> None:
        podcast = corpus.podcast()
        withdrawals.withdraw(
            target=podcast,
            reason="They asked.",
            reason_class="rights",
            by=None,
            at=NOW,
            grace=timedelta(days=30),
        )
        page = curator.get(reverse("podcast", args=[podcast.pk]))
        assert page.context["withdrawal"].podcast == podcast
        assert f"{reverse('withdrawal_new')}?podcast={podcast.pk}" not in page.content.decode()
