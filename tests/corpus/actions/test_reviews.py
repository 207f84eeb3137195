"""What waits for a person about licences."""

from datetime import timedelta

import pytest

from corpus.actions import documents, licences, reviews
from corpus.models import Withdrawal
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def waiting(podcast, reason="Nothing was said.", rule="silent", **fields):
    """An episode in review."""
    episode = make.episode(podcast=podcast, verdict=None, **fields)
    episode.licence = make.licence(episode, verdict="review", spdx="", rule=rule, reason=reason)
    episode.save()
    return episode


def groups(**wish):
    rows = reviews.waiting(wish)
    return reviews.groups(rows, list(reviews.firsts(rows).order_by("pk")))


class TestGroups:
    def test_are_of_one_podcast_one_rule_and_the_same_words(self):
        talk, music = make.podcast(), make.podcast()
        for _ in range(3):
            waiting(talk)
        waiting(talk, reason="Nothing else was said.")
        waiting(talk, rule="unknown")
        waiting(music)
        found = [(group.podcast, group.code, group.n) for group in groups()]
        assert found == [
            (talk, "silent", 3),
            (talk, "silent", 1),
            (talk, "unknown", 1),
            (music, "silent", 1),
        ]

    def test_add_up_the_sound_as_far_as_it_is_known(self):
        podcast = make.podcast()
        waiting(podcast)  # a minute
        waiting(podcast, n_samples=None, claimed_seconds=30.0)
        waiting(podcast, n_samples=None)
        (group,) = groups()
        assert group.seconds == 90.0
        assert reviews.touched(reviews.waiting({})) == reviews.Touched(3, 90.0)

    def test_show_what_counts_of_the_evidence(self):
        episode = waiting(make.podcast(), rule="conflict")
        make.evidence(episode, text="old", source_sha256="a", seen_at=NOW)
        make.evidence(episode, text="new", source_sha256="b", seen_at=LATER)
        (group,) = groups()
        assert [one.text for one in group.said] == ["new"]
        assert group.rule.code == "conflict"

    def test_lead_to_the_document_that_is_kept(self):
        podcast = make.podcast()
        kept = documents.keep(b"<rss/>", source=podcast.source, at=NOW)
        episode = waiting(podcast)
        make.evidence(episode, source_sha256=kept.sha256)
        (group,) = groups()
        assert group.said[0].sha256 == kept.sha256
        assert group.document == kept

    def test_do_not_name_a_document_that_nobody_kept(self):
        episode = waiting(make.podcast())
        make.evidence(episode, source_sha256=make.sha256("gone"))
        (group,) = groups()
        assert (group.said[0].sha256, group.document) == ("", None)

    def test_leave_out_what_is_decided(self):
        make.episode()
        make.episode(verdict=None)
        assert groups() == []

    @pytest.mark.parametrize("verdict", ["accepted", "refused"])
    def test_show_another_verdict_where_it_is_asked_for(self, verdict):
        make.episode(verdict=verdict)
        waiting(make.podcast())
        assert [group.verdict for group in groups(verdict=verdict)] == [verdict]

    def test_of_a_decision_without_a_rule_have_none(self):
        waiting(make.podcast(), rule="")
        assert groups()[0].rule is None


class TestGroup:
    def test_holds_all_that_was_said_the_most_frequent_first(self):
        podcast = make.podcast()
        episodes = [waiting(podcast, rule="free-text") for _ in range(3)]
        for episode, text in zip(episodes, ("© A", "© B", "© B"), strict=True):
            make.evidence(episode, element="copyright", text=text)
        (group,) = groups()
        found = reviews.group(
            {"podcast": podcast, "rule": "free-text", "statement": group.statement}
        )
        assert [(one.text, one.n) for one in found.said] == [("© B", 2), ("© A", 1)]

    def test_is_none_once_it_is_answered(self):
        assert reviews.group({"podcast": make.podcast(), "statement": "x"}) is None


class TestChosen:
    def test_are_those_that_were_on_the_page(self):
        podcast = make.podcast()
        first, second = waiting(podcast), waiting(podcast)
        seen = reviews.group({"podcast": podcast}).upto
        waiting(podcast)
        assert set(reviews.chosen({"podcast": podcast}, upto=seen, only=None)) == {first, second}
        assert set(reviews.chosen({"podcast": podcast}, upto=seen, only=[second.pk])) == {second}

    def test_are_never_of_another_question(self):
        other = waiting(make.podcast())
        wish = {"podcast": waiting(make.podcast()).podcast}
        assert not reviews.chosen(wish, upto=10**6, only=[other.pk]).exists()


class TestDecisions:
    def test_are_found_by_verdict_rule_podcast_version_and_who(self):
        anna = make.user()
        mine = make.episode(verdict=None)
        wanted = make.licence(mine, rule="by", policy_version="2", decided_by=anna)
        hand = make.licence(mine, verdict="refused", policy_version=licences.BY_HAND, rule="person")
        typed = make.licence(mine, policy_version="1", rule="by", said_by="cora")
        other = make.licence(make.episode(verdict=None), verdict="blocked", rule="blocked")

        def found(**wish):
            return set(reviews.decisions(wish))

        assert found() == {wanted, hand, typed, other}
        assert found(verdict="blocked") == found(rule="blocked") == found(who="policy") == {other}
        assert found(who="people") == found(podcast=mine.podcast) == {wanted, hand, typed}
        assert found(version="2") == {wanted}


class TestFlags:
    def test_hold_what_was_said_before_and_now(self):
        podcast = make.podcast(flagged_at=LATER, flag="It changed.")
        episode = make.episode(podcast=podcast)
        new = waiting(podcast, rule="flagged")
        make.evidence(episode, level="channel", text="cc-by-4.0")
        make.evidence(episode, level="channel", text="cc-by-nd-4.0", seen_at=LATER)
        make.evidence(new, text="of a new episode", seen_at=LATER)
        make.clip(episode=episode)
        (flag,) = reviews.flags()
        assert [one.text for one in flag.before] == ["cc-by-4.0"]
        assert [one.text for one in flag.after] == ["cc-by-nd-4.0"]
        assert (flag.n_taken, flag.n_clips, flag.n_waiting) == (1, 1, 1)

    def test_see_the_last_change_of_several(self):
        podcast = make.podcast(flagged_at=LATER, flag="It changed.")
        episode = make.episode(podcast=podcast)
        for days, text in enumerate(("one", "two", "three", "four")):
            make.evidence(episode, text=text, seen_at=LATER + timedelta(days=days - 2))
        (flag,) = reviews.flags()
        assert ([one.text for one in flag.before], [one.text for one in flag.after]) == (
            ["two"],
            ["four"],
        )

    def test_are_of_flagged_podcasts_only(self):
        make.podcast()
        assert reviews.flags() == []


class TestSuggestion:
    def test_is_the_licence_of_the_feed_where_speech_is_the_question(self):
        episode = make.episode(verdict="review")
        make.evidence(episode)
        make.evidence(episode, element="podcast:medium", text="music")
        found = licences.judged(episode)
        licences.decide(episode, found, version="2", by=None, at=NOW)
        assert reviews.suggestion(episode) == "CC-BY-4.0"

    def test_is_nothing_for_any_other_question(self):
        episode = waiting(make.podcast(), rule="free-text")
        make.evidence(episode, element="copyright", text="CC BY 4.0")
        assert reviews.suggestion(episode) == ""
        assert reviews.suggestion(make.episode(verdict=None)) == ""


class TestLicenceChoices:
    def test_hold_every_licence_once_by_what_it_allows(self):
        known = [one for _words, some in reviews.licence_choices()[1:] for one, _ in some]
        assert len(known) == len(set(known)) == 53
        assert known[0].endswith("4.0")


class TestHistory:
    def test_shows_what_no_longer_counts_too(self):
        episode = make.episode()
        make.evidence(episode, text="old", seen_at=NOW)
        make.evidence(episode, text="", element=licences.SILENCE, seen_at=LATER)
        found = reviews.history(episode)
        assert [(one.text, one.is_silence) for one in found] == [("", True), ("old", False)]


class TestWaiting:
    def test_leaves_out_what_was_taken_back(self):
        episode = waiting(make.podcast())
        taken = {
            "kind": "episode",
            "episode": episode,
            "reason_class": "rights",
            "reason": "They asked.",
        }
        episode.withdrawal = Withdrawal.objects.create(withdrawn_at=NOW, erase_after=LATER, **taken)
        episode.save()
        assert not reviews.waiting({}).exists()
