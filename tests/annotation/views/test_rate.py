"""The rater's screen, as a browser meets it."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from annotation.actions import assignments, raters
from annotation.models import Assignment, Consent, Rating
from common.files import store
from corpus.actions import withdrawals
from tests.factories import annotation as make
from tests.factories import corpus

pytestmark = pytest.mark.django_db
FRAGMENT = {"headers": {"HX-Request": "true", "HX-Target": "card"}}
TYPED = {
    "valence": "2",
    "arousal": "6",
    "dominance": "5",
    "primary": "Angry",
    "secondary": ["Angry", "Annoyed"],
    "heard_ms": "4000",
    "plays": "1",
}


@pytest.fixture
def voice():
    """In a podcast whose every name would be telling."""
    podcast = corpus.podcast(title="The Furious Hour", guid="furious-hour")
    episode = corpus.episode(podcast=podcast, title="Screaming Matches", guid="screaming")
    return corpus.voice(episode, speaker=corpus.speaker(), label="SPEAKER_77")


@pytest.fixture
def campaign(voice):
    clips = [corpus.eligible_clip(voice, text="you never listen") for _ in range(4)]
    return make.campaign(*clips, name="voices", title="Voices", state="open", need=5)


@pytest.fixture
def rater():
    rater = make.rater()
    raters.consent(rater=rater, at=timezone.now())
    return rater


@pytest.fixture
def browser(client, rater):
    """Signed in as the rater."""
    client.force_login(rater.user)
    return client


def url(name):
    return reverse(name, args=["voices"])


def show(browser):
    """The card on screen, heard for long enough to be answered."""
    response = browser.get(url("rate_next"))
    assert response.status_code == 200
    Assignment.objects.live().filter(slot="open").update(
        shown_at=timezone.now() - timedelta(seconds=30)
    )
    return response.context["card"]


def send(browser, card, **changed):
    typed = {"assignment": card["assignment_token"], "client_uuid": card["client_uuid"], **TYPED}
    return browser.post(url("rate_submit"), {**typed, **changed}, **FRAGMENT)


class TestWhoMayRate:
    PAGES = ("rate_campaign", "consent", "rate_next")
    VERBS = ("rate_submit", "rate_skip", "rate_heartbeat")

    @pytest.mark.parametrize("name", [*PAGES, *VERBS])
    def test_anonymous_people_sign_in_first(self, client, campaign, name):
        response = client.post(url(name)) if name in self.VERBS else client.get(url(name))
        assert response.status_code == 302
        assert response["Location"].startswith("/login/?next=/rate/voices/")

    @pytest.mark.parametrize("role", ["curator", "administrator", None])
    @pytest.mark.parametrize("name", [*PAGES, *VERBS])
    def test_nobody_rates_without_the_role(self, client, campaign, role, name):
        client.force_login(corpus.user(role))
        response = client.post(url(name)) if name in self.VERBS else client.get(url(name))
        assert response.status_code == 403
        assert not Assignment.objects.exists()

    def test_rank_alone_is_no_role(self, client, campaign):
        client.force_login(corpus.user(is_superuser=True))
        assert client.get(reverse("rate")).status_code == 403

    @pytest.mark.parametrize("name", VERBS)
    def test_verbs_are_posted(self, browser, campaign, name):
        assert browser.get(url(name)).status_code == 405

    @pytest.mark.parametrize("name", [*PAGES, *VERBS])
    def test_unknown_campaigns_are_not_found(self, browser, name):
        token = {"assignment": uuid.uuid4()}
        response = (
            browser.post(url(name), token) if name == "rate_submit" else browser.get(url(name))
        )
        assert response.status_code in (404, 405)


class TestCampaigns:
    def test_lead_straight_on_where_there_is_one(self, browser, campaign):
        assert browser.get(reverse("rate"))["Location"] == url("rate_campaign")

    def test_are_listed_where_there_are_several(self, browser, campaign):
        make.campaign(name="other", title="Other voices", state="open")
        make.campaign(name="draft", title="Not yet")
        page = browser.get(reverse("rate")).content.decode()
        assert "Other voices" in page
        assert "Not yet" not in page

    def test_say_so_where_there_is_none(self, browser):
        assert "Nothing to rate yet" in browser.get(reverse("rate")).content.decode()


class TestConsent:
    @pytest.fixture
    def newcomer(self, client, campaign):
        client.force_login(corpus.user("rater"))
        return client

    @pytest.mark.parametrize("name", ["rate_campaign", "rate_next"])
    def test_comes_before_the_first_clip(self, newcomer, name):
        assert newcomer.get(url(name))["Location"] == url("consent")
        assert not Assignment.objects.exists()

    @pytest.mark.parametrize("name", ["rate_submit", "rate_skip"])
    def test_comes_before_anything_is_sent(self, newcomer, name):
        response = newcomer.post(url(name), {"assignment": uuid.uuid4(), "reason": "offensive"})
        assert response["Location"] == url("consent")
        assert not Assignment.objects.exists()

    def test_shows_the_text_that_is_agreed_to(self, newcomer):
        page = newcomer.get(url("consent")).content.decode()
        assert "some of them upset" in page

    def test_is_not_given_without_the_tick(self, newcomer):
        response = newcomer.post(url("consent"))
        assert response.status_code == 422
        assert not Consent.objects.exists()

    def test_is_given_once_and_leads_on(self, newcomer):
        for _ in range(2):
            response = newcomer.post(url("consent"), {"agree": "on"})
            assert response["Location"] == url("rate_campaign")
        assert Consent.objects.count() == 1
        assert newcomer.get(url("rate_campaign")).status_code == 200

    def test_takes_no_other_verb(self, newcomer):
        assert newcomer.put(url("consent")).status_code == 405


class TestNextClip:
    def test_is_a_page_by_itself_and_a_card_for_htmx(self, browser, campaign):
        page = browser.get(url("rate_next")).content.decode()
        card = browser.get(url("rate_next"), **FRAGMENT).content.decode()
        assert "<html" in page
        assert "<html" not in card
        assert 'id="card"' in page
        assert 'id="card"' in card

    def test_is_the_same_in_every_tab_and_under_one_key(self, browser, campaign):
        first, second = show(browser), show(browser)
        assert first["assignment_token"] == second["assignment_token"]
        assert first["client_uuid"] == second["client_uuid"]

    def test_names_the_sound_of_the_clip_after_it(self, browser, campaign):
        card = show(browser)
        token = card["next_audio_url"].rstrip("/").rsplit("/", 1)[1]
        assert Assignment.objects.get(token=token).slot == "prefetched"

    def test_is_never_kept_in_a_cache(self, browser, campaign):
        assert "no-store" in browser.get(url("rate_next"))["Cache-Control"]

    def test_betrays_nothing_about_the_clip(self, browser, campaign, voice):
        page = browser.get(url("rate_next")).content.decode()
        clip = voice.episode.clips.first()
        told = ("Furious", "furious", "Screaming", "screaming", "SPEAKER_77", "never listen")
        for word in (*told, clip.name, clip.file, clip.file.split("/")[1], "arousal high"):
            assert word not in page, word

    def test_says_why_there_is_none(self, browser, campaign):
        campaign.state = "paused"
        campaign.save()
        page = browser.get(url("rate_next")).content.decode()
        assert "This campaign is Paused" in page


class TestSubmit:
    def test_keeps_the_answer_and_brings_the_next_clip(self, browser, campaign):
        card = show(browser)
        response = send(browser, card)
        assert response.status_code == 200
        assert response.context["card"]["assignment_token"] != card["assignment_token"]
        row = Rating.objects.get()
        assert (row.valence, row.arousal, row.dominance) == (2, 6, 5)
        assert (row.primary, row.secondary) == ("Angry", ["Angry", "Annoyed"])
        assert row.client_uuid == card["client_uuid"]

    def test_counts_the_sitting(self, browser, campaign):
        response = send(browser, show(browser))
        assert response.context["card"]["done"] == 1

    def test_twice_is_once_and_succeeds_both_times(self, browser, campaign):
        card = show(browser)
        first, second = send(browser, card), send(browser, card)
        assert (first.status_code, second.status_code) == (200, 200)
        assert second.context["card"]["done"] == 1
        assert Rating.objects.count() == 1

    def test_starts_the_labels_once_the_rating_is_safe(
        self, browser, campaign, monkeypatch, django_capture_on_commit_callbacks
    ):
        sent = []
        monkeypatch.setattr(
            "annotation.tasks.consensus.recompute.apply_async",
            lambda **message: sent.append(message["kwargs"]),
        )
        with django_capture_on_commit_callbacks(execute=True):
            send(browser, show(browser))
        row = Rating.objects.get()
        assert sent == [{"campaign_id": campaign.pk, "clip_id": row.clip_id}]

    def test_needs_no_broker(
        self, browser, campaign, monkeypatch, django_capture_on_commit_callbacks
    ):
        def refuse(**_):
            raise ConnectionError("Redis is down")

        monkeypatch.setattr("annotation.tasks.consensus.recompute.apply_async", refuse)
        with django_capture_on_commit_callbacks(execute=True):
            response = send(browser, show(browser))
        assert (response.status_code, Rating.objects.count()) == (200, 1)

    @pytest.mark.parametrize(
        ("changed", "says"),
        [
            ({"valence": ""}, "Choose a point on this scale."),
            ({"valence": "8"}, "whole number from 1 to 7"),
            ({"valence": "x"}, "whole number"),
            ({"primary": ""}, "Choose the main emotion."),
            ({"primary": "Joyful"}, "Not a main emotion"),
            ({"primary": "Other"}, "Other needs a word"),
            ({"secondary": ["Bored"]}, "Not on this list"),
            ({"secondary": ["Other"]}, "Other needs a word"),
            ({"heard_ms": "1000"}, "hear the clip to its end"),
            ({"heard_ms": "-1"}, "greater than or equal to 0"),
        ],
    )
    def test_shows_what_is_wrong_beside_what_was_typed(self, browser, campaign, changed, says):
        card = show(browser)
        response = send(browser, card, **changed)
        page = response.content.decode()
        assert response.status_code == 422
        assert says in page
        assert response.context["card"]["assignment_token"] == card["assignment_token"]
        assert response.context["card"]["values"]["dominance"] == "5"
        assert not Rating.objects.exists()

    @pytest.mark.parametrize("field", ["assignment", "client_uuid"])
    def test_refuses_a_form_that_no_page_of_ours_sent(self, browser, campaign, field):
        assert send(browser, show(browser), **{field: "nonsense"}).status_code == 422

    def test_of_another_raters_clip_is_a_lost_race(self, browser, campaign):
        other = assignments.take_next(
            rater=make.rater(), campaign=campaign, at=timezone.now() - timedelta(minutes=1)
        )
        card = show(browser)
        response = send(browser, card, assignment=other.token, client_uuid=uuid.uuid4())
        assert response.status_code == 409
        assert "no longer with you" in response.content.decode()
        assert not Rating.objects.exists()

    def test_of_a_second_answer_to_one_clip_is_a_lost_race(self, browser, campaign):
        card = show(browser)
        send(browser, card)
        response = send(browser, card, client_uuid=uuid.uuid4(), valence="7")
        assert response.status_code == 409
        assert Rating.objects.get().valence == 2

    def test_that_is_refused_never_lands_on_the_clip_shown_now(self, browser, campaign):
        before = show(browser)
        Assignment.objects.filter(token=before["assignment_token"]).update(
            closed_at=timezone.now(), outcome="expired"
        )
        now = show(browser)
        response = send(browser, before, valence="9")
        assert response.status_code == 422
        card = response.context["card"]
        assert card["assignment_token"] == now["assignment_token"] != before["assignment_token"]
        assert (card["values"], card["errors"]) == ({}, {})
        page = response.content.decode()
        assert "This is another clip" in page
        assert "checked" not in page.split('id="answers"')[1].split("</form>")[0]
        assert not Rating.objects.exists()

    def test_is_late_and_kept_after_the_lease(self, browser, campaign):
        card = show(browser)
        assignments.expire(at=timezone.now() + timedelta(hours=1))
        assert send(browser, card).status_code == 200
        assert Rating.objects.get().is_late

    def test_of_the_last_clip_says_so(self, browser, campaign):
        for _ in range(3):
            send(browser, show(browser))
        response = send(browser, show(browser))
        assert "that was the last clip" in response.content.decode()
        assert Rating.objects.count() == 4

    def test_suggests_a_break_after_a_sitting(self, browser, campaign, monkeypatch):
        monkeypatch.setattr("annotation.views.rate.SITTING", 2)
        send(browser, show(browser))
        assert "short break" in send(browser, show(browser)).content.decode()


class TestSkip:
    def skip(self, browser, card, **changed):
        typed = {"assignment": card["assignment_token"], "reason": "upsets_me", **changed}
        return browser.post(url("rate_skip"), typed, **FRAGMENT)

    def test_gives_the_clip_back_and_brings_another(self, browser, campaign):
        card = show(browser)
        response = self.skip(browser, card)
        assert response.context["card"]["assignment_token"] != card["assignment_token"]
        row = Assignment.objects.get(token=card["assignment_token"])
        assert (row.outcome, row.reason) == ("skipped", "upsets_me")

    @pytest.mark.parametrize("reason", ["", "boring"])
    def test_needs_a_reason(self, browser, campaign, reason):
        response = self.skip(browser, show(browser), reason=reason)
        assert response.status_code == 422
        assert "Choose what is wrong" in response.content.decode()

    def test_knows_no_token_that_is_none(self, browser, campaign):
        assert self.skip(browser, show(browser), assignment="nonsense").status_code == 404


class TestHeartbeat:
    def test_says_whether_the_clip_is_still_held(self, browser, campaign):
        card = show(browser)
        token = {"assignment": card["assignment_token"]}
        assert browser.post(url("rate_heartbeat"), token).status_code == 204
        assignments.expire(at=timezone.now() + timedelta(hours=1))
        assert browser.post(url("rate_heartbeat"), token).status_code == 410


class TestSound:
    @pytest.fixture
    def audio(self, campaign, voice, tmp_path):
        """Every clip is this file in the store."""
        source = tmp_path / "clip.flac"
        source.write_bytes(b"fLaC" + bytes(range(200)))
        voice.episode.clips.update(file=store().put(source, suffix=".flac"))
        return source.read_bytes()

    def test_is_heard_by_the_rater_who_holds_the_clip(self, browser, audio):
        response = browser.get(show(browser)["audio_url"])
        assert b"".join(response.streaming_content) == audio
        assert (response["Content-Type"], response["Accept-Ranges"]) == ("audio/flac", "bytes")

    def test_can_be_had_in_parts(self, browser, audio):
        response = browser.get(show(browser)["audio_url"], headers={"Range": "bytes=4-7"})
        assert response.status_code == 206
        assert b"".join(response.streaming_content) == audio[4:8]

    def test_of_another_rater_does_not_exist(self, browser, campaign, audio):
        other = assignments.take_next(rater=make.rater(), campaign=campaign, at=timezone.now())
        assert browser.get(reverse("sound", args=[other.token])).status_code == 404

    def test_is_gone_once_the_clip_was_withdrawn(self, browser, audio, voice):
        address = show(browser)["audio_url"]
        assert browser.get(address)["Cache-Control"] == "private, no-cache"
        said = {"reason": "They asked.", "reason_class": "speaker", "by": None}
        withdrawals.withdraw(
            target=voice.speaker, at=timezone.now(), grace=timedelta(days=30), **said
        )
        answer = browser.get(address)
        assert answer.status_code == 410
        assert "withdrawn" in answer.content.decode()

    def test_needs_a_signed_in_rater(self, client, browser, audio):
        address = show(browser)["audio_url"]
        client.logout()
        assert client.get(address).status_code == 302
        client.force_login(corpus.user("curator"))
        assert client.get(address).status_code == 403

    def test_carries_no_name(self, browser, audio):
        response = browser.get(show(browser)["audio_url"])
        assert "Content-Disposition" not in response
        assert "EMOCAST" not in str(response.headers)
        b"".join(response.streaming_content)
