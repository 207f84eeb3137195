"""A podcast whose statement changes: what was taken is asked about, and what is new waits."""

from dataclasses import replace
from datetime import timedelta

import pytest

from corpus.actions import licences, podcasts
from corpus.core import feeds
from corpus.core.licences import Observation
from corpus.engines.sources import Source
from corpus.models import Episode, FeedCheck, LicenceDecision, LicenceEvidence, Podcast
from tests.factories import corpus as make
from tests.factories.corpus import NOW

BY, SA, ND, NC = (
    f"https://creativecommons.org/licenses/{kind}/4.0/"
    for kind in ("by", "by-sa", "by-nd", "by-nc")
)
pytestmark = pytest.mark.django_db


def add(*guids, licence=BY, day=0, given=(), items=None):
    """Read the feed that lists these episodes on this day; `items`: guid → its own licence."""
    told = [
        replace(
            feeds.episode(guid=g, title=g, enclosure_url=f"https://x.example/{g}"),
            observations=says((items or {}).get(g, ""), "item"),
        )
        for g in guids
    ]
    feed = replace(feeds.empty(guid="aaaa", title="Small talk"), episodes=tuple(told))
    feed = replace(feed, observations=says(licence, "channel"))
    source = Source(feed, "https://x.example/feed.xml", f"<rss>{licence} {guids}</rss>".encode())
    at = NOW + timedelta(days=day)
    judged = podcasts.judge(source, given=given)
    return podcasts.add(source=source, judged=judged, attribution="Anna", by=None, at=at)


def says(licence, level):
    return (Observation("podcast:license", level, "", licence),) if licence else ()


def verdicts():
    rows = Episode.objects.order_by("guid").values_list("guid", "licence__verdict", "licence__rule")
    return {guid: (verdict, rule) for guid, verdict, rule in rows}


class TestFlag:
    @pytest.mark.parametrize(
        ("licence", "words"),
        [(ND, "CC-BY-ND-4.0"), (NC, "CC-BY-NC-4.0"), (SA, "CC-BY-SA-4.0"), ("", "no licence")],
    )
    def test_is_raised_when_a_statement_changes_about_what_was_taken(self, licence, words):
        add("1", "2")
        add("1", "2", licence=licence, day=1)
        podcast = Podcast.objects.get()
        assert podcast.flagged_at == NOW + timedelta(days=1)
        assert podcast.flag.startswith("On 2 March 2026 the feed began to state")
        assert words in podcast.flag
        assert "instead of CC-BY-4.0, about 2 episodes" in podcast.flag

    @pytest.mark.parametrize("before", ["", ND])
    def test_is_not_raised_about_what_was_never_taken(self, before):
        add("1", licence=before)
        add("1", licence=BY, day=1)
        assert Podcast.objects.get().flagged_at is None

    def test_is_not_raised_by_words_that_change_no_verdict(self):
        add("1")
        add("1", licence="https://creativecommons.org/licenses/by/4.0/deed.de", day=1)
        assert LicenceEvidence.objects.count() == 2
        assert Podcast.objects.get().flagged_at is None

    def test_is_not_raised_by_what_a_person_states(self):
        for day, spdx in enumerate(("CC-BY-4.0", "CC-BY-SA-4.0")):
            add("1", licence="", day=day, given=podcasts.given(spdx, attribution="Anna"))
        assert Podcast.objects.get().flagged_at is None

    def test_is_raised_once(self):
        add("1")
        for day in (1, 2, 3):
            add("1", licence=ND, day=day)
        assert Podcast.objects.get().flagged_at == NOW + timedelta(days=1)
        assert LicenceDecision.objects.count() == 2

    def test_tells_every_change(self):
        add("1")
        add("1", licence=SA, day=1)
        add("1", licence=NC, day=2)
        flag = Podcast.objects.get().flag
        assert "CC-BY-SA-4.0 instead of CC-BY-4.0" in flag
        assert "CC-BY-NC-4.0 instead of CC-BY-SA-4.0" in flag


class TestWhileAFlagStands:
    def test_new_episodes_wait(self):
        add("1")
        report = add("1", "2", licence=SA, day=1)
        assert verdicts() == {"1": ("accepted", "by-sa"), "2": ("review", "flagged")}
        waiting = Episode.objects.get(guid="2").licence
        assert waiting.reason.startswith("The podcast's statement changed on 2 March 2026;")
        assert (waiting.spdx, waiting.url) == ("", "")
        assert [episode.guid for episode in report.stand] == ["2"]

    def test_they_wait_whatever_the_order_in_the_feed(self):
        add("2")
        add("1", "2", licence=SA, day=1)
        assert verdicts()["1"] == ("review", "flagged")

    def test_they_still_wait_the_time_after(self):
        add("1")
        add("1", "2", licence=SA, day=1)
        report = add("1", "2", licence=SA, day=2)
        assert len(report.unchanged) == 2
        assert verdicts()["2"] == ("review", "flagged")

    def test_what_waited_before_waits_on(self):
        add("1", "2", items={"1": "https://x.example/own-words"})
        assert verdicts()["1"][0] == "review"
        add("1", "2", licence=SA, day=1)
        assert verdicts()["1"] == ("review", "flagged")

    def test_what_may_not_be_cut_is_decided_as_ever(self):
        add("1")
        add("1", "2", "3", licence=SA, day=1, items={"2": ND, "3": NC})
        assert verdicts()["2"] == ("index_only", "by-nd")
        assert verdicts()["3"] == ("review", "flagged")


class TestLiftFlag:
    def lifted(self, **fields):
        given = {"by": make.user(), "at": NOW + timedelta(days=3), "reason": "They told us why."}
        return podcasts.lift_flag(podcast=Podcast.objects.get(), **given | fields)

    def test_judges_what_waited_by_its_own_evidence(self):
        add("1")
        add("1", "2", "3", licence=SA, day=1, items={"3": NC})
        person = make.user()
        episodes = self.lifted(by=person)
        assert {episode.guid for episode in episodes} == {"2", "3"}
        assert verdicts()["2"] == ("accepted", "by-sa")
        assert verdicts()["3"] == ("non_commercial", "by-nc")
        decision = Episode.objects.get(guid="2").licence
        assert (decision.decided_by, decision.decided_at) == (person, NOW + timedelta(days=3))
        podcast = Podcast.objects.get()
        assert (podcast.flagged_at, podcast.flag) == (None, "")

    def test_says_who_and_why_even_where_nothing_waited(self):
        add("1")
        add("1", licence=SA, day=1)
        person = make.user()
        assert self.lifted(by=person) == []
        check = FeedCheck.objects.get(outcome="lifted")
        assert (check.asked_by, check.notes) == (person, ["They told us why."])

    def test_lets_new_episodes_in_again(self):
        add("1")
        add("1", licence=SA, day=1)
        self.lifted()
        add("1", "2", licence=SA, day=4)
        assert verdicts()["2"] == ("accepted", "by-sa")
        assert Podcast.objects.get().flagged_at is None

    def test_leaves_what_the_change_made_a_question_to_persons(self):
        add("1")
        add("1", licence=ND, day=1)
        self.lifted()
        assert verdicts()["1"] == ("review", "changed")

    def test_leaves_what_a_person_settled_meanwhile(self):
        add("1")
        add("1", "2", licence=SA, day=1)
        episode = Episode.objects.get(guid="2")
        licences.refuse(episode=episode, reason="No.", by=make.user(), at=NOW + timedelta(days=2))
        assert self.lifted() == []
        assert verdicts()["2"][0] == "refused"

    @pytest.mark.parametrize("reason", ["", "  "])
    def test_asks_why(self, reason):
        add("1")
        add("1", licence=SA, day=1)
        with pytest.raises(podcasts.NoReason):
            self.lifted(reason=reason)
        assert Podcast.objects.get().flagged_at

    def test_is_told_that_somebody_was_faster(self):
        add("1")
        with pytest.raises(podcasts.NotFlagged):
            self.lifted()
