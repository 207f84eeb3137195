"""People rate with nothing but a keyboard, in real browsers, at the same time."""

from collections import Counter

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import Assignment, Rating
from common import files
from config.celery import app
from corpus.core.segments import RATE
from corpus.engines import audio
from tests import fakes
from tests.factories import annotation as make
from tests.factories import corpus

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOTHING_UNSENT = "() => !Object.keys(localStorage).some(k => k.includes('outbox'))"
LENGTHS = (2.75, 2.9, 3.05, 3.2)  # seconds: as short as clips can be


@pytest.fixture(autouse=True)
def _no_broker():
    """Tasks run where they are sent from."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def campaign(tmp_path):
    """Four short clips with real sound, two raters each."""
    campaign = make.campaign(name="voices", title="Voices", state="open", need=2)
    for number, seconds in enumerate(LENGTHS):
        path, samples = tmp_path / f"{number}.flac", fakes.voice(seconds, seed=number)
        audio.write_flac(path, samples)
        voice = corpus.voice()
        clip = corpus.eligible_clip(
            voice, start=0, end=len(samples), file=files.store().put(path, suffix=".flac")
        )
        make.campaign_clip(campaign, clip)
    return campaign


class Person:
    """A rater at a keyboard; no mouse is ever touched."""

    def __init__(self, page):
        self.page, self.user = page, corpus.user("rater")
        self.keys = page.keyboard

    def press(self, *keys):
        for key in keys:
            self.keys.press(key)

    def tab_to(self, selector):
        """Tab until the focus is there."""
        for _ in range(40):
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            self.press("Tab")
        pytest.fail(f"the Tab key never comes to {selector}")

    def sign_in(self):
        self.page.goto("/rate/")
        self.tab_to("[name=username]")
        self.keys.type(self.user.username)
        self.tab_to("[name=password]")
        self.keys.type(corpus.PASSWORD)
        self.press("Enter")
        return self

    def consent(self):
        self.page.wait_for_url("**/consent/")
        self.tab_to("#agree")
        self.press("Space", "Enter")
        return self

    def start(self):
        """The button has the focus when the page comes; its scripts are loaded by then."""
        self.page.wait_for_load_state("load")
        self.page.wait_for_selector("#card a[autofocus]")
        self.tab_to("#card a[autofocus]")
        self.press("Enter")
        return self

    def begin(self):
        return self.sign_in().consent().start()

    @property
    def assignment(self):
        return self.page.get_attribute("#card", "data-assignment")

    def hear(self):
        self.page.wait_for_selector("#card [data-answers]:not([disabled])")

    def answer(self, *scales, primary="a"):
        """Three digits, a letter, one more emotion by arrow and Space."""
        self.press(*scales, primary, "ArrowRight", "Space")

    def send(self):
        before = self.assignment
        self.press("Enter")
        self.wait_for_another(before)

    def wait_for_another(self, before):
        """The next card, or the one that says that there is none."""
        self.page.wait_for_function(
            "before => document.querySelector('#card').dataset.assignment !== before", arg=before
        )

    def is_done(self):
        return self.page.locator("#empty-title").count() > 0

    def cookie(self, name):
        return {c["name"]: c["value"] for c in self.page.context.cookies()}[name]

    def outbox(self):
        """What this device keeps of answers that the server does not have."""
        return self.page.evaluate(
            """() => Object.keys(localStorage).filter(key => key.includes('outbox'))
                     .map(key => JSON.parse(localStorage.getItem(key)))"""
        )

    def change_outbox(self, change):
        """Rewrite every `entry`, as another version of the page might have left it."""
        self.page.evaluate(
            f"""() => Object.keys(localStorage).filter(key => key.includes('outbox'))
                     .forEach(key => {{
                         const entry = JSON.parse(localStorage.getItem(key));
                         {change};
                         localStorage.setItem(key, JSON.stringify(entry));
                     }})"""
        )

    def chosen(self):
        """What the form would send."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll('#answers input:checked')]
                     .map(field => [field.name, field.value])"""
        )


@pytest.fixture
def person(open_browser, campaign):
    """One rater with the first clip on the screen."""
    person = Person(open_browser())
    person.begin()
    person.hear()
    yield person
    assert person.page.errors == []


class TestTwoRatersAtOnce:
    def test_rate_every_clip_twice_by_keyboard_alone(self, open_browser, campaign):
        people = [Person(open_browser()), Person(open_browser())]
        for person in people:
            person.begin()
        for _ in range(len(LENGTHS)):
            for person in people:
                person.hear()
            for number, person in enumerate(people):
                person.answer("2", "6", "5", primary="as"[number])
            for person in people:
                person.send()
        for person in people:
            assert person.is_done()
            assert "that was the last clip" in person.page.inner_text("#card")
            assert person.page.errors == []
        assert Counter(Rating.objects.values_list("clip", flat=True)) == dict.fromkeys(
            campaign.clips.values_list("clip", flat=True), 2
        )
        assert Rating.objects.values("clip", "rater").distinct().count() == 8
        assert set(campaign.clips.values_list("n_done", "n_live")) == {(2, 0)}
        assert not Assignment.objects.live().exists()
        row = Rating.objects.filter(primary="Angry").first()
        assert (row.valence, row.arousal, row.dominance) == (2, 6, 5)
        assert (len(row.secondary), row.plays) == (1, 1)
        length = row.clip.end - row.clip.start
        assert row.heard_ms == pytest.approx(length * 1000 / RATE, abs=1)
        assert {rating.primary for rating in Rating.objects.all()} == {"Angry", "Sad"}


class TestOneRater:
    def test_cannot_answer_before_the_end(self, open_browser, campaign):
        person = Person(open_browser())
        person.begin()
        person.page.wait_for_selector("#card[data-assignment]")
        person.press("4", "4", "4", "n", "Enter")
        assert person.chosen() == []
        assert not Rating.objects.exists()

    def test_finds_what_was_typed_after_a_reload(self, person):
        person.answer("3", "5", "4", primary="h")
        typed, assignment = person.chosen(), person.assignment
        assert len(typed) == 5
        person.page.reload()
        person.start()
        person.hear()
        assert (person.assignment, person.chosen()) == (assignment, typed)
        person.send()
        assert Rating.objects.get().primary == "Happy"

    def test_is_told_what_is_missing_and_loses_nothing(self, person):
        person.press("3", "5", "Enter")
        assert "Still to answer: dominance, main emotion." in person.page.inner_text("#missing")
        person.press("4", "n")
        person.send()
        assert Rating.objects.get().primary == "Neutral"

    def test_sends_once_when_the_network_comes_back(self, person):
        person.answer("1", "7", "2", primary="f")
        before = person.assignment
        person.page.context.set_offline(True)
        person.press("Enter")
        person.page.wait_for_selector("#save-state[data-state=unsent]")
        assert not Rating.objects.exists()
        person.page.context.set_offline(False)
        person.wait_for_another(before)
        person.page.wait_for_function(NOTHING_UNSENT)
        row = Rating.objects.get()
        assert (row.primary, row.valence, row.is_late) == ("Fear", 1, False)

    def test_sends_what_was_kept_after_signing_in_again(self, person):
        """Under a new token: what an older page left behind carries one that died long ago."""
        person.answer("1", "7", "2", primary="f")
        client = Client()
        client.cookies["sessionid"] = person.cookie("sessionid")
        client.post("/logout/")
        person.press("Enter")
        person.page.wait_for_selector("#save-state[data-state=unsent]")
        assert "You are signed out" in person.page.inner_text("#missing")
        assert "csrfmiddlewaretoken" not in person.outbox()[0]["body"]
        person.change_outbox("entry.body += '&csrfmiddlewaretoken=' + 'x'.repeat(64)")
        person.sign_in().start()
        person.hear()
        person.page.wait_for_function(NOTHING_UNSENT)
        row = Rating.objects.get()
        assert (row.primary, row.valence, row.rater.user) == ("Fear", 1, person.user)

    def test_keeps_what_the_server_refuses_and_says_so(self, person):
        person.answer("1", "7", "2", primary="f")
        person.page.context.set_offline(True)
        person.press("Enter")
        person.page.wait_for_selector("#save-state[data-state=unsent]")
        person.change_outbox("entry.body = entry.body.replace('valence=1', 'valence=9')")
        Assignment.objects.filter(token=person.assignment).update(
            closed_at=timezone.now(), outcome="expired"
        )
        before = person.assignment
        person.page.context.set_offline(False)
        person.page.reload()
        person.page.wait_for_selector("#save-state[data-state=refused]")
        person.start()
        person.hear()
        assert person.assignment != before
        assert person.chosen() == []
        (entry,) = person.outbox()
        assert (entry["assignment"], entry["refused"]) == (before, True)
        assert person.page.evaluate(
            "uuid => Boolean(localStorage.getItem('emocast:draft:' + uuid))", entry["uuid"]
        )

    def test_gives_one_rating_for_two_strokes_of_enter(self, person):
        person.answer("4", "4", "4", primary="n")
        before = person.assignment
        person.press("Enter", "Enter")
        person.wait_for_another(before)
        assert Rating.objects.count() == 1

    def test_skips_with_a_reason(self, person):
        before = person.assignment
        person.press("x")
        person.page.wait_for_selector("dialog#skip[open]")
        person.tab_to("dialog#skip input[type=radio]")
        person.press("Space")
        person.tab_to("dialog#skip button[type=submit]")
        person.press("Enter")
        person.wait_for_another(before)
        assert Assignment.objects.get(token=before).reason == "broken_audio"
