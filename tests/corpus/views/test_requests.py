"""The public pages: nobody who comes here has an account."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from corpus.actions import requests
from corpus.models import WithdrawalRequest
from corpus.views import requests as views
from tests.factories import corpus
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
SAID = {
    "named": "Night Talk, the one of May",
    "relation": "speaker",
    "text": "It is me.",
    "contact": "anna@example.org",
}


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def anybody():
    return Client()


@pytest.fixture
def letter():
    return corpus.withdrawal_request()


def send(client, token="", **fields):
    url = reverse("request_about", args=[token]) if token else reverse("request_new")
    return client.post(url, {**SAID, **fields})


def status(letter):
    return reverse("request_status", args=[letter.token])


class TestNew:
    def test_asks_which_recording_where_no_link_says_so(self, anybody):
        answer = anybody.get(reverse("request_new")).content.decode()
        assert 'name="named"' in answer
        assert 'name="contact"' in answer

    def test_shows_titles_and_the_name_of_a_clip_and_nothing_else(self, anybody):
        clip = corpus.clip(text="secret words")
        token = requests.link_for(clip)
        answer = anybody.get(reverse("request_about", args=[token])).content.decode()
        for shown in (clip.name, clip.episode.title, clip.episode.podcast.title):
            assert shown in answer
        for kept in (
            "secret words",
            clip.episode.audio_url,
            clip.episode.podcast.source,
            "peaker ",
        ):
            assert kept not in answer
        assert 'name="named"' not in answer

    def test_keeps_what_was_sent_and_leads_to_its_page(self, anybody):
        clip = corpus.clip()
        answer = send(anybody, requests.link_for(clip), named="")
        row = WithdrawalRequest.objects.get()
        assert answer["Location"] == status(row)
        assert (row.clip_name, row.text, row.contact) == (clip.name, "It is me.", SAID["contact"])

    def test_sent_twice_is_one_request(self, anybody):
        page = anybody.get(reverse("request_new"))
        key = page.context["form"].initial["key"]
        first, second = (send(anybody, key=key)["Location"] for _ in range(2))
        assert first == second
        assert WithdrawalRequest.objects.count() == 1

    @pytest.mark.parametrize(
        "wrong",
        [{"text": ""}, {"text": " "}, {"contact": ""}, {"relation": "nonsense"}, {"named": ""},
         {"text": "x" * 5001}, {"contact": "x" * 301}, {"name": "x" * 201}, {"text": "a\0b"},
         {"website": "https://spam.example"}],
    )  # fmt: skip
    def test_refuses_what_is_missing_too_long_or_sent_by_a_program(self, anybody, wrong):
        answer = send(anybody, **{"name": "Anna Kettle", **wrong})
        assert answer.status_code == 422
        assert "Not sent yet" in answer.content.decode()
        assert WithdrawalRequest.objects.count() == 0

    def test_keeps_the_words_of_a_form_that_is_sent_back(self, anybody):
        answer = send(anybody, contact="").content.decode()
        assert "It is me." in answer
        assert SAID["named"] in answer

    @pytest.mark.parametrize("token", ["nonsense", "podcast-1.x", "a%00b", "x" * 2000])
    def test_with_a_broken_link_offers_the_general_form(self, anybody, token):
        for ask in (anybody.get, anybody.post):
            answer = ask(f"/requests/new/{token}/")
            assert answer.status_code == 404
            assert f'href="{reverse("request_new")}"' in answer.content.decode()

    def test_takes_a_link_that_names_nothing_for_the_general_form(self, anybody):
        answer = anybody.get(reverse("request_about", args=[requests.link_for(None)]))
        assert 'name="named"' in answer.content.decode()

    def test_needs_the_mark_against_forged_forms(self):
        strict = Client(enforce_csrf_checks=True)
        assert send(strict).status_code == 403
        strict.get(reverse("request_new"))
        mark = strict.cookies["csrftoken"].value
        assert send(strict, csrfmiddlewaretoken=mark).status_code == 302

    def test_loads_no_script_of_others_and_needs_none(self, anybody):
        answer = anybody.get(reverse("request_new")).content.decode()
        assert 'hx-boost="false"' in answer
        assert 'action="http' not in answer


class TestFlood:
    def test_is_stopped_and_loses_no_words(self, anybody):
        for n in range(10):
            assert send(anybody, text=f"No. {n}").status_code == 302
        answer = send(anybody, text="The eleventh")
        assert answer.status_code == 429
        assert "The eleventh" in answer.content.decode()
        assert WithdrawalRequest.objects.count() == 10

    def test_counts_what_was_sent_not_what_was_mistyped(self, anybody):
        for _ in range(12):
            send(anybody, text="")
        assert send(anybody).status_code == 302

    def test_of_one_network_leaves_the_others_alone(self, anybody):
        for n in range(11):
            send(anybody, text=f"No. {n}")
        url = reverse("request_new")
        assert anybody.post(url, SAID, REMOTE_ADDR="198.51.100.7").status_code == 302

    def test_cannot_walk_through_a_subscribers_addresses(self):
        assert views._network("2001:db8:1:2::3") == views._network("2001:db8:1:2:9::4")
        assert views._network("2001:db8:1:2::3") != views._network("2001:db8:1:3::3")
        assert views._network("192.0.2.1") != views._network("192.0.2.2")

    def test_of_further_words_is_stopped_too(self, anybody, letter):
        for _ in range(10):
            assert anybody.post(status(letter), {"text": "More"}).status_code == 302
        answer = anybody.post(status(letter), {"text": "The eleventh"})
        assert answer.status_code == 429
        assert "The eleventh" in answer.content.decode()


class TestStatus:
    def test_says_that_it_waits(self, anybody, letter):
        answer = anybody.get(status(letter)).content.decode()
        assert "Waiting for a decision" in answer
        assert letter.text in answer

    def test_takes_more_words_while_it_is_open(self, anybody, letter):
        answer = anybody.post(status(letter), {"text": "And the second one."})
        assert answer["Location"].startswith(status(letter))
        letter.refresh_from_db()
        assert letter.text.endswith("And the second one.")

    @pytest.mark.parametrize("text", ["", " ", "x" * 5001])
    def test_refuses_no_words_and_too_many(self, anybody, letter, text):
        assert anybody.post(status(letter), {"text": text}).status_code == 422

    def test_shows_the_answer_and_takes_no_more_words(self, anybody, letter):
        requests.decline(request=letter, answer="It is another Anna.", by=None, at=NOW)
        page = anybody.get(status(letter)).content.decode()
        assert "It is another Anna." in page
        assert "<textarea" not in page
        answer = anybody.post(status(letter), {"text": "But"})
        assert answer.status_code == 409
        assert "Decided meanwhile" in answer.content.decode()

    def test_tells_what_happens_with_it_and_no_names(self, anybody, letter):
        curator, clip = corpus.user("curator", username="carla"), corpus.clip(text="secret words")
        requests.grant(
            request=letter,
            wanted=[clip.voice.speaker, clip.episode],
            reason="An inner note.",
            reason_class="speaker",
            answer="",
            by=curator,
            at=NOW,
            grace=timedelta(days=30),
        )
        page = anybody.get(status(letter)).content.decode()
        assert "Everything in which that voice speaks" in page
        assert clip.episode.title in page
        assert "31 March 2026" in page
        for kept in ("carla", "An inner note.", "secret words", f"peaker {clip.voice.speaker_id}"):
            assert kept not in page

    def test_runs_nothing_that_the_person_wrote(self, anybody):
        evil = "<script>alert(1)</script>"
        letter = corpus.withdrawal_request(text=evil, named=evil, answer=evil)
        page = anybody.get(status(letter)).content.decode()
        assert evil not in page
        assert "&lt;script&gt;" in page

    def test_does_not_tell_how_to_reach_the_person(self, anybody, letter):
        assert letter.contact not in anybody.get(status(letter)).content.decode()

    @pytest.mark.parametrize("token", ["nothing", "a" * 32, "1"])
    def test_is_404_for_an_address_that_was_guessed(self, anybody, letter, token):
        assert anybody.get(f"/requests/{token}/").status_code == 404

    def test_is_not_found_by_its_number(self, anybody, letter):
        assert anybody.get(f"/requests/{letter.pk}/").status_code == 404


class TestOpenToAll:
    def test_is_kept_by_nobody_and_told_to_no_other_site(self, anybody, letter):
        for url in (reverse("request_new"), status(letter), "/requests/new/broken/"):
            answer = anybody.get(url)
            assert "no-store" in answer["Cache-Control"]
            assert answer["Referrer-Policy"] == "same-origin"
            assert "noindex" in answer["X-Robots-Tag"]

    def test_takes_no_other_method(self, anybody, letter):
        assert anybody.delete(status(letter)).status_code == 405


class TestPublicLink:
    def test_begins_with_the_public_address(self, settings, rf):
        settings.PUBLIC_URL = "https://emocast.example"
        link = views.public_link(rf.get("/"), None)
        assert link.startswith("https://emocast.example/requests/new/")

    def test_begins_with_the_host_at_hand_where_none_is_set(self, settings, rf):
        settings.PUBLIC_URL = ""
        assert views.public_link(rf.get("/"), None).startswith("http://testserver/requests/new/")


class TestForgedForm:
    def test_is_refused_in_words(self, letter):
        answer = Client(enforce_csrf_checks=True).post(status(letter), {"text": "Forged"})
        assert answer.status_code == 403
        assert "The form was not sent" in answer.content.decode()
        letter.refresh_from_db()
        assert "Forged" not in letter.text
