"""What a new version of the policy makes of older decisions."""

from datetime import timedelta

import pytest

from corpus.actions import licences, policy
from corpus.core.policy import POLICY_VERSION
from corpus.models import LicenceDecision
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def old(verdict="accepted", said=(), **fields):
    """An episode that version 1 decided, with what its feed says."""
    episode = make.episode(verdict=None)
    spdx = "CC-BY-4.0" if verdict in LicenceDecision.MAY_BE_CUT else ""
    words = {"policy_version": "1", "verdict": verdict, "spdx": spdx, **fields}
    episode.licence = make.licence(episode, **words)
    episode.save()
    for element, text in said:
        make.evidence(episode, level="channel", element=element, text=text)
    return episode


BY, ND, MUSIC = (
    ("podcast:license", "cc-by-4.0"),
    ("podcast:license", "cc-by-nd-4.0"),
    ("podcast:medium", "music"),
)


def now(episode):
    episode.refresh_from_db()
    return episode.licence


class TestRejudge:
    def test_names_rule_and_version_where_nothing_changes(self):
        episode = old(said=[BY])
        found = policy.rejudge(at=LATER)
        assert (found.n, found.differences) == (1, ())
        decision = now(episode)
        assert (decision.rule, decision.policy_version, decision.decided_at) == (
            "by",
            POLICY_VERSION,
            LATER,
        )
        assert decision.decided_by is None

    def test_lists_what_the_new_policy_decides_otherwise(self):
        episode = old(said=[BY, MUSIC])
        (one,) = policy.rejudge(at=LATER).differences
        assert (one.episode, one.before.verdict, one.now.rule) == (episode, "accepted", "medium")
        assert now(episode).verdict == "review"

    def test_writes_nothing_on_a_dry_run(self):
        episode = old(said=[BY, MUSIC])
        found = policy.rejudge(at=LATER, is_dry=True)
        assert (found.n, len(found.differences)) == (1, 1)
        assert now(episode).policy_version == "1"

    def test_a_second_time_finds_nothing_to_do(self):
        old(said=[BY])
        policy.rejudge(at=LATER)
        assert policy.rejudge(at=LATER) == policy.Rejudged(0, ())

    def test_leaves_what_people_decided(self):
        anna = make.user()
        kept = [old(said=[BY, MUSIC], decided_by=anna)]
        kept.append(old("refused", policy_version=licences.BY_HAND))
        kept.append(old(said=[BY, MUSIC], said_by="cora"))
        assert policy.rejudge(at=LATER).n == 0
        assert [now(episode).policy_version for episode in kept] == ["1", licences.BY_HAND, "1"]

    def test_hears_what_people_gave(self):
        episode = old("review")
        make.evidence(episode, level="given", element=licences.STATEMENT, text="CC0-1.0")
        policy.rejudge(at=LATER)
        assert (now(episode).verdict, now(episode).rule) == ("accepted", "statement")

    def test_goes_on_waiting_where_a_granted_episode_changed_its_source(self):
        episode = old(said=[BY])
        episode.licence = make.licence(episode, verdict="review", spdx="", policy_version="1")
        episode.save()
        make.evidence(episode, level="channel", text="cc-by-nd-4.0", seen_at=LATER)
        policy.rejudge(at=LATER)
        assert (now(episode).verdict, now(episode).rule) == ("review", "changed")

    def test_leaves_what_waits_behind_a_flag_to_the_person_who_lifts_it(self):
        episode = old("review", said=[BY], rule="flagged")
        podcast = episode.podcast
        podcast.flagged_at, podcast.flag = NOW, "It changed."
        podcast.save()
        assert policy.rejudge(at=LATER).n == 0
        podcast.flagged_at, podcast.flag = None, ""
        podcast.save()
        assert policy.rejudge(at=LATER).n == 1

    def test_goes_through_more_than_one_batch(self, monkeypatch):
        monkeypatch.setattr(policy, "AT_ONCE", 2)
        episodes = [old(said=[BY]) for _ in range(5)]
        assert policy.rejudge(at=LATER).n == 5
        assert {now(episode).policy_version for episode in episodes} == {POLICY_VERSION}

    def test_keeps_what_it_was_before(self):
        episode = old(said=[ND])
        policy.rejudge(at=LATER)
        verdicts = episode.licence_decisions.order_by("pk").values_list("verdict", flat=True)
        assert list(verdicts) == ["accepted", "index_only"]
