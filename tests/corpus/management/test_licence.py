import json

import pytest
from django.core.management import CommandError

from corpus.core import policy
from corpus.models import LicenceDecision
from tests import road
from tests.factories import corpus as make
from tests.factories.corpus import NOW

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
        assert f"{open_one.number:04d} {open_one.podcast} – Open: review CC-BY-4.0." in said
        assert "Clear" not in said
        assert "1 episode." in said

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
        words = ("--licence", "CC-BY-NC-4.0", "--source", "x", "--json")
        found = json.loads(licence("settle", episode.guid, *words))
        assert (found["verdict"], found["licence"]) == ("non_commercial", "CC-BY-NC-4.0")

    def test_takes_a_permission_in_writing(self):
        episode = make.episode(verdict="review")
        make.evidence(episode, element="podcast:block", text="yes")
        licence("settle", episode.number, "--licence", "CC0-1.0", "--source", "x", "--in-writing")
        episode.refresh_from_db()
        assert episode.licence.verdict == "accepted"

    def test_asks_whom_to_credit(self):
        episode = make.episode(verdict="review")
        assert "--attribution" in refused(
            "settle", episode.number, "--licence", "CC-BY-4.0", "--source", "x"
        )

    def test_takes_the_author_of_the_feed_for_credit(self):
        episode = make.episode(verdict="review", author="Anna")
        licence("settle", episode.number, "--licence", "CC-BY-4.0", "--source", "x")
        episode.refresh_from_db()
        assert episode.licence.verdict == "accepted"

    def test_refuses_an_unknown_licence(self):
        episode = make.episode(verdict="review")
        assert "no licence that we know" in refused(
            "settle", episode.number, "--licence", "free", "--source", "x"
        )

    def test_refuses_what_is_decided(self):
        episode = make.episode()
        said = refused("settle", episode.number, "--licence", "CC0-1.0", "--source", "x")
        assert "is accepted: only one in review can be settled" in said

    def test_asks_where_it_was_found(self):
        episode = make.episode(verdict="review")
        words = ("settle", episode.number, "--licence", "CC0-1.0")
        assert "--source" in refused(*words)
        assert "--source was empty" in refused(*words, "--source", " ")


class TestNaming:
    @pytest.mark.parametrize("name", ["9999", "nobody", "99999999999999999999", "²"])
    def test_refuses_what_is_no_episode(self, name):
        assert f"There is no episode {name}" in refused("show", name)

    def test_asks_which_of_two_with_the_same_guid(self):
        two = [make.episode(guid="same") for _ in range(2)]
        said = refused("show", "same")
        assert all(f"{episode.number} ({episode.podcast})" in said for episode in two)

    def test_goes_by_number_before_guid(self):
        meant = make.episode(verdict="review")
        other = make.episode(guid=str(meant.number), verdict="review")
        licence("refuse", meant.number, "--reason", "x")
        other.refresh_from_db()
        assert other.licence.verdict == "review"

    def test_of_podcasts_goes_by_number_or_guid(self):
        podcast = make.podcast(guid="talk")
        make.episode(podcast=podcast)
        make.episode()
        for name in ("talk", podcast.pk):
            assert "1 episode." in licence("list", "--podcast", name)
        assert f"{podcast.pk} ({podcast.title})" in refused("list", "--podcast", "nothing")

    def test_of_nothing_asks_for_something(self):
        assert "Name episodes, or a podcast" in refused("refuse", "--reason", "x")


class TestSettleOfAGroup:
    @pytest.fixture
    def podcast(self):
        podcast = make.podcast(author="Anna")
        for rule in ("silent", "silent", "unknown"):
            episode = make.episode(podcast=podcast, verdict=None)
            episode.licence = make.licence(episode, verdict="review", spdx="", rule=rule)
            episode.save()
        make.episode(podcast=podcast, verdict="blocked")
        return podcast

    WORDS = ("--licence", "CC-BY-4.0", "--source", "their page", "--rule", "silent")

    def test_takes_what_waits_under_a_rule(self, podcast):
        licence("settle", "--podcast", podcast.pk, *self.WORDS)
        found = podcast.episodes.order_by("pk").values_list("licence__verdict", flat=True)
        assert list(found) == ["accepted", "accepted", "review", "blocked"]

    def test_says_first_what_it_touches(self, podcast):
        said = licence("settle", "--podcast", podcast.pk, *self.WORDS, "--dry-run")
        assert "It touches 2 episodes, 2.0 min. accepted: 2." in said
        assert podcast.episodes.filter(licence__verdict="review").count() == 3

    def test_says_where_nothing_waits(self, podcast):
        words = ("--licence", "CC0-1.0", "--source", "x", "--rule", "conflict")
        assert "Nothing of that podcast waits" in refused("settle", "--podcast", podcast.pk, *words)


class TestRefuse:
    def test_leaves_episodes_out(self):
        episodes = [make.episode(verdict="review") for _ in range(2)]
        licence("refuse", *(one.number for one in episodes), "--reason", "No answer.")
        for episode in episodes:
            episode.refresh_from_db()
            assert (episode.licence.verdict, episode.licence.rule) == ("refused", "person")
            assert episode.licence.reason == "No answer."

    def test_tells_what_others_decided(self):
        waits, done = make.episode(verdict="review"), make.episode()
        said = licence("refuse", waits.number, done.number, "--reason", "No answer.")
        assert "1 was decided already, and stays so." in said

    def test_asks_why(self):
        episode = make.episode(verdict="review")
        assert "Say why" in refused("refuse", episode.number, "--reason", " ")
        assert "--reason" in refused("refuse", episode.number)

    def test_writes_nothing_on_a_dry_run(self):
        episode = make.episode(verdict="review")
        said = licence("refuse", episode.number, "--reason", "x", "--dry-run", "--json")
        assert json.loads(said) == {"episodes": 1, "seconds": 60.0, "verdicts": {"refused": 1}}
        assert LicenceDecision.objects.count() == 1


class TestHold:
    def test_goes_on_under_the_licence_of_that_time(self):
        episode = make.episode(source_file="aa/copy.mp3")
        episode.licence = make.licence(episode, verdict="review", spdx="", rule="changed")
        episode.save()
        licence("hold", "--podcast", episode.podcast.guid, "--reason", "Only new ones are ND.")
        episode.refresh_from_db()
        assert (episode.licence.verdict, episode.licence.rule) == ("accepted", "grant")

    def test_says_where_nothing_changed(self):
        episode = make.episode(verdict="review")
        assert "nothing was decided" in refused("hold", episode.number, "--reason", "x")
        assert "Say what you found" in refused("hold", episode.number, "--reason", " ")


class TestWho:
    """Every decision says who made it, whether an account stands for them or not."""

    SETTLE = ("--licence", "CC0-1.0", "--source", "x")

    @pytest.fixture(autouse=True)
    def login(self, monkeypatch):
        monkeypatch.setenv("LOGNAME", "cora")

    def decided(self, *words, verb="settle"):
        episode = make.episode(verdict="review")
        licence(verb, episode.number, *words)
        episode.refresh_from_db()
        return episode.licence

    def test_is_whoever_is_signed_in_to_the_machine(self):
        decision = self.decided(*self.SETTLE)
        assert (decision.decided_by, decision.said_by) == (None, "cora")
        said = licence("show", decision.episode.number)
        assert "cora, on the command line: accepted CC0-1.0" in said
        found = json.loads(licence("show", decision.episode.number, "--json"))
        assert found["decisions"][0]["decided_by"] == "cora, on the command line"

    def test_is_the_account_of_that_name(self):
        cora = make.user("curator", username="cora")
        decision = self.decided("--reason", "No answer.", verb="refuse")
        assert (decision.decided_by, decision.said_by) == (cora, "")
        assert " cora: refused" in licence("show", decision.episode.number)

    def test_is_no_account_that_may_not_decide(self):
        make.user("rater", username="cora")
        decision = self.decided(*self.SETTLE)
        assert (decision.decided_by, decision.said_by) == (None, "cora")

    def test_is_the_one_named(self):
        anna = make.user("curator", username="anna")
        assert self.decided(*self.SETTLE, "--by", "anna").decided_by == anna

    def test_is_named_where_a_copy_is_held_and_a_flag_lifted(self):
        anna = make.user("curator", username="anna")
        episode = make.episode(source_file="aa/copy.mp3")
        episode.licence = make.licence(episode, verdict="review", spdx="", rule="changed")
        episode.save()
        licence("hold", episode.number, "--reason", "x", "--by", "anna")
        episode.refresh_from_db()
        assert episode.licence.decided_by == anna
        podcast = make.podcast(flagged_at=NOW, flag="It changed.")
        waits = make.episode(podcast=podcast, verdict=None)
        waits.licence = make.licence(waits, verdict="review", spdx="", rule="flagged")
        waits.save()
        licence("lift", podcast.pk, "--reason", "Asked them.")
        assert podcast.checks.get().said_by == "cora"
        waits.refresh_from_db()
        assert (waits.licence.rule == "flagged", waits.licence.said_by) == (False, "cora")

    def test_must_be_somebody_who_may_decide(self):
        make.user("rater", username="rita")
        episode = make.episode(verdict="review")
        words = ("settle", episode.number, *self.SETTLE, "--by")
        assert "There is nobody called nobody" in refused(*words, "nobody")
        assert "rita may not decide" in refused(*words, "rita")


class TestShow:
    def test_tells_evidence_decisions_and_credit(self):
        episode = make.episode(author="Anna")
        make.evidence(episode, text="cc-by-4.0, as we say")
        said = licence("show", episode.number)
        for words in ("cc-by-4.0, as we say", "policy 1: accepted CC-BY-4.0", "by Anna, "):
            assert words in said

    def test_tells_it_as_json(self):
        episode = make.episode(verdict="review")
        found = json.loads(licence("show", episode.guid, "--json"))
        assert (found["credit"], found["evidence"]) == (None, [])
        assert [one["verdict"] for one in found["decisions"]] == ["review"]


class TestPolicy:
    def test_prints_the_table(self):
        said = licence("policy")
        assert f"Policy version {policy.POLICY_VERSION}." in said
        assert all(f"{code}: " in said for code in policy.RULES)

    def test_prints_all_of_it_as_json(self):
        assert json.loads(licence("policy", "--json")) == policy.document()


class TestFlags:
    def test_are_listed_and_lifted(self):
        podcast = make.podcast(flagged_at=NOW, flag="It changed.")
        assert "It changed." in licence("flags")
        assert json.loads(licence("flags", "--json"))[0]["podcast"] == podcast.pk
        assert "goes on" in licence("lift", podcast.pk, "--reason", "Asked them.")
        podcast.refresh_from_db()
        assert podcast.flagged_at is None
        assert "No feed changed its licence." in licence("flags")

    def test_are_lifted_once_and_with_a_reason(self):
        podcast = make.podcast()
        assert "has no flag" in refused("lift", podcast.pk, "--reason", "x")
        assert "Say what you found" in refused("lift", podcast.pk, "--reason", " ")


class TestRejudge:
    def test_lists_what_changes(self):
        episode = make.episode()
        make.evidence(episode, text="cc-by-nd-4.0")
        said = licence("rejudge", "--dry-run")
        assert (
            f"{episode.number:04d} {episode.title}: accepted CC-BY-4.0 → index only CC-BY-ND-4.0 [by-nd]."
            in said
        )
        assert "1 episode would be decided anew" in said
        assert LicenceDecision.objects.count() == 1

    def test_writes_it_and_tells_it_as_json(self):
        episode = make.episode()
        make.evidence(episode, text="cc-by-nd-4.0")
        found = json.loads(licence("rejudge", "--json"))
        assert (found["decided"], found["differences"][0]["verdict"]) == (1, "index_only")
        episode.refresh_from_db()
        assert (episode.licence.verdict, episode.licence.rule) == ("index_only", "by-nd")
        assert "0 episodes were decided anew" in licence("rejudge")
