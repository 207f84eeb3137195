"""Pages of episodes."""

import pytest
from django.urls import reverse

from common.files import store
from corpus.actions import requests, withdrawals
from corpus.actions.reaches import Span
from corpus.models import LicenceDecision
from tests.factories import corpus
from tests.factories.corpus import NOW, SECOND


def fragment(target):
    return {"hx-request": "true", "hx-target": target}


def page(client, episode, **headers):
    return client.get(reverse("episode", args=[episode.pk]), **headers)


@pytest.fixture
def settle(curator):
    def settle(episode, **fields):
        return curator.post(reverse("episode_licence", args=[episode.pk]), fields)

    return settle


class TestIndex:
    @pytest.mark.parametrize(
        ("state", "shown"),
        [
            ("", {"broken", "going", "through", "out"}),
            ("failed", {"broken"}),
            ("open", {"going"}),
            ("done", {"through"}),
            ("out", {"out"}),
            ("nonsense", {"broken", "going", "through", "out"}),
        ],
    )
    def test_filters_by_state(self, curator, state, shown):
        corpus.run(corpus.episode(title="broken"), outcome="failed", reason="No answer.")
        corpus.run(corpus.episode(title="going"), done_at=None, outcome="")
        corpus.run(corpus.episode(title="through"), stage="measure")
        corpus.episode(title="out", verdict="blocked")
        rows = curator.get(reverse("episodes"), {"state": state}).context["rows"]
        assert {episode.title for episode, _steps in rows} == shown

    def test_filters_by_podcast_licence_and_words(self, curator):
        wanted = corpus.episode(title="The kettle", verdict="review")
        corpus.episode(title="The kettle")
        asked = {"podcast": wanted.podcast_id, "licence": "review", "q": "KETTLE"}
        rows = curator.get(reverse("episodes"), asked).context["rows"]
        assert [episode for episode, _steps in rows] == [wanted]

    def test_sends_the_list_alone_to_htmx(self, curator):
        corpus.episode(title="The kettle")
        answer = curator.get(reverse("episodes"), headers=fragment("episodes")).content.decode()
        assert "The kettle" in answer
        assert "<html" not in answer

    def test_offers_to_take_a_filter_away(self, curator):
        answer = curator.get(reverse("episodes"), {"q": "nothing"}).content.decode()
        assert "Show all episodes" in answer


class TestDetail:
    def test_tells_the_journey_with_its_errors(self, curator):
        episode = corpus.episode()
        corpus.run(episode, stage="fetch", result={"bytes": 12_300}, seconds=0.4)
        corpus.run(episode, stage="standardise", outcome="failed", reason="Only noise.")
        answer = page(curator, episode).content.decode()
        for words in ("12.3 kB", "0.4 s", "Only noise.", "Run the failed stages again"):
            assert words in answer

    def test_polls_only_while_something_is_open(self, curator):
        episode = corpus.episode()
        run = corpus.run(episode, done_at=None, outcome="")
        assert 'hx-trigger="every 3s"' in page(curator, episode).content.decode()
        run.done_at, run.outcome = NOW, "done"
        run.save()
        answer = page(curator, episode, headers=fragment("journey")).content.decode()
        assert "every 3s" not in answer
        assert "<html" not in answer

    def test_shows_licence_and_evidence(self, curator):
        episode = corpus.episode()
        corpus.evidence(episode, text="cc-by-4.0, as we say")
        answer = page(curator, episode).content.decode()
        assert "cc-by-4.0, as we say" in answer
        assert "CC BY lets us cut and share." in answer

    def test_leads_a_copy_to_its_original(self, curator):
        original = corpus.episode()
        answer = page(curator, corpus.episode(duplicate_of=original)).content.decode()
        assert reverse("episode", args=[original.pk]) in answer

    def test_leaves_the_drawing_for_later(self, curator, flac):
        episode = corpus.episode(master_file=flac)
        answer = page(curator, episode).content.decode()
        assert reverse("episode_waveform", args=[episode.pk]) in answer


class TestWaveform:
    def test_draws_outline_voices_words_and_clips(self, curator, flac):
        episode = corpus.episode(master_file=flac, speech=[[0, 4 * SECOND]])
        voice = corpus.voice(episode)
        corpus.turn(voice)
        corpus.word(corpus.run(episode, stage="transcribe"), text="kettle")
        corpus.eligible_clip(voice)
        response = curator.get(reverse("episode_waveform", args=[episode.pk]))
        labels = [lane.label for lane in response.context["lanes"]]
        assert labels == ["Speech", f"Speaker {voice.speaker_id}", "Words", "Clips"]
        assert len(response.context["peaks"]) == 800
        assert "<html" not in response.content.decode()

    def test_says_when_the_sound_is_gone(self, curator):
        episode = corpus.episode(master_file="ab/gone.flac")
        answer = curator.get(reverse("episode_waveform", args=[episode.pk])).content.decode()
        assert "not in the media store" in answer


class TestAudio:
    def test_plays_from_the_middle(self, curator, flac):
        url = reverse("episode_audio", args=[corpus.episode(master_file=flac).pk])
        response = curator.get(url, headers={"range": "bytes=10-13"})
        assert (response.status_code, response["Content-Length"]) == (206, "4")
        assert response["Content-Type"] == "audio/flac"
        assert curator.head(url).status_code == 200

    def test_is_asked_for_again_since_a_new_master_has_the_same_address(
        self, curator, flac, tmp_path
    ):
        episode = corpus.episode(master_file=flac)
        url = reverse("episode_audio", args=[episode.pk])
        first = curator.get(url)
        assert first["Cache-Control"] == "private, no-cache"
        known = {"if-none-match": first["ETag"]}
        assert curator.get(url, headers=known).status_code == 304
        (tmp_path / "newer.flac").write_bytes(b"fLaC of another decoder")
        episode.master_file = store().put(tmp_path / "newer.flac", suffix=".flac")
        episode.save()
        assert curator.get(url, headers=known).status_code == 200

    def test_is_404_before_there_is_a_master(self, curator):
        url = reverse("episode_audio", args=[corpus.episode().pk])
        assert curator.get(url).status_code == 404


class TestRetry:
    def test_opens_the_failed_runs_of_this_episode(self, curator):
        mine, other = corpus.episode(), corpus.episode()
        runs = [corpus.run(episode, outcome="failed", reason="x") for episode in (mine, other)]
        response = curator.post(reverse("episode_retry", args=[mine.pk]))
        assert response["Location"] == reverse("episode", args=[mine.pk])
        for run in runs:
            run.refresh_from_db()
        assert [run.outcome for run in runs] == ["", "failed"]

    def test_needs_a_post(self, curator):
        assert curator.get(reverse("episode_retry", args=[corpus.episode().pk])).status_code == 405


class TestLicence:
    def test_found_by_a_person_settles_a_review(self, curator, settle):
        episode = corpus.episode(verdict="review")
        words = {"source": "https://podcast.example/about", "attribution": "Anna"}
        settle(episode, spdx="CC-BY-4.0", **words)
        episode.refresh_from_db()
        assert (episode.licence.verdict, episode.licence.spdx) == ("accepted", "CC-BY-4.0")
        assert episode.licence.decided_by == curator.person
        assert episode.licence_evidence.get().source == "https://podcast.example/about"

    def test_that_nobody_found_leaves_the_episode_out(self, settle):
        episode = corpus.episode(verdict="review")
        settle(episode, reason="Asked the makers, no answer.")
        episode.refresh_from_db()
        assert episode.licence.verdict == "refused"
        assert episode.licence.reason == "Asked the makers, no answer."

    def test_needs_a_source(self, settle):
        episode = corpus.episode(verdict="review")
        assert settle(episode, spdx="CC-BY-4.0", source="").status_code == 422
        assert LicenceDecision.objects.count() == 1

    def test_that_is_decided_stays_decided(self, settle):
        episode = corpus.episode()
        page = settle(episode, reason="I changed my mind.")
        assert page.status_code == 409
        assert "Somebody decided on this licence before you" in page.content.decode()
        episode.refresh_from_db()
        assert episode.licence.verdict == "accepted"

    @pytest.mark.parametrize("fields", [{"reason": " "}, {"spdx": "CC-BY-4.0", "source": "x"}])
    def test_needs_a_reason_or_a_credit(self, settle, fields):
        episode = corpus.episode(verdict="review")
        page = settle(episode, **fields)
        assert page.status_code == 422
        assert "errors" in page.content.decode()
        assert LicenceDecision.objects.count() == 1

    def test_that_is_decided_takes_a_permission_in_writing(self, settle):
        episode = corpus.episode(verdict="index_only", author="Anna")
        found = {"spdx": "CC-BY-4.0", "source": "Her letter."}
        assert settle(episode, **found).status_code == 422
        settle(episode, **found, in_writing="on")
        episode.refresh_from_db()
        assert (episode.licence.verdict, episode.licence.rule) == ("accepted", "permission")

    def test_names_its_rule_its_policy_and_the_credit(self, curator):
        episode = corpus.episode(verdict=None, author="Anna")
        episode.licence = corpus.licence(episode, rule="by", policy_version="2")
        episode.save()
        answer = page(curator, episode).content.decode()
        for words in (
            f"{reverse('licence_policy')}#rule-by",
            "policy 2",
            "by Anna, https://podcast.example",
        ):
            assert words in answer

    def test_comes_with_the_credit_and_a_permission(self, settle):
        episode = corpus.episode(verdict="review")
        corpus.evidence(episode, text="", url="https://creativecommons.org/licenses/by-nd/4.0/")
        found = {"spdx": "CC-BY-4.0", "source": "Her letter.", "attribution": "Anna"}
        settle(episode, **found, in_writing="on")
        episode.refresh_from_db()
        assert (episode.licence.verdict, episode.attribution) == ("accepted", "Anna")


class TestWithdrawn:
    def test_says_since_when_and_plays_nothing(self, curator, withdraw, flac):
        episode = corpus.episode(master_file=flac)
        row = withdraw(episode, by=curator.person)
        answer = page(curator, episode).content.decode()
        for words in ("Withdrawn", "1 Mar 2026", "31 Mar 2026", curator.person.username):
            assert words in answer
        assert reverse("withdrawal", args=[row.pk]) in answer
        assert reverse("episode_waveform", args=[episode.pk]) not in answer
        for name in ("episode_audio", "episode_waveform"):
            response = curator.get(reverse(name, args=[episode.pk]))
            assert (response.status_code, response["Cache-Control"]) == (410, "no-store")

    @pytest.mark.parametrize("kind", ["speaker", "span"])
    def test_in_part_shows_the_outline_without_sound_and_words(self, curator, withdraw, flac, kind):
        episode = corpus.episode(master_file=flac)
        voice = corpus.voice(episode)
        corpus.turn(voice)
        corpus.word(corpus.run(episode, stage="transcribe"), text="kettle")
        withdraw(voice.speaker if kind == "speaker" else Span(episode, 0, SECOND))
        assert "Part of it was withdrawn" in page(curator, episode).content.decode()
        drawn = curator.get(reverse("episode_waveform", args=[episode.pk])).content.decode()
        assert "kettle" not in drawn
        assert "<audio" not in drawn
        assert curator.get(reverse("episode_audio", args=[episode.pk])).status_code == 410

    def test_plays_again_once_lifted(self, curator, withdraw, flac):
        episode = corpus.episode(master_file=flac)
        row = withdraw(episode)
        withdrawals.reinstate(withdrawal=row, reason="A mistake.", by=None, at=NOW)
        assert curator.get(reverse("episode_audio", args=[episode.pk])).status_code == 200
        assert "An inner note." not in page(curator, episode).content.decode()

    def test_is_a_badge_in_lists(self, curator, withdraw):
        episode = corpus.episode()
        assert "Withdrawn" not in curator.get(reverse("episodes")).content.decode()
        withdraw(episode.podcast)
        assert "Withdrawn" in curator.get(reverse("episodes")).content.decode()

    def test_begins_at_a_link(self, curator):
        episode = corpus.episode()
        answer = page(curator, episode).content.decode()
        assert f"{reverse('withdrawal_new')}?episode={episode.pk}" in answer
        assert reverse("request_about", args=[requests.link_for(episode)]) in answer


class TestRoles:
    @pytest.mark.parametrize(
        "name", ["episodes", "episode", "episode_waveform", "episode_audio", "episode_retry"]
    )
    def test_strangers_sign_in_and_raters_are_refused(self, client, a_rater, name):
        url = reverse(name, args=[] if name == "episodes" else [corpus.episode().pk])
        ask = "post" if name == "episode_retry" else "get"
        assert getattr(client, ask)(url)["Location"] == f"{reverse('login')}?next={url}"
        assert getattr(a_rater, ask)(url).status_code == 403
