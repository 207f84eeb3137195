"""What is taken back: asked for without scripts, and gone from under a rater's hands."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from annotation.models import Assignment, Rating
from common import files
from config.celery import app
from corpus.actions import requests, withdrawals
from corpus.engines import audio
from corpus.models import WithdrawalRequest
from tests import fakes
from tests.browser.test_rating import Person
from tests.factories import annotation as make
from tests.factories import corpus

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _no_broker():
    """Tasks run where they are sent from; nobody has sent anything yet."""
    cache.clear()
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def campaign(tmp_path):
    """Three short clips of three people."""
    campaign = make.campaign(name="voices", title="Voices", state="open", need=1)
    for number in range(3):
        path, samples = tmp_path / f"{number}.flac", fakes.voice(2.8, seed=number)
        audio.write_flac(path, samples)
        key = files.store().put(path, suffix=".flac")
        clip = corpus.eligible_clip(corpus.voice(), start=0, end=len(samples), file=key)
        make.campaign_clip(campaign, clip)
    return campaign


def take_back(clip):
    said = {"reason": "She asked.", "reason_class": "speaker", "by": None, "at": timezone.now()}
    withdrawals.withdraw(target=clip.voice.speaker, grace=timedelta(days=30), **said)


def clip_on(person):
    return Assignment.objects.get(token=person.assignment).clip


class TestClip:
    def test_that_is_gone_before_it_is_heard_makes_room_for_the_next(self, open_browser, campaign):
        person, gone = Person(open_browser()), []
        person.sign_in().consent()

        def on_its_way(route):
            if not gone:
                gone.append(route.request.url.strip("/").split("/")[-1])
                take_back(Assignment.objects.get(token=gone[0]).clip)
                connection.close()  # one of its own: this runs beside the test
            route.continue_()

        person.page.route("**/sound/**", on_its_way)
        person.start()
        person.wait_for_another(gone[0] if gone else None)
        person.page.wait_for_selector("#card .notice:not([data-trouble])")
        assert "taken back" in person.page.inner_text("#card")
        person.hear()
        assert person.assignment != gone[0]
        assert person.page.is_hidden("[data-trouble]")
        assert person.page.errors == []

    def test_that_goes_after_it_was_heard_costs_nobody_their_work(self, open_browser, campaign):
        person = Person(open_browser())
        person.begin()
        person.hear()
        clip = clip_on(person)
        take_back(clip)
        person.answer("1", "7", "2", primary="f")
        person.send()
        rating = Rating.objects.get()
        assert (rating.clip, rating.is_late) == (clip, True)
        person.hear()
        assert clip_on(person) != clip

    def test_that_is_the_last_one_ends_the_sitting(self, open_browser, campaign):
        person = Person(open_browser())
        person.sign_in().consent()
        for row in campaign.clips.select_related("clip__voice__speaker"):
            take_back(row.clip)
        person.start()
        person.page.wait_for_selector("#empty-title")
        assert person.page.errors == []


class TestRequest:
    def test_is_sent_followed_up_and_answered_without_scripts(self, open_browser):
        clip = corpus.clip()
        page = open_browser(java_script_enabled=False)
        page.goto(f"/requests/new/{requests.link_for(clip)}/")
        assert clip.name in page.inner_text("main")
        page.check("[name=relation][value=speaker]")
        page.fill("[name=text]", "It is me.")
        page.click("main button[type=submit]")
        assert page.evaluate("document.activeElement.name") in ("contact", "")  # the browser asks
        page.fill("[name=contact]", "anna@example.org")
        page.click("main button[type=submit]")
        page.wait_for_selector("h1:has-text('We have your request')")
        row = WithdrawalRequest.objects.get()
        assert page.url.endswith(f"/requests/{row.token}/")
        page.fill("[name=text]", "And the second one.")
        page.click("main button[type=submit]")
        page.wait_for_selector("blockquote:has-text('And the second one.')")
        requests.decline(request=row, answer="It is another Anna.", by=None, at=timezone.now())
        page.reload()
        assert "It is another Anna." in page.inner_text("main")
        assert page.locator("textarea").count() == 0
