"""Pages on which podcasts are added."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from corpus.actions import catalogue, intakes
from corpus.core import opml
from corpus.models import Episode, Intake, Podcast
from tests import fakes, road
from tests.factories import corpus as make
from tests.factories.corpus import NOW

URL = "https://talk.example/feed.xml"
ND = "https://creativecommons.org/licenses/by-nd/4.0/"
OPML = (
    '<opml version="2.0"><body>'
    '<outline type="rss" text="Talk" xmlUrl="https://talk.example/feed.xml"/>'
    '<outline type="rss" text="More" xmlUrl="https://more.example/feed.xml"/></body></opml>'
)


def read(intake, **fields):
    """What a worker makes of it."""
    names = fields.pop("names", ("one.mp3", "two.mp3"))
    fetcher = fakes.FakeFetcher({intake.source: road.feed(*names, **fields).encode()})
    claimed = Intake.objects.claim(pk=intake.pk, now=NOW)
    intakes.make_preview(intake=claimed, fetcher=fetcher, at=NOW)
    intake.refresh_from_db()
    return intake


def ready(*, batch=None, source=URL, **fields):
    return read(make.intake(source=source, batch=batch), **fields)


def page(client, name, *args, **query):
    return client.get(reverse(name, args=args), query)


def post(client, name, *args, **data):
    return client.post(reverse(name, args=args), data)


def words(response):
    return " ".join(response.content.decode().split())


class TestAdd:
    def test_asks_for_an_address(self, curator):
        assert "Address of the feed" in words(page(curator, "podcast_add"))

    def test_fills_in_the_address_of_a_link(self, curator):
        assert f'value="{URL}"' in words(page(curator, "podcast_add", source=URL))

    def test_puts_it_on_its_way_and_shows_it(self, curator):
        response = post(curator, "podcast_add", source=URL, licence="CC0-1.0")
        intake = Intake.objects.get()
        assert response["Location"] == reverse("podcast_intake", args=[intake.pk])
        assert (intake.source, intake.licence, intake.asked_by) == (URL, "CC0-1.0", curator.person)

    def test_sends_it_to_a_worker(self, curator, django_capture_on_commit_callbacks, monkeypatch):
        from corpus.tasks import intakes as tasks

        sent = []
        monkeypatch.setattr(tasks.read, "apply_async", lambda *, kwargs: sent.append(kwargs))
        with django_capture_on_commit_callbacks(execute=True):
            post(curator, "podcast_add", source=URL)
        assert sent == [{"intake_id": Intake.objects.get().pk}]

    def test_gives_the_open_one_for_the_same_address(self, curator):
        first = post(curator, "podcast_add", source=URL)
        assert post(curator, "podcast_add", source=URL)["Location"] == first["Location"]

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"source": ""}, "This field is required"),
            ({"source": "/etc/passwd"}, "python manage.py ingest PATH"),
            ({"source": "ftp://a.example/"}, "starts with https://"),
            ({"source": URL, "licence": "free"}, "free is no licence that we know"),
            ({"source": URL, "licence": "CC-BY-4.0"}, "say whom to name"),
        ],
    )
    def test_says_what_is_wrong_with_a_form(self, curator, fields, sentence):
        response = post(curator, "podcast_add", **fields)
        assert response.status_code == 422
        assert sentence in words(response)
        assert not Intake.objects.exists()


def upload(client, text=OPML, **data):
    body = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("subscriptions.opml", body)
    return client.post(reverse("podcast_add_many"), {"file": file, **data}, follow=True)


class TestAddMany:
    def test_puts_every_feed_on_its_way_and_shows_them(self, curator):
        response = upload(curator)
        assert Intake.objects.count() == 2
        batch = Intake.objects.first().batch
        assert response.redirect_chain[-1][0] == f"{reverse('podcast_intakes')}?batch={batch}"
        assert "2 feeds are read now." in words(response)

    def test_says_what_is_here_and_on_its_way_already(self, curator):
        make.podcast(title="Known talk", source=URL)
        make.intake(source="https://more.example/feed.xml")
        said = words(upload(curator))
        assert "0 feeds are read now. 1 in the corpus already: Known talk." in said
        assert "1 on their way in already." in said

    def test_says_what_it_left_out(self, curator):
        odd = "".join(f'<outline text="Odd {n}" xmlUrl="ftp://{n}.example/"/>' for n in range(7))
        odd += '<outline text="No address"/>'
        upload(curator, OPML.replace("<body>", f"<body>{odd}").replace("</opml>", ""))
        batch = Intake.objects.first().batch
        said = words(page(curator, "podcast_intakes", batch=batch))  # and again, as often as wanted
        for sentence in (
            "9 lines of the list are not read",
            "not well-formed XML",
            "Odd 0",
            "Odd 6",
            "It has no address (xmlUrl).",
        ):
            assert sentence in said
        assert "Odd 0" not in words(page(curator, "podcast_intakes", show="decided"))

    def test_says_why_nothing_of_a_list_is_read(self, curator):
        make.podcast(title="Known talk", source="https://known.example/f")
        said = words(upload(curator, "<opml><outline xmlUrl='https://known.example/f'/></opml>"))
        assert "in the corpus already, as “Known talk”" in said
        assert "No feed of this list had to be read." in said

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", "This file is empty"),
            ("no list", "no OPML list of feeds"),
            (road.feed("a.mp3"), "This is a feed, not a list of feeds"),
            (b"\x00\xff" * 500, "no OPML list of feeds"),
            ("<opml><body/></opml>", "names no feed"),
        ],
    )
    def test_says_what_is_wrong_with_a_file(self, curator, text, sentence):
        response = upload(curator, text)
        assert response.status_code == 422
        assert response["HX-Push-Url"] == reverse("podcast_add")
        assert sentence in words(response)
        assert not Intake.objects.exists()

    def test_refuses_a_file_that_is_too_big_without_reading_it(self, curator, monkeypatch):
        monkeypatch.setattr(opml, "LARGEST", 10)
        response = upload(curator)
        assert response.status_code == 422
        assert "5 MB are the most" in words(response)

    def test_refuses_a_list_that_is_too_long(self, curator, monkeypatch):
        monkeypatch.setattr("corpus.actions.feed_lists.MOST_FEEDS", 1)
        response = upload(curator)
        assert response.status_code == 422
        assert "split it" in words(response)

    def test_without_a_file_says_so(self, curator):
        response = post(curator, "podcast_add_many")
        assert response.status_code == 422


class TestDetail:
    def test_while_it_waits_asks_again_by_itself(self, curator):
        intake = make.intake(source=URL, asked_at=timezone.now())
        said = words(page(curator, "podcast_intake", intake.pk))
        assert "Waits to be read" in said
        assert 'hx-trigger="every 2s"' in said
        assert "No worker takes this" not in said

    def test_says_where_no_worker_answers(self, curator):
        intake = make.intake(source=URL, asked_at=timezone.now() - timedelta(minutes=1))
        assert "No worker takes this" in words(page(curator, "podcast_intake", intake.pk))

    def test_while_it_is_read_says_so(self, curator):
        intake = make.intake(source=URL, claimed_at=timezone.now(), attempts=1)
        assert "Being read" in words(page(curator, "podcast_intake", intake.pk))

    def test_says_why_it_waits_for_its_next_try(self, curator):
        retry_at = timezone.now() + timedelta(minutes=1)
        intake = make.intake(source=URL, error="No answer.", retry_at=retry_at)
        said = words(page(curator, "podcast_intake", intake.pk))
        assert "No answer." in said
        assert "It is tried again by itself" in said

    def test_once_ready_shows_numbers_verdicts_and_evidence(self, curator):
        response = page(curator, "podcast_intake", ready(licence=ND).pk)
        said = words(response)
        assert "hx-trigger" not in said.partition('id="intake"')[2]
        assert [(row["words"], row["episodes"]) for row in response.context["total"]["rows"]] == [
            ("May only be listed", 2)
        ]
        for expected in ("About one.mp3", "CC-BY-ND-4.0", "creativeCommons:license", ND, "en-gb"):
            assert expected.lower() in said.lower()
        assert "Add this podcast" in said

    def test_asks_for_a_licence_where_none_is_stated(self, curator):
        said = words(page(curator, "podcast_intake", ready(licence="").pk))
        assert "as a whole it states no licence" in said
        assert "Read it again under this licence" in said

    def test_says_what_was_left_out(self, curator):
        intake = ready(names=("one.mp3", "one.mp3"))
        assert "repeat" in words(page(curator, "podcast_intake", intake.pk))

    def test_says_that_the_podcast_is_here_already(self, curator):
        first = ready()
        intakes.confirm(intake=first, by=None, at=NOW)
        again = ready(names=("one.mp3", "two.mp3", "three.mp3"))
        said = words(page(curator, "podcast_intake", again.pk))
        assert "This podcast is in the corpus already" in said
        assert "1 would be new, 0 would change, 2 would stay as they are" in said
        assert "Bring this podcast up to date" in said

    def test_links_to_nothing_but_the_web(self, curator):
        said = words(page(curator, "podcast_intake", ready(licence="javascript:alert(1)").pk))
        assert "javascript:alert(1)" in said
        assert 'href="javascript' not in said

    def test_shows_what_failed_with_the_reason(self, curator):
        intake = make.intake(source=URL, state="failed", error="This is a web page.", done_at=NOW)
        said = words(page(curator, "podcast_intake", intake.pk))
        assert "This is a web page." in said
        assert "Try again" in said

    def test_shows_what_was_added_and_by_whom(self, curator):
        intake = ready()
        intakes.confirm(intake=intake, by=curator.person, at=NOW)
        said = words(page(curator, "podcast_intake", intake.pk))
        assert "It is in the corpus" in said
        assert curator.person.username in said
        assert "Add this podcast" not in said

    def test_shows_what_was_left_out_by_a_person(self, curator):
        intake = ready()
        intakes.dismiss(intake=intake, by=curator.person, at=NOW)
        said = words(page(curator, "podcast_intake", intake.pk))
        assert "It was left out" in said
        assert f"source={URL.replace(':', '%3A').replace('/', '%2F')}" in said

    def test_shows_what_was_agreed_to_until_it_is_in(self, curator):
        intake = ready()
        Intake.objects.update(state="agreed", decided_at=timezone.now(), done_at=None)
        said = words(page(curator, "podcast_intake", intake.pk))
        assert "Confirmed, entering" in said
        assert 'hx-trigger="every 2s"' in said

    def test_pages_its_episodes(self, curator):
        intake = ready(names=[f"{n}.mp3" for n in range(60)])
        first = page(curator, "podcast_intake", intake.pk)
        assert len(first.context["rows"]) == 50
        assert "?page=2" in words(first)
        second = page(curator, "podcast_intake", intake.pk, page=2)
        assert len(second.context["rows"]) == 10

    def test_sends_itself_alone_to_htmx_and_says_that_it_is_ready(self, curator):
        headers = {"hx-request": "true", "hx-target": "intake"}
        url = reverse("podcast_intake", args=[ready().pk])
        said = words(curator.get(url, headers=headers))
        assert "<html" not in said
        assert "It is ready for your answer" in said

    def test_is_404_for_none(self, curator):
        assert page(curator, "podcast_intake", 9).status_code == 404


class TestConfirm:
    def test_takes_it_in_and_goes_to_the_podcast(self, curator):
        intake = ready()
        shown = intake.preview["verdicts_sha256"]
        response = post(curator, "podcast_intake_confirm", intake.pk, shown=shown)
        podcast = Podcast.objects.get()
        assert response["Location"] == reverse("podcast", args=[podcast.pk])
        assert podcast.added_by == curator.person
        assert "Episodes: 2 new, 0 changed" in words(curator.get(response["Location"]))

    def test_leaves_what_is_long_to_a_worker(self, curator, monkeypatch):
        monkeypatch.setattr("corpus.views.intakes.LONG", 1)
        intake = ready()
        response = post(curator, "podcast_intake_confirm", intake.pk)
        assert response["Location"] == reverse("podcast_intake", args=[intake.pk])
        intake.refresh_from_db()
        assert (intake.state, intake.decided_by) == ("agreed", curator.person)
        assert post(curator, "podcast_intake_confirm", intake.pk).status_code == 409

    def test_is_409_for_who_comes_second(self, curator):
        intake = ready()
        intakes.confirm(intake=Intake.objects.get(), by=None, at=NOW)
        response = post(curator, "podcast_intake_confirm", intake.pk)
        assert response.status_code == 409
        assert "somebody answered before you" in words(response)
        assert response["HX-Push-Url"] == reverse("podcast_intake", args=[intake.pk])
        assert Episode.objects.count() == 2

    def test_is_409_for_another_preview_than_that_shown(self, curator):
        response = post(curator, "podcast_intake_confirm", ready().pk, shown="another")
        assert response.status_code == 409
        assert "The verdicts are others now" in words(response)
        assert not Podcast.objects.exists()

    def test_is_409_where_the_bytes_are_gone(self, curator, settings):
        from pathlib import Path

        intake = ready()
        for file in Path(settings.MEDIA_ROOT).rglob("*.feed"):
            file.unlink()
        response = post(curator, "podcast_intake_confirm", intake.pk)
        assert response.status_code == 409
        assert "The source is asked anew" in words(response)


class TestDismiss:
    def test_leaves_it_out_and_says_so(self, curator):
        response = curator.post(reverse("podcast_intake_dismiss", args=[ready().pk]), follow=True)
        assert Intake.objects.get().state == "dismissed"
        assert "is left out. Nothing entered." in words(response)

    def test_is_409_after_an_answer(self, curator):
        intake = ready()
        intakes.confirm(intake=intake, by=None, at=NOW)
        assert post(curator, "podcast_intake_dismiss", intake.pk).status_code == 409


class TestRetry:
    def test_reads_it_once_more(self, curator):
        intake = make.intake(state="failed", error="x", done_at=NOW)
        response = post(curator, "podcast_intake_retry", intake.pk)
        assert response.status_code == 302
        assert Intake.objects.get().state == "waiting"

    def test_is_409_for_what_did_not_fail(self, curator):
        assert post(curator, "podcast_intake_retry", make.intake().pk).status_code == 409

    def test_of_a_whole_list(self, curator):
        batch = uuid.uuid4()
        make.intake(state="failed", batch=batch, done_at=NOW)
        make.intake(state="failed", done_at=NOW)
        response = post(curator, "podcast_intakes_retry", batch=batch)
        assert response["Location"].endswith(f"?batch={batch}")
        assert Intake.objects.filter(state="waiting").count() == 1
        post(curator, "podcast_intakes_retry")
        assert Intake.objects.filter(state="waiting").count() == 2


class TestIndex:
    def test_says_what_comes_here(self, curator):
        assert "Nothing is on its way in" in words(page(curator, "podcast_intakes"))
        said = words(page(curator, "podcast_intakes", show="decided"))
        assert "Nothing is settled yet" in said

    def test_lists_what_needs_a_person_first(self, curator):
        waiting = make.intake(asked_at=timezone.now())
        shown = ready()
        failed = make.intake(state="failed", error="This is a web page.", done_at=NOW)
        make.intake(state="dismissed", decided_at=NOW)
        response = page(curator, "podcast_intakes")
        assert [row for row, _total in response.context["rows"]] == [shown, failed, waiting]
        assert "This is a web page." in words(response)
        assert 'hx-trigger="every 3s"' in words(response)

    def test_lists_what_is_settled_with_who_and_when(self, curator):
        intake = ready()
        intakes.dismiss(intake=intake, by=curator.person, at=NOW)
        response = page(curator, "podcast_intakes", show="decided")
        assert [row for row, _total in response.context["rows"]] == [intake]
        assert "1 settled" in words(response)
        assert "hx-trigger" not in words(response).partition('id="intakes"')[2]

    def test_of_one_list_says_what_confirming_it_would_add(self, curator):
        batch = uuid.uuid4()
        ready(batch=batch)
        ready(batch=batch, source="https://more.example/f", licence=ND, title="More")
        make.intake(batch=batch, asked_at=timezone.now())
        ready(source="https://other.example/f")
        response = page(curator, "podcast_intakes", batch=batch)
        said = words(response)
        assert "2 podcasts are ready for your answer" in said
        assert "Together 4 episodes" in said
        assert [(r["words"], r["episodes"]) for r in response.context["total"]["rows"]] == [
            ("May be cut and shared", 2),
            ("May only be listed", 2),
        ]
        assert "Add these 2 podcasts" in said
        assert "2 of 3" in said

    def test_takes_nonsense_for_no_list(self, curator):
        assert page(curator, "podcast_intakes", batch="x", page="y").status_code == 200

    def test_sends_the_list_alone_to_htmx(self, curator):
        headers = {"hx-request": "true", "hx-target": "intakes"}
        make.intake()
        said = words(curator.get(reverse("podcast_intakes"), headers=headers))
        assert "<html" not in said


class TestConfirmBatch:
    def test_agrees_to_what_was_shown(self, curator):
        batch = uuid.uuid4()
        one, late = ready(batch=batch), ready(batch=batch, source="https://more.example/f")
        response = post(curator, "podcast_intakes_confirm", batch=batch, shown=str(one.pk))
        assert response["Location"].endswith(f"?batch={batch}")
        states = dict(Intake.objects.values_list("pk", "state"))
        assert states == {one.pk: "agreed", late.pk: "ready"}

    @pytest.mark.parametrize("batch", ["", "x", str(uuid.UUID(int=7))])
    def test_of_nothing_says_so(self, curator, batch):
        data = {"batch": batch, "shown": "1,x,,²"}
        response = curator.post(reverse("podcast_intakes_confirm"), data, follow=True)
        assert "None of these is waiting for your answer any more." in words(response)


class TestLicenceFeeds:
    """What the page says of feeds whose file name tells what must happen."""

    @pytest.mark.parametrize(
        ("name", "verdicts"),
        [
            ("all_rights_reserved", ["refused"]),
            ("blocked", ["blocked"]),
            ("by_cc_module", ["accepted"]),
            ("by_sa_tag_upper", ["accepted"]),
            ("by_tag", ["accepted"]),
            ("by_url_tag", ["accepted"]),
            ("conflict_needs_review", ["review"]),
            ("free_text_needs_review", ["review"]),
            ("item_overrides_channel", ["accepted", "index_only", "non_commercial"]),
            ("nc_kept_apart", ["non_commercial"]),
            ("nd_refused", ["index_only"]),
            ("old_namespace", ["accepted"]),
            ("public_domain", ["accepted"]),
            ("silent", ["review"]),
        ],
    )
    def test_get_the_verdict_of_their_name(self, shared_data, curator, name, verdicts):
        body = (shared_data / "feeds" / "licences" / f"{name}.xml").read_bytes()
        web = fakes.FakeFetcher({URL: body.replace(b"@BASE@", b"https://talk.example")})
        intake = make.intake(source=URL)
        claimed = Intake.objects.claim(pk=intake.pk, now=NOW)
        intakes.make_preview(intake=claimed, fetcher=web, at=NOW)
        response = page(curator, "podcast_intake", intake.pk)
        assert [row["verdict"] for row in response.context["rows"]] == verdicts
        for verdict in verdicts:
            assert str(catalogue.LICENCE_VERDICTS[verdict]) in words(response)


class TestWays:
    def test_lead_here_from_the_list_of_podcasts(self, curator):
        url = reverse("podcast_add")
        assert f'href="{url}"' in words(page(curator, "podcasts"))
        make.podcast()
        assert f'href="{url}"' in words(page(curator, "podcasts"))


class TestRoles:
    @pytest.mark.parametrize("name", ["podcast_add", "podcast_intakes", "podcast_intake"])
    def test_strangers_sign_in_and_raters_are_refused(self, client, a_rater, name):
        url = reverse(name, args=[make.intake().pk] if name == "podcast_intake" else [])
        assert client.get(url)["Location"] == f"{reverse('login')}?next={url}"
        assert a_rater.get(url).status_code == 403
