import pytest
from django.utils import timezone

from corpus.models import Episode, Intake, Podcast
from corpus.tasks import intakes as tasks
from tests import fakes, road
from tests.factories import corpus as make

pytestmark = pytest.mark.django_db
URL = "https://talk.example/feed.xml"


class Web(fakes.FakeFetcher):
    """The made-up web, which knows no turns."""

    def among(self, hosts):
        return self


@pytest.fixture(autouse=True)
def web(monkeypatch):
    """What workers find on the web."""
    web = Web({URL: road.feed("one.mp3", "two.mp3").encode()})
    monkeypatch.setattr(tasks, "load", lambda role: web)
    return web


@pytest.fixture
def sent(monkeypatch):
    """What was sent to a queue, instead of sending it."""
    calls = []
    for name in ("read", "take_in"):
        monkeypatch.setattr(
            getattr(tasks, name),
            "apply_async",
            lambda *, kwargs, expires, name=name: calls.append((name, kwargs["intake_id"])),
        )
    return calls


def agreed():
    intake = make.intake(source=URL)
    tasks.read(intake_id=intake.pk)
    Intake.objects.update(state="agreed", decided_at=timezone.now(), done_at=None)
    return intake


class TestRead:
    def test_makes_the_preview(self):
        intake = make.intake(source=URL)
        tasks.read(intake_id=intake.pk)
        intake.refresh_from_db()
        assert (intake.state, intake.preview["summary"]["episodes"]) == ("ready", 2)

    def test_running_it_twice_is_running_it_once(self, web):
        intake = make.intake(source=URL)
        tasks.read(intake_id=intake.pk)
        before = Intake.objects.values().get()
        tasks.read(intake_id=intake.pk)
        assert Intake.objects.values().get() == before
        assert web.asked == [URL]

    def test_leaves_alone_what_another_worker_holds(self, web):
        intake = make.intake(source=URL, claimed_at=timezone.now())
        tasks.read(intake_id=intake.pk)
        assert web.asked == []

    @pytest.mark.parametrize("state", ["dismissed", "agreed"])
    def test_leaves_alone_what_was_decided(self, web, state):
        intake = make.intake(source=URL, state=state, decided_at=timezone.now())
        tasks.read(intake_id=intake.pk)
        assert web.asked == []


class TestTakeIn:
    def test_lets_in_what_was_agreed_to(self):
        tasks.take_in(intake_id=agreed().pk)
        assert Intake.objects.get().state == "confirmed"
        assert Episode.objects.count() == 2

    def test_running_it_twice_is_running_it_once(self):
        intake = agreed()
        tasks.take_in(intake_id=intake.pk)
        before = Intake.objects.values().get()
        tasks.take_in(intake_id=intake.pk)
        assert Intake.objects.values().get() == before
        assert Episode.objects.count() == 2

    def test_lets_in_nothing_that_nobody_agreed_to(self):
        intake = make.intake(source=URL)
        tasks.read(intake_id=intake.pk)
        tasks.take_in(intake_id=intake.pk)
        assert not Podcast.objects.exists()


class TestEnqueueWaiting:
    def test_sends_each_to_its_task(self, sent):
        waiting = make.intake()
        due = make.intake(state="agreed", decided_at=timezone.now())
        make.intake(state="failed", done_at=timezone.now())
        tasks.enqueue_waiting()
        assert sorted(sent) == [("read", waiting.pk), ("take_in", due.pk)]

    def test_running_it_twice_is_running_it_once(self, sent):
        make.intake()
        tasks.enqueue_waiting()
        tasks.enqueue_waiting()
        assert len(sent) == 1

    def test_frees_what_a_killed_worker_held(self, sent):
        intake = make.intake(claimed_at=timezone.now(), claimed_by=fakes.dead_worker())
        tasks.enqueue_waiting()
        assert sent == [("read", intake.pk)]
