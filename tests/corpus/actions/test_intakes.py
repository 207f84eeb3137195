import json
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from common import files
from corpus.actions import intakes, podcasts
from corpus.engines import failures, sources
from corpus.engines.failures import HttpError
from corpus.models import Episode, FeedDocument, Intake, LicenceEvidence, Podcast
from tests import fakes, road
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
URL = "https://talk.example/feed.xml"
ND = "https://creativecommons.org/licenses/by-nd/4.0/"
LATER = NOW + timedelta(minutes=5)
DAY = timedelta(days=1)


def web(*names, url=URL, **fields):
    return fakes.FakeFetcher(
        {url: road.feed(*(names or ("one.mp3", "two.mp3")), **fields).encode()}
    )


class Failing:
    """A web that answers every question in the same way."""

    def __init__(self, error):
        self.error = error

    def fetch(self, url, **_):
        raise self.error


NO_NET = Failing(AssertionError("the net was asked"))


def ask(source=URL, *, licence="", attribution="", by=None, at=NOW, **fields):
    return intakes.ask(
        source=source, licence=licence, attribution=attribution, by=by, at=at, **fields
    )


def read(intake, fetcher=None, *, at=NOW):
    """What a worker does."""
    claimed = Intake.objects.filter(state="waiting").claim(pk=intake.pk, now=at)
    intakes.make_preview(intake=claimed, fetcher=fetcher or web(url=intake.source), at=at)
    intake.refresh_from_db()
    return intake


def shown(**fields):
    return read(ask(), web(**fields))


class TestAddress:
    @pytest.mark.parametrize(
        "text", [URL, f"  {URL} ", "http://x.example", "https://x.example:8443/a?b=c#d"]
    )
    def test_of_the_web_is_kept_as_it_is(self, text):
        assert intakes.address(text) == text.strip()

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "starts with https://"),
            ("/etc/passwd", "python manage.py ingest PATH"),
            ("C:\\podcasts\\feed.xml", "python manage.py ingest PATH"),
            ("file:///etc/passwd", "python manage.py ingest PATH"),
            ("talk.example/feed.xml", "starts with https://"),
            ("ftp://talk.example/feed.xml", "starts with https://"),
            ("https://", "no complete address"),
            ("https://[", "starts with https://"),
            ("https://x.example:99999/", "starts with https://"),
            ("https://talk.example/a feed.xml", "no complete address"),
            ("https://me:secret@talk.example/", "name or password"),
            ("https://x.example/" + "a" * 2000, "longer than any"),
        ],
    )
    def test_of_anything_else_is_refused_with_a_sentence(self, text, words):
        with pytest.raises(intakes.BadAddress, match=words):
            intakes.address(text)

    def test_never_repeats_a_password(self):
        with pytest.raises(intakes.BadAddress) as caught:
            intakes.address("https://me:secret@talk.example/")
        assert "secret" not in str(caught.value)


class TestAsk:
    def test_puts_a_source_on_its_way(self):
        curator = make.user("curator")
        intake = ask(f" {URL} ", by=curator, licence="CC-BY-4.0", attribution="Anna")
        assert (intake.source, intake.state, intake.asked_by) == (URL, "waiting", curator)
        assert (intake.licence, intake.attribution) == ("CC-BY-4.0", "Anna")
        assert not Podcast.objects.exists()

    def test_gives_the_open_one_back(self):
        first = ask()
        assert ask() == first
        assert ask(at=LATER) == read(first)
        assert Intake.objects.count() == 1

    def test_reads_one_that_failed_again(self):
        first = read(ask(), Failing(failures.Gone("gone", status=410)))
        again = ask(at=LATER)
        assert again == first
        assert (again.state, again.error, again.attempts, again.done_at) == ("waiting", "", 0, None)

    def test_reads_it_again_under_another_licence(self):
        first = shown(licence="")
        again = ask(licence="CC0-1.0")
        assert again == first
        assert (again.state, again.licence) == ("waiting", "CC0-1.0")
        assert read(again, web(licence="")).preview["episodes"][0]["verdict"] == "accepted"
        assert ask().licence == "CC0-1.0"

    def test_makes_a_new_one_once_the_last_is_decided(self):
        first = shown()
        intakes.dismiss(intake=first, by=None, at=NOW)
        assert ask() != first

    def test_refuses_a_licence_that_we_do_not_know(self):
        with pytest.raises(ValueError, match="no licence that we know"):
            ask(licence="free-for-all")
        assert not Intake.objects.exists()

    def test_refuses_a_path(self):
        with pytest.raises(intakes.BadAddress):
            ask("/etc/passwd")

    @pytest.mark.django_db(transaction=True)
    def test_by_two_at_once_makes_one(self):
        barrier, made = threading.Barrier(2), []

        def one():
            barrier.wait()
            made.append(ask().pk)
            connection.close()

        threads = [threading.Thread(target=one) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(made)) == 1
        assert Intake.objects.count() == 1


class TestMakePreview:
    def test_shows_what_would_enter_and_enters_nothing(self):
        intake = shown()
        assert (intake.state, intake.done_at, intake.claim) == ("ready", NOW, None)
        assert intake.title == "Small talk"
        assert intake.preview["summary"]["episodes"] == 2
        assert [one["verdict"] for one in intake.preview["episodes"]] == ["accepted"] * 2
        assert not Podcast.objects.exists()

    def test_keeps_the_bytes_that_it_read(self):
        intake = shown()
        document = FeedDocument.objects.get()
        assert intake.document == document
        assert intake.preview["documents"][URL]["sha256"] == document.sha256

    def test_judges_by_the_statement_of_the_curator(self):
        intake = read(ask(licence="CC-BY-4.0", attribution="Anna"), web(licence=""))
        (one, _other) = intake.preview["episodes"]
        assert (one["licence"], one["verdict"]) == ("CC-BY-4.0", "accepted")
        assert one["evidence"][-1]["level"] == "given"

    def test_stores_no_more_episodes_than_a_row_can_bear(self, monkeypatch):
        monkeypatch.setattr(intakes, "MOST_STORED", 1)
        intake = shown()
        assert len(intake.preview["episodes"]) == 1
        assert intake.preview["summary"]["episodes"] == 2
        assert len(intakes.confirm(intake=intake, by=None, at=LATER).added) == 2

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"<!doctype html><html><head></head><body>404</body></html>", "feed"),
            (b"\x7fELF" + bytes(range(256)) * 9, "feed"),
            (road.feed().encode(), "lists no episodes yet"),
            (b"<opml><body><outline xmlUrl='https://a.example/f'/></body></opml>", "OPML|feed"),
        ],
    )
    def test_says_what_is_wrong_with_what_it_read(self, body, words):
        intake = read(ask(), fakes.FakeFetcher({URL: body}))
        assert intake.state == "failed"
        assert intake.error
        assert __import__("re").search(words, intake.error)
        assert (intake.preview, intake.done_at) == ({}, NOW)
        assert FeedDocument.objects.count() == 1  # evidence even so

    @pytest.mark.parametrize(
        "error",
        [
            failures.Refused("127.0.0.1 is not public."),
            failures.Gone("It was taken down.", status=410),
            HttpError("Nothing is at this address.", status=404),
            failures.TooLarge("More than 20 MB."),
        ],
    )
    def test_gives_up_at_once_on_what_stays_as_it_is(self, error):
        intake = read(ask(), Failing(error))
        assert (intake.state, intake.error) == ("failed", str(error))

    def test_tries_again_later_what_may_succeed(self):
        intake = read(ask(), Failing(failures.Unreachable("No answer.")))
        assert (intake.state, intake.error) == ("waiting", "No answer.")
        assert intake.retry_at == NOW + timedelta(seconds=10)
        assert (intake.claim, intake.done_at, intake.enqueued_at) == (None, None, None)
        assert Intake.objects.claim(pk=intake.pk, now=NOW) is None
        assert read(intake, at=intake.retry_at).state == "ready"
        assert intake.error == ""

    def test_waits_as_long_as_the_host_asks(self):
        error = HttpError("Too often.", status=429, retry_after=400)
        assert read(ask(), Failing(error)).retry_at == NOW + timedelta(seconds=400)

    def test_gives_up_after_some_attempts(self):
        intake, at = ask(), NOW
        for _ in range(intakes.MOST_ATTEMPTS):
            assert intake.state == "waiting"
            read(intake, Failing(failures.Unreachable("No answer.")), at=at)
            at += timedelta(hours=1)
        assert (intake.state, intake.error) == ("failed", "No answer.")

    @pytest.mark.parametrize(
        "error",
        [
            failures.Busy("Another worker is asking."),
            failures.HostWaits("It asked us to wait.", retry_after=77),
            files.StorageFull("No room left on /x."),
        ],
    )
    def test_counts_no_attempt_that_was_nobodys_fault(self, error):
        intake, at = ask(), NOW
        for _ in range(intakes.MOST_ATTEMPTS + 1):
            read(intake, Failing(error), at=at)
            at += timedelta(hours=1)
        assert (intake.state, intake.attempts, intake.error) == ("waiting", 0, str(error))

    def test_names_what_nobody_foresaw_and_tries_again(self, caplog):
        intake = read(ask(), Failing(RuntimeError("a bug")))
        assert (intake.state, intake.error) == ("waiting", "RuntimeError: a bug")
        assert "a bug" in caplog.text

    def test_changes_nothing_where_it_was_dismissed_meanwhile(self):
        intake = ask()
        claimed = Intake.objects.claim(pk=intake.pk, now=NOW)
        intakes.dismiss(intake=intake, by=None, at=NOW)
        intakes.make_preview(intake=claimed, fetcher=web(), at=LATER)
        intake.refresh_from_db()
        assert (intake.state, intake.preview) == ("dismissed", {})

    def test_changes_nothing_where_another_worker_took_over(self):
        intake = ask()
        late = Intake.objects.claim(pk=intake.pk, now=NOW)
        Intake.objects.claim(pk=intake.pk, now=NOW + timedelta(hours=1))
        intakes.make_preview(intake=late, fetcher=web(), at=LATER)
        intake.refresh_from_db()
        assert intake.state == "waiting"


class TestConfirm:
    def test_takes_in_what_was_shown_without_the_net(self, monkeypatch):
        intake, curator = shown(), make.user("curator")
        monkeypatch.setattr("corpus.engines.http.HttpFetcher.fetch", NO_NET.fetch)
        monkeypatch.setattr("socket.socket.connect", NO_NET.fetch)
        report = intakes.confirm(intake=intake, by=curator, at=LATER)
        intake.refresh_from_db()
        assert (intake.state, intake.podcast) == ("confirmed", report.podcast)
        assert (intake.decided_by, intake.decided_at) == (curator, LATER)
        assert report.podcast.added_by == curator
        assert [e.audio_url for e in report.added] == [
            "https://talk.example/one.mp3",
            "https://talk.example/two.mp3",
        ]

    def test_enters_what_was_kept_whatever_the_host_says_now(self):
        intake = shown()
        fetcher = web("three.mp3")
        report = intakes.confirm(intake=intake, by=None, at=LATER)
        assert fetcher.asked == []
        assert [e.title for e in report.added] == ["About one.mp3", "About two.mp3"]

    def test_takes_in_what_the_archive_said_of_a_file_then(self):
        item = "https://archive.org/metadata/talk"
        told = {
            "metadata": {
                "identifier": "talk",
                "licenseurl": "https://creativecommons.org/licenses/by/4.0/",
            },
            "files": [{"name": "one.mp3", "format": "VBR MP3", "source": "original"}],
        }
        feed = road.feed("https://archive.org/download/talk/one.mp3", licence="")
        answers = {URL: feed.encode(), item: json.dumps(told).encode()}
        intake = read(ask(), fakes.FakeFetcher(answers))
        assert set(intake.preview["documents"]) == {URL, item}
        (one,) = intakes.confirm(intake=intake, by=None, at=LATER).added
        assert (one.licence.verdict, one.licence.spdx) == ("accepted", "CC-BY-4.0")
        assert FeedDocument.objects.count() == 2

    def test_takes_in_the_same_where_the_archive_did_not_answer(self):
        feed = road.feed("https://archive.org/download/talk/one.mp3", licence="")
        intake = read(ask(), fakes.FakeFetcher({URL: feed.encode()}))
        assert any("could not be asked" in said for said in intake.preview["left_out"])
        (one,) = intakes.confirm(intake=intake, by=None, at=LATER).added
        assert one.licence.verdict == "review"

    def test_takes_nothing_in_from_bytes_that_are_older_than_what_is_known(self):
        confirmed = shown()
        intakes.confirm(intake=confirmed, by=None, at=NOW)
        old = read(ask(at=LATER), at=LATER)
        newer = web(licence=ND)
        source = sources.read(URL, fetcher=newer)
        podcasts.add(
            source=source, judged=podcasts.judge(source), attribution="", by=None, at=LATER + DAY
        )
        with pytest.raises(intakes.Unreadable, match="read again"):
            intakes.confirm(intake=old, by=None, at=LATER + 2 * DAY)
        assert Episode.objects.first().licence.verdict == "review"
        assert read(old, newer, at=LATER + 2 * DAY).state == "ready"
        intakes.confirm(intake=old, by=None, at=LATER + 2 * DAY)

    def test_leaves_the_same_evidence_as_the_preview_showed(self):
        intake = shown()
        intakes.confirm(intake=intake, by=None, at=LATER)
        row = LicenceEvidence.objects.filter(episode__guid="one.mp3").get()
        (seen,) = intake.preview["episodes"][0]["evidence"]
        assert (row.level, row.element, row.text) == (seen["level"], seen["element"], seen["text"])
        assert row.source_sha256 == intake.document.sha256

    def test_enters_under_the_statement_and_the_credit(self):
        intake = read(ask(licence="CC-BY-4.0", attribution="Anna"), web(licence=""))
        (one, _other) = intakes.confirm(intake=intake, by=None, at=LATER).added
        assert (one.attribution, one.licence.verdict) == ("Anna", "accepted")

    def test_twice_enters_once(self):
        intake = shown()
        again = Intake.objects.get(pk=intake.pk)
        intakes.confirm(intake=intake, by=None, at=LATER)
        with pytest.raises(intakes.AlreadyDecided):
            intakes.confirm(intake=again, by=None, at=LATER)
        assert Episode.objects.count() == 2

    @pytest.mark.parametrize("state", ["waiting", "failed"])
    def test_of_what_was_not_shown_enters_nothing(self, state):
        intake = shown()
        Intake.objects.update(state=state)
        with pytest.raises(intakes.AlreadyDecided):
            intakes.confirm(intake=intake, by=None, at=LATER)
        assert not Podcast.objects.exists()

    def test_where_the_corpus_changed_the_verdicts_shows_them_anew(self):
        intake = shown(licence="")
        found = road.read(str(URL), fetcher=web(licence=""))
        given = podcasts.given("CC0-1.0", attribution="")
        judged = podcasts.judge(found, given=given)
        podcasts.add(source=found, judged=judged, attribution="", by=None, at=NOW)
        with pytest.raises(intakes.Stale):
            intakes.confirm(intake=intake, by=None, at=LATER)
        intake.refresh_from_db()
        assert intake.state == "ready"
        assert [one["verdict"] for one in intake.preview["episodes"]] == ["accepted"] * 2
        intakes.confirm(intake=intake, by=None, at=LATER)

    def test_of_another_preview_than_that_shown_enters_nothing(self):
        intake = shown()
        with pytest.raises(intakes.Stale):
            intakes.confirm(intake=intake, by=None, at=LATER, shown="another")
        digest = intake.preview["verdicts_sha256"]
        assert intakes.confirm(intake=intake, by=None, at=LATER, shown=digest).added

    def test_where_it_was_read_anew_meanwhile_enters_nothing(self):
        intake = shown()
        ask(licence="CC0-1.0")
        read(Intake.objects.get(), web("three.mp3"))
        with pytest.raises(intakes.Stale):
            intakes.confirm(intake=intake, by=None, at=LATER)
        assert not Podcast.objects.exists()

    def test_where_the_bytes_are_gone_asks_the_source_anew(self, settings):
        from pathlib import Path

        intake = shown()
        for file in Path(settings.MEDIA_ROOT).rglob("*.feed"):
            file.unlink()
        with pytest.raises(intakes.Unreadable):
            intakes.confirm(intake=intake, by=None, at=LATER)
        intake.refresh_from_db()
        assert (intake.state, intake.decided_at) == ("waiting", None)
        assert not Podcast.objects.exists()


class TestAgree:
    def test_leaves_it_to_a_worker(self):
        intake, curator = shown(), make.user("curator")
        intakes.agree(intake=intake, by=curator, at=LATER)
        intake.refresh_from_db()
        assert (intake.state, intake.decided_by, intake.decided_at) == ("agreed", curator, LATER)
        assert intakes.to_enqueue(now=LATER, most=9) == [intake]

    def test_of_another_preview_than_that_shown_is_refused(self):
        with pytest.raises(intakes.Stale):
            intakes.agree(intake=shown(), by=None, at=LATER, shown="another")
        assert Intake.objects.get().state == "ready"

    def test_twice_is_refused(self):
        intake = shown()
        intakes.agree(intake=intake, by=None, at=LATER)
        with pytest.raises(intakes.AlreadyDecided):
            intakes.agree(intake=intake, by=None, at=LATER)


class TestConfirmBatch:
    def test_agrees_to_what_is_ready_and_was_shown(self):
        batch, curator = uuid.uuid4(), make.user("curator")
        one, late, failed = (ask(f"https://talk{n}.example/", batch=batch) for n in range(3))
        read(one)
        read(late)
        read(failed, Failing(failures.Gone("gone", status=410)))
        pks = [one.pk, failed.pk]
        assert intakes.confirm_batch(batch=batch, shown=pks, by=curator, at=LATER) == 1
        states = dict(Intake.objects.values_list("pk", "state"))
        assert states == {one.pk: "agreed", late.pk: "ready", failed.pk: "failed"}
        one.refresh_from_db()
        assert (one.decided_by, one.decided_at, one.done_at) == (curator, LATER, None)

    def test_leaves_other_lists_alone(self):
        intake = read(ask(batch=uuid.uuid4()))
        assert intakes.confirm_batch(batch=uuid.uuid4(), shown=[intake.pk], by=None, at=NOW) == 0


def agreed(**fields):
    batch = uuid.uuid4()
    intake = read(ask(batch=batch, **fields))
    intakes.confirm_batch(batch=batch, shown=[intake.pk], by=make.user("curator"), at=LATER)
    return Intake.objects.claim(pk=intake.pk, now=LATER)


class TestTakeIn:
    def test_enters_by_whom_it_was_agreed(self):
        claimed = agreed()
        intakes.take_in(intake=claimed, at=LATER + timedelta(minutes=1))
        intake = Intake.objects.get()
        assert (intake.state, intake.claim) == ("confirmed", None)
        assert intake.decided_at == LATER
        assert intake.podcast.added_by == intake.decided_by == claimed.decided_by

    def test_twice_enters_once(self):
        claimed = agreed()
        intakes.take_in(intake=claimed, at=LATER)
        intakes.take_in(intake=claimed, at=LATER)
        assert Episode.objects.count() == 2

    def test_where_another_worker_took_over_enters_nothing(self):
        claimed = agreed()
        Intake.objects.update(claim=uuid.uuid4())
        intakes.take_in(intake=claimed, at=LATER)
        assert not Podcast.objects.exists()

    def test_opens_it_again_where_a_person_has_to_look(self, settings):
        from pathlib import Path

        claimed = agreed()
        for file in Path(settings.MEDIA_ROOT).rglob("*.feed"):
            file.unlink()
        intakes.take_in(intake=claimed, at=LATER)
        intake = Intake.objects.get()
        assert (intake.state, intake.decided_at, intake.decided_by) == ("waiting", None, None)

    def test_tries_again_and_then_leaves_it_to_a_person(self, monkeypatch):
        def broken(**_):
            raise RuntimeError("a bug")

        claimed, at = agreed(), LATER
        monkeypatch.setattr(podcasts, "add", broken)
        while claimed is not None:
            intakes.take_in(intake=claimed, at=at)
            at += timedelta(hours=1)
            claimed = Intake.objects.claim(pk=claimed.pk, now=at)
        intake = Intake.objects.get()
        assert (intake.state, intake.error) == ("failed", "RuntimeError: a bug")
        assert (intake.decided_at, intake.attempts) == (None, intakes.MOST_ATTEMPTS)


class TestDismiss:
    @pytest.mark.parametrize("state", ["waiting", "ready", "failed"])
    def test_leaves_it_out(self, state):
        intake, curator = make.intake(state=state), make.user("curator")
        intakes.dismiss(intake=intake, by=curator, at=LATER)
        intake.refresh_from_db()
        assert (intake.state, intake.decided_by, intake.decided_at) == ("dismissed", curator, LATER)

    def test_after_an_answer_is_too_late(self):
        intake = shown()
        intakes.confirm(intake=intake, by=None, at=NOW)
        with pytest.raises(intakes.AlreadyDecided):
            intakes.dismiss(intake=intake, by=None, at=LATER)
        intake.refresh_from_db()
        assert intake.state == "confirmed"


class TestRetry:
    def test_reads_it_once_more(self):
        intake = read(ask(), Failing(failures.Gone("gone", status=410)))
        intakes.retry(intake=intake, at=LATER)
        assert read(intake, at=LATER).state == "ready"

    @pytest.mark.parametrize("state", ["waiting", "ready"])
    def test_is_for_what_failed(self, state):
        with pytest.raises(intakes.AlreadyDecided):
            intakes.retry(intake=make.intake(state=state), at=LATER)

    def test_of_a_list_leaves_others_alone(self):
        batch = uuid.uuid4()
        mine = make.intake(state="failed", batch=batch, done_at=NOW)
        other = make.intake(state="failed", done_at=NOW)
        assert intakes.retry_failed(at=LATER, batch=batch) == 1
        assert set(Intake.objects.filter(state="waiting")) == {mine}
        assert intakes.retry_failed(at=LATER) == 1
        assert Intake.objects.get(pk=other.pk).state == "waiting"


class TestToEnqueue:
    def test_gives_what_waits_and_is_in_no_queue(self):
        waiting = make.intake()
        agreed_one = make.intake(state="agreed", decided_at=NOW)
        make.intake(state="ready", done_at=NOW)
        make.intake(claimed_at=timezone.now())
        now = timezone.now()
        assert set(intakes.to_enqueue(now=now, most=9)) == {waiting, agreed_one}
        assert intakes.to_enqueue(now=now, most=9) == []
        later = now + intakes.ENQUEUED_AGAIN_AFTER + timedelta(seconds=1)
        assert set(intakes.to_enqueue(now=later, most=9)) == {waiting, agreed_one}

    def test_takes_back_what_a_killed_worker_held(self):
        intake = make.intake(claimed_at=NOW, claimed_by=fakes.dead_worker(), attempts=1)
        assert intakes.to_enqueue(now=NOW, most=9) == [intake]

    @pytest.mark.parametrize("state", ["waiting", "agreed"])
    def test_gives_up_on_what_killed_its_workers(self, state):
        decided = {"decided_at": NOW} if state == "agreed" else {}
        make.intake(state=state, attempts=intakes.MOST_ATTEMPTS, **decided)
        assert intakes.to_enqueue(now=NOW, most=9) == []
        intake = Intake.objects.get()
        assert intake.state == "failed"
        assert "The worker died 4 times" in intake.error


class TestIsIdle:
    patience = timedelta(seconds=20)

    def idle(self, at):
        return intakes.is_idle(now=at, patience=self.patience)

    def test_only_where_something_waited_for_a_while(self):
        make.intake(asked_at=NOW)
        assert not self.idle(NOW + timedelta(seconds=5))
        assert self.idle(NOW + timedelta(seconds=25))

    def test_not_while_a_worker_is_seen(self):
        make.intake(asked_at=NOW)
        busy = make.intake(claimed_at=NOW + timedelta(seconds=20), attempts=1)
        assert not self.idle(NOW + timedelta(seconds=25))
        Intake.objects.filter(pk=busy.pk).delete()
        make.intake(state="ready", attempts=1, done_at=NOW + timedelta(seconds=15))
        assert not self.idle(NOW + timedelta(seconds=25))

    def test_not_for_what_waits_for_its_next_try(self):
        make.intake(asked_at=NOW, retry_at=NOW + timedelta(hours=1))
        assert not self.idle(NOW + timedelta(minutes=1))

    def test_also_for_what_was_agreed_to(self):
        make.intake(state="agreed", asked_at=NOW, decided_at=NOW)
        assert self.idle(NOW + timedelta(seconds=25))
