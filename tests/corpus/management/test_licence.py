import json

import pytest
from django.core.management import CommandError

from corpus.models import Clip, LicenceDecision
from tests import road
from tests.factories import corpus as make

pytestmark = pytest.mark.django_db


def licence(*words, **options):
    return road.command("licence", *(str(word) for word in words), **options)


def refused(*words):
    """The sentence of a refusal that decides nothing."""
    before = LicenceDecision.objects.count()
    with pytest.raises(CommandError) as caught:
        licence(*words)
    assert caught.value.returncode == 1
    assert LicenceDecision.objects.count() == before
    return str(caught.value)


class TestList:
    def test_shows_what_is_open(self):
        open_one = make.episode(verdict="review", title="Open")
        make.episode(title="Clear")
        said = licence("list", "--verdict", "review")
        assert f"{open_one.number:04d} Open: review CC-BY-4.0." in said
        assert "Clear" not in said
        assert "1 episodes." in said

    def test_shows_everything_as_json(self):
        make.episode(verdict="blocked")
        make.episode(verdict=None)
        found = json.loads(licence("list", "--json"))
        assert [row["verdict"] for row in found] == ["blocked", None]


class TestSettle:
    def test_enters_licence_and_credit(self):
        episode = make.episode(verdict="review")
        words = ("--licence", "cc-by-4.0", "--attribution", "Anna", "--source", "her letter")
        said = licence("settle", episode.number, *words)
        episode.refresh_from_db()
        assert (episode.licence.verdict, episode.attribution) == ("accepted", "Anna")
        assert episode.licence_evidence.get().source == "her letter"
        assert "pipeline --until-idle" in said

    def test_tells_it_as_json(self):
        episode = make.episode(verdict="review", attribution="Anna")
        words = ("--licence", "CC-BY-NC-4.0", "--json")
        found = json.loads(licence("settle", episode.guid, *words))
        assert (found["verdict"], found["licence"]) == ("non_commercial", "CC-BY-NC-4.0")

    def test_takes_a_permission_in_writing(self):
        episode = make.episode(verdict="review")
        make.evidence(episode, element="podcast:block", text="yes")
        licence("settle", episode.number, "--licence", "CC0-1.0", "--in-writing")
        episode.refresh_from_db()
        assert episode.licence.verdict == "accepted"

    def test_asks_whom_to_credit(self):
        episode = make.episode(verdict="review")
        assert "--attribution" in refused("settle", episode.number, "--licence", "CC-BY-4.0")

    def test_takes_the_author_of_the_feed_for_credit(self):
        episode = make.episode(verdict="review", author="Anna")
        licence("settle", episode.number, "--licence", "CC-BY-4.0")
        episode.refresh_from_db()
        assert episode.licence.verdict == "accepted"

    def test_refuses_an_unknown_licence(self):
        episode = make.episode(verdict="review")
        assert "no licence that we know" in refused("settle", episode.number, "--licence", "free")

    def test_refuses_what_is_decided(self):
        episode = make.episode()
        said = refused("settle", episode.number, "--licence", "CC0-1.0")
        assert "is accepted: only one in review can be settled" in said


class TestWithdraw:
    def test_takes_an_episode_and_its_clips_out(self):
        clip = make.eligible_clip()
        said = licence("withdraw", clip.episode.number, "--reason", "They asked.")
        clip.episode.refresh_from_db()
        assert (clip.episode.licence.verdict, clip.episode.licence.reason) == (
            "refused",
            "They asked.",
        )
        assert not Clip.objects.eligible().exists()
        assert "refused. They asked." in said

    def test_tells_it_as_json(self):
        episode = make.episode()
        found = json.loads(licence("withdraw", episode.guid, "--reason", "They asked.", "--json"))
        assert (found["number"], found["verdict"]) == (episode.number, "refused")

    def test_asks_why(self):
        episode = make.episode()
        assert "Say why" in refused("withdraw", episode.number, "--reason", " ")
        assert "--reason" in refused("withdraw", episode.number)

    @pytest.mark.parametrize("name", ["9999", "nobody", "99999999999999999999", "²"])
    def test_refuses_what_is_no_episode(self, name):
        assert f"There is no episode {name}" in refused("withdraw", name, "--reason", "x")

    def test_asks_which_of_two_with_the_same_guid(self):
        two = [make.episode(guid="same") for _ in range(2)]
        said = refused("withdraw", "same", "--reason", "x")
        assert all(f"{episode.number} ({episode.podcast})" in said for episode in two)

    def test_goes_by_number_before_guid(self):
        meant = make.episode()
        other = make.episode(guid=str(meant.number))
        licence("withdraw", meant.number, "--reason", "x")
        other.refresh_from_db()
        assert other.licence.verdict == "accepted"
