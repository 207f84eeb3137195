"""The whole road on one page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from corpus.models import FeedWatch, Intake, StageRun, WithdrawalRequest
from tests.factories import annotation, corpus


def show(client, **headers):
    return client.get(reverse("overview"), **headers)


@pytest.fixture
def open_run(db):
    def open_run(**fields):
        given = {"done_at": None, "outcome": "", "created_at": timezone.now()}
        return corpus.run(corpus.episode(), **{**given, **fields})

    return open_run


class TestRoad:
    def test_counts_every_station(self, curator):
        voice = corpus.voice(corpus.episode(source_file="ab/abc.mp3", claimed_seconds=61.0))
        clip = corpus.eligible_clip(voice)
        corpus.verdict(corpus.clip(voice), is_accepted=False)
        corpus.episode(podcast=voice.episode.podcast, verdict="refused")
        campaign = annotation.campaign(need=1)
        annotation.campaign_clip(campaign, clip, n_done=1)
        annotation.rating(campaign, clip)
        corpus.release().items.create(clip=clip, partition="Train")
        road = show(curator).context["road"]
        assert [station.value for station in road] == ["2", "1", "2", "1", "1", "1", "1"]
        assert road[0].note == "1 podcast"
        assert road[0].stuck == "1 not used, by licence"
        assert road[1].unit == "of 1 episodes"
        assert (road[2].note, road[3].unit) == ("8 s", "clips, 50 %")
        assert road[3].stuck == "1 filtered by the gate"
        assert road[5].note == "1 rating"

    def test_counts_a_clip_of_two_campaigns_once(self, curator):
        clip = corpus.eligible_clip()
        for _ in range(2):
            annotation.campaign(clip)
        assert show(curator).context["road"][4].value == "1"

    def test_begins_with_the_first_podcast(self, curator):
        answer = show(curator).content.decode()
        assert "manage.py ingest" in answer
        assert "hx-get" not in answer.split("<main", 1)[1]


class TestWork:
    def test_polls_while_something_is_open_and_then_stops(self, curator, open_run):
        run = open_run(claimed_at=timezone.now())
        answer = show(curator).content.decode()
        assert "every 3s" in answer
        assert "Tell voices apart" in answer
        StageRun.objects.filter(pk=run.pk).update(
            done_at=timezone.now(), outcome="done", claimed_at=None
        )
        headers = {"hx-request": "true", "hx-target": "state"}
        answer = show(curator, headers=headers).content.decode()
        assert "every 3s" not in answer
        assert "<html" not in answer

    def test_says_when_no_worker_takes_what_waits(self, curator, open_run):
        run = open_run()
        assert not show(curator).context["work"].is_idle
        long_ago = timezone.now() - timedelta(minutes=1)
        StageRun.objects.filter(pk=run.pk).update(created_at=long_ago)
        assert show(curator).context["work"].is_idle

    def test_is_not_idle_while_a_run_waits_for_its_time(self, curator, open_run):
        now = timezone.now()
        open_run(
            created_at=now - timedelta(hours=1), retry_at=now + timedelta(minutes=5), error="x"
        )
        work = show(curator).context["work"]
        assert (work.is_idle, work.n_waiting) == (False, 1)

    def test_takes_a_dead_workers_claim_for_waiting(self, curator, open_run):
        open_run(claimed_at=timezone.now() - timedelta(hours=1))
        work = show(curator).context["work"]
        assert (work.n_running, work.n_waiting) == (0, 1)


class TestNeeds:
    def needs(self, client):
        return [need.text for need in show(client).context["needs"]]

    def test_are_none_where_nothing_is_to_be_done(self, curator):
        corpus.episode()
        assert self.needs(curator) == []

    def test_name_licences_in_review(self, curator):
        corpus.episode(verdict="review")
        (text,) = self.needs(curator)
        assert text.startswith("1 episode has a licence")

    def test_name_podcasts_that_changed_their_statement(self, curator):
        corpus.podcast(flagged_at=corpus.NOW, flag="It said CC BY and now says nothing.")
        (text,) = self.needs(curator)
        assert text.startswith("1 podcast now states another licence")

    def test_put_people_who_ask_for_something_first(self, curator):
        corpus.episode(verdict="review")
        for state, decided_at in (("open", None), ("open", None), ("declined", corpus.NOW)):
            WithdrawalRequest.objects.create(
                contact="a@b.example",
                relation="speaker",
                text="Please.",
                state=state,
                received_at=corpus.NOW,
                decided_at=decided_at,
            )
        assert self.needs(curator)[0].startswith("2 people ask for something")

    def test_name_previews_that_wait_for_a_decision(self, curator):
        for state, decided_at in (("ready", None), ("waiting", None), ("dismissed", corpus.NOW)):
            Intake.objects.create(
                source="https://a.example/feed",
                state=state,
                asked_at=corpus.NOW,
                decided_at=decided_at,
            )
        corpus.podcast()
        assert [text.split(" was read")[0] for text in self.needs(curator)] == ["1 podcast"]

    @pytest.mark.parametrize(
        ("fields", "n"),
        [
            ({"failures": 4}, 0),
            ({"failures": 5}, 1),
            ({"failures": 9, "is_paused": True}, 0),
            ({"failures": 9, "done_at": corpus.NOW}, 0),
        ],
    )
    def test_name_feeds_that_failed_again_and_again(self, curator, fields, n):
        FeedWatch.objects.create(
            podcast=corpus.podcast(), url="https://a.example", retry_at=corpus.NOW, **fields
        )
        assert len(self.needs(curator)) == n

    def test_name_failures_with_the_newest_reason(self, curator):
        corpus.run(corpus.episode(), outcome="failed", reason="No answer for a day.")
        assert self.needs(curator) == ["1 stage failed for good. No answer for a day."]

    def test_name_a_full_disk(self, curator, open_run):
        open_run(error="No room left on /media.")
        assert self.needs(curator)[0].startswith("The media disk is full.")

    @pytest.mark.parametrize(
        ("state", "n_done", "said"),
        [
            ("draft", None, "is a draft without clips"),
            ("draft", 0, "waits to be opened"),
            ("open", 0, "nobody has rated yet"),
            ("open", 5, "it can be closed"),
            ("paused", 0, ""),
            ("closed", 0, ""),
        ],
    )
    def test_name_campaigns_that_cannot_move(self, curator, state, n_done, said):
        campaign = annotation.campaign(state=state)
        clip = corpus.eligible_clip()
        if n_done is not None:
            annotation.campaign_clip(campaign, clip, n_done=n_done)
        texts = self.needs(curator)
        assert [said in text for text in texts] == ([True] if said else [])


class TestRetry:
    def test_is_offered_where_something_failed(self, curator):
        episode = corpus.episode()
        assert reverse("retry_failed") not in show(curator).content.decode()
        corpus.run(episode, outcome="failed", reason="x")
        assert reverse("retry_failed") in show(curator).content.decode()

    def test_opens_every_failed_run(self, curator):
        run = corpus.run(corpus.episode(), outcome="failed", reason="x")
        assert curator.post(reverse("retry_failed"))["Location"] == reverse("overview")
        run.refresh_from_db()
        assert run.outcome == ""


class TestRoles:
    @pytest.mark.parametrize(("name", "ask"), [("overview", "get"), ("retry_failed", "post")])
    def test_strangers_sign_in_and_raters_are_refused(self, client, a_rater, name, ask):
        url = reverse(name)
        assert getattr(client, ask)(url)["Location"] == f"{reverse('login')}?next={url}"
        assert getattr(a_rater, ask)(url).status_code == 403
