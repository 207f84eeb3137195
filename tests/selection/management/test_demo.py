"""`demo`: the whole road with fakes for engines; the second time it redoes nothing."""

import io
import stat

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError

from annotation.models import Campaign, Rater, Rating
from corpus.models import Release, StageRun
from selection.management.commands import demo
from tests import fakes, road
from tests.factories import annotation, corpus

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _fakes(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    with fakes.installed(settings):
        yield


@pytest.fixture
def talk(tmp_path):
    return str(road.folder(tmp_path / "talk"))


@pytest.fixture
def said(talk):
    return road.command("demo", talk)


def accounts(tmp_path):
    assert stat.S_IMODE((tmp_path / "demo-accounts.txt").stat().st_mode) == 0o600
    lines = (tmp_path / "demo-accounts.txt").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines)


class TestDemo:
    def test_ends_in_a_release_whose_ratings_say_that_they_are_simulated(self, said, settings):
        folder = settings.RELEASES_DIR / "demo-small-talk-1.0.0"
        assert f"The release is in {folder}" in said
        assert "SHA256SUMS" in said
        assert len(list((folder / "Audios").iterdir())) == 4
        assert "simulated" in (folder / "README.md").read_text().lower()
        assert (Release.objects.count(), Rating.objects.count()) == (1, 20)
        assert set(Rater.objects.values_list("is_simulated", flat=True)) == {True}

    def test_leaves_a_campaign_to_try_the_screen_with(self, said):
        states = dict(Campaign.objects.values_list("name", "state"))
        assert states == {"demo-small-talk": "open", "demo-small-talk-try": "open"}
        assert not Rating.objects.filter(campaign__name="demo-small-talk-try").exists()

    def test_makes_people_who_can_sign_in(self, said, tmp_path):
        for name, password in accounts(tmp_path).items():
            assert f"{name}: {password}" in said
            person = authenticate(username=name, password=password)
            assert [group.name for group in person.groups.all()] == [name]

    def test_redoes_nothing_the_second_time_and_says_so(self, said, talk, tmp_path):
        runs, people = StageRun.objects.count(), accounts(tmp_path)
        again = road.command("demo", talk)
        assert "Nothing to do: everything is up to date." in again
        assert "has its 4 clips already" in again
        assert "0 new ratings by 5 scripted raters." in again
        assert "0 clips with new labels." in again
        assert "1.0.1" not in again
        assert (StageRun.objects.count(), Rating.objects.count()) == (runs, 20)
        assert (Release.objects.count(), accounts(tmp_path)) == (1, people)

    def test_goes_on_after_it_was_stopped_between_filling_and_opening(self, said, talk):
        Campaign.objects.update(state="draft")
        road.command("demo", talk)
        assert set(Campaign.objects.values_list("state", flat=True)) == {"open"}

    def test_goes_on_with_the_last_release_where_a_person_has_rated_since(self, said, talk):
        first = Rating.objects.order_by("pk").first()
        annotation.rating(first.campaign, first.clip)
        again = road.command("demo", talk)
        assert "No new release: 20 of 21 ratings are simulated" in again
        assert "The release is in" in again
        assert Release.objects.count() == 1

    def test_makes_a_patch_when_the_corpus_has_grown(self, said, talk, settings):
        rating = Rating.objects.order_by("pk").first()
        Rating.objects.create(
            campaign=rating.campaign,
            clip=rating.clip,
            rater=rating.rater,
            replaces=rating,
            primary="Sad",
            valence=1,
            arousal=1,
            dominance=1,
            distribution=["sadness"],
            form_version=rating.form_version,
            rated_at=rating.rated_at,
            received_at=rating.received_at,
        )
        road.command("demo", talk)
        assert (settings.RELEASES_DIR / "demo-small-talk-1.0.1").is_dir()


class TestRefusal:
    def test_takes_no_source_that_is_none(self):
        with pytest.raises(CommandError):
            road.command("demo", "/nowhere/at/all")

    def test_says_when_no_clip_passed(self, tmp_path):
        folder = tmp_path / "noise"
        fakes.write_wav(folder / "ep1.wav", fakes.silence(8))
        (folder / "feed.xml").write_text(road.feed("ep1.wav"))
        with pytest.raises(CommandError, match="No clip of"):
            road.command("demo", str(folder))

    def test_leaves_the_password_of_a_real_curator_alone(self, talk):
        corpus.user("curator", username="curator")
        said = road.command("demo", talk)
        assert "curator: (with the password they have)" in said
        person = authenticate(username="curator", password=corpus.PASSWORD)
        assert person == get_user_model().objects.get(username="curator")


class TestThisMachine:
    @pytest.mark.parametrize(
        ("source", "admitted"),
        [
            ("http://127.0.0.1:8765/feed.xml", ["feeds.test", "127.0.0.1:8765"]),
            ("http://me:pw@localhost:1/feed.xml", ["feeds.test", "localhost:1"]),
            ("http://[::1]:8765/feed.xml", ["feeds.test", "[::1]:8765"]),
            ("https://podcast.example/feed.xml", None),
            ("http://10.0.0.1/feed.xml", None),
            ("samples/podcast", None),
        ],
    )
    def test_is_admitted_by_the_very_port_of_the_source(self, settings, source, admitted):
        settings.ENGINE_OPTIONS, settings.ALLOW_PRIVATE_HOSTS = {}, ["feeds.test"]
        demo.Command(stdout=io.StringIO())._admit_this_machine(source)
        assert settings.ENGINE_OPTIONS.get("fetcher", {}).get("allow_private") == admitted
