"""The same recording under contradicting statements: the generous one waits for a person."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from corpus.actions import copies, licences, podcasts, policy, previews, reviews, twins
from corpus.core import feeds
from corpus.core.licences import Block, Observation
from corpus.engines.sources import Source
from corpus.models import Episode, LicenceDecision, Podcast
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
HERE = "https://x.example/1.mp3"
BY, SA, ND, NC = (
    f"https://creativecommons.org/licenses/{kind}/4.0/"
    for kind in ("by", "by-sa", "by-nd", "by-nc")
)
RESERVED = Observation("copyright", "channel", "All rights reserved")
SILENT = None


def said(statement, level="channel"):
    if isinstance(statement, Observation):
        return (replace(statement, level=level),)
    return (Observation("podcast:license", level, "", statement),) if statement else ()


def source(name, statement, *, address=HERE, block=None, guids=None, items=None):
    told = [
        replace(
            feeds.episode(guid=g, title=f"About {g}", enclosure_url=address.replace("1.mp3", at)),
            observations=said((items or {}).get(g), "item"),
            block=block,
        )
        for g, at in (guids or {f"of {name}": "1.mp3"}).items()
    ]
    feed = replace(feeds.empty(guid=name, title=name.title()), episodes=tuple(told))
    feed = replace(feed, observations=said(statement), block=block)
    body = f"<rss>{name} {statement} {told}</rss>".encode()
    return Source(feed, f"https://{name}.example/feed.xml", body)


def take_in(name, statement, *, day=0, **fields):
    found = source(name, statement, **fields)
    judged, at = podcasts.judge(found), NOW + timedelta(days=day)
    return podcasts.add(source=found, judged=judged, attribution="Anna", by=None, at=at)


def add(name, statement, *, day=0, **fields):
    report = take_in(name, statement, day=day, **fields)
    fetch(at=NOW + timedelta(days=day))
    return report


def fetch(*, at):
    """What may be fetched is, as a worker would, a day's work at once."""
    for episode in Episode.objects.may_be_cut().original().filter(source_file=""):
        episode.source_file = f"{episode.pk % 100:02d}/{make.sha256(episode.pk)}.mp3"
        episode.save(update_fields=["source_file"])
        twins.settle(episode, at=at)


def verdict(name):
    episode = Episode.objects.select_related("licence").get(guid=f"of {name}")
    return episode.licence.verdict, episode.licence.rule


def settle(name, spdx="CC-BY-SA-4.0", *, day=3):
    return licences.settle(
        episode=Episode.objects.get(guid=f"of {name}"),
        spdx=spdx,
        source="They wrote.",
        by=make.user(),
        at=NOW + timedelta(days=day),
    )


WAITS = ("review", "disputed")


class TestAtOneAddress:
    @pytest.mark.parametrize("is_first", [True, False], ids=["generous first", "strict first"])
    @pytest.mark.parametrize(
        ("generous", "strict", "words", "theirs"),
        [
            (SA, RESERVED, "all rights are reserved", "refused"),
            (SA, ND, "CC-BY-ND-4.0", "index_only"),
            (NC, ND, "CC-BY-ND-4.0", "index_only"),
        ],
    )
    def test_the_generous_one_waits_whichever_came_first(
        self, is_first, generous, strict, words, theirs
    ):
        both = [("mine", generous), ("theirs", strict)]
        for day, (name, statement) in enumerate(both if is_first else both[::-1]):
            add(name, statement, day=day)
        assert verdict("mine") == WAITS
        assert verdict("theirs")[0] == theirs
        reason = Episode.objects.get(guid="of mine").licence.reason
        assert words in reason
        assert "“About of theirs”, of the podcast “Theirs”" in reason

    def test_the_generous_one_waits_where_the_other_is_non_commercial(self):
        add("mine", BY)
        add("theirs", NC, day=1)
        assert verdict("mine") == WAITS

    def test_the_generous_one_is_a_copy_where_the_non_commercial_one_is_here(self):
        add("theirs", NC)
        add("mine", BY, day=1)
        assert Episode.objects.get(guid="of mine").duplicate_of.guid == "of theirs"
        assert verdict("theirs") == ("non_commercial", "by-nc")

    @pytest.mark.parametrize("is_first", [True, False])
    def test_a_block_contradicts(self, is_first):
        block = Block("podcast:block", "yes", None)
        if is_first:
            add("theirs", SA, block=block)
        add("mine", SA)
        add("theirs", SA, block=block)
        assert (verdict("mine"), verdict("theirs")) == (WAITS, ("blocked", "blocked"))

    @pytest.mark.parametrize("statement", [SILENT, BY, SA, "https://x.example/our-words"])
    def test_silence_and_what_may_be_cut_as_well_contradict_nobody(self, statement):
        add("mine", BY)
        add("theirs", statement)
        assert verdict("mine") == ("accepted", "by")

    def test_all_generous_ones_wait(self):
        add("mine", BY)
        add("other", SA)
        add("theirs", RESERVED)
        assert verdict("mine") == WAITS
        other = Episode.objects.get(guid="of other")
        assert other.duplicate_of.guid == "of mine"  # which waits: neither is cut

    def test_items_of_one_podcast_contradict_each_other_too(self):
        both = {"of mine": "1.mp3", "of theirs": "1.mp3"}
        add("mine", BY, guids=both, items={"of theirs": ND})
        assert (verdict("mine"), verdict("theirs")) == (WAITS, ("index_only", "by-nd"))
        assert "of this podcast" in Episode.objects.get(guid="of mine").licence.reason

    def test_until_it_is_fetched_each_shows_what_its_own_feed_states(self):
        take_in("theirs", RESERVED)
        take_in("mine", BY)
        assert verdict("mine") == ("accepted", "by")
        fetch(at=NOW)
        assert verdict("mine") == WAITS

    def test_it_leaves_the_queues_and_is_in_the_review_queue_with_what_was_said(self):
        add("mine", SA)
        add("theirs", RESERVED)
        episode = Episode.objects.get(guid="of mine")
        assert episode not in Episode.objects.may_be_cut()
        (group,) = reviews.groups(reviews.waiting({}), [episode])
        assert (group.code, group.rule.verdict) == WAITS[::-1]
        assert [one.url for one in group.said] == [SA]

    def test_many_are_one_question(self):
        many = {f"m{n}": f"{n}.mp3" for n in range(5)}
        add("mine", SA, guids=many)
        add("theirs", RESERVED, guids={f"t{n}": f"{n}.mp3" for n in range(5)})
        waiting = Episode.objects.filter(licence__rule="disputed")
        assert waiting.count() == 5
        assert waiting.values("licence__reason").distinct().count() == 1

    def test_the_report_counts_what_it_stopped(self):
        add("theirs", RESERVED)
        Episode.objects.update(address_key="")  # as before addresses were compared
        add("mine", SA)
        Episode.objects.update(address_key=copies.address_key(HERE))
        report = add("mine", SA, day=1)
        assert [one.guid for one in report.changed] == ["of mine"]
        assert report.unchanged == []
        assert [one.guid for one in report.stand] == ["of mine"]

    def test_asks_no_more_for_many_than_for_few(self):
        n = {}
        for size in (3, 300):
            there = f"https://of{size}.example/1.mp3"
            for name, statement in (("t", RESERVED), ("m", SA)):
                guids = {f"{name}{size}-{k}": f"{k}/1.mp3" for k in range(size)}
                with CaptureQueriesContext(connection) as asked:
                    take_in(f"{name}{size}", statement, guids=guids, address=there)
                n[size, name] = len(asked)
        assert (n[300, "t"], n[300, "m"]) == (n[3, "t"], n[3, "m"])
        assert max(n.values()) < 45


class TestAgain:
    @pytest.mark.parametrize("names", [("mine", "theirs"), ("theirs", "mine")])
    def test_reading_both_feeds_again_changes_nothing(self, names):
        said = {"mine": SA, "theirs": RESERVED}
        for name in names:
            add(name, said[name])
        n = LicenceDecision.objects.count()
        for day in (1, 2):
            for name, statement in said.items():
                report = add(name, statement, day=day)
                assert (report.changed, len(report.unchanged)) == ([], 1)
        assert LicenceDecision.objects.count() == n
        assert verdict("mine") == WAITS
        assert Podcast.objects.exclude(flagged_at=None).count() == 0

    def test_it_stands_until_a_person_answers_though_the_other_one_loosens(self):
        add("mine", SA)
        add("theirs", RESERVED)
        add("theirs", SA, day=1)
        add("mine", SA, day=2)
        assert verdict("mine") == WAITS

    def test_a_new_policy_forgets_no_dispute(self, monkeypatch):
        add("mine", SA)
        add("theirs", RESERVED)
        monkeypatch.setattr(policy, "POLICY_VERSION", "of tomorrow")
        found = policy.rejudge(at=NOW)
        assert (found.n, found.differences) == (2, ())
        assert verdict("mine") == WAITS


class TestPerson:
    def refreshed(self, *, day):
        add("mine", SA, day=day)
        add("theirs", RESERVED, day=day + 1)

    @pytest.mark.parametrize("names", [("mine", "theirs"), ("theirs", "mine")])
    def test_settles_it_for_good(self, names):
        said = {"mine": SA, "theirs": RESERVED}
        for name in names:
            add(name, said[name])
        assert settle("mine").verdict == "accepted"
        n = LicenceDecision.objects.count()
        self.refreshed(day=4)
        assert verdict("mine")[0] == "accepted"
        assert LicenceDecision.objects.count() == n
        assert Episode.objects.may_be_cut().original().get().guid == "of mine"

    def test_may_answer_with_the_stricter_statement(self):
        add("mine", BY)
        add("theirs", NC)
        assert settle("mine", "CC-BY-NC-4.0").verdict == "non_commercial"
        add("mine", BY, day=4)
        add("theirs", NC, day=5)
        assert verdict("mine")[0] == "non_commercial"

    def test_may_not_answer_with_another_licence_that_the_feed_does_not_give(self):
        add("mine", SA)
        add("theirs", RESERVED)
        assert settle("mine", "CC0-1.0").rule == "differs"

    def test_refuses_for_good(self):
        add("mine", SA)
        add("theirs", RESERVED)
        episode = Episode.objects.get(guid="of mine")
        licences.refuse(episode=episode, reason="Stolen.", by=make.user(), at=NOW)
        self.refreshed(day=4)
        assert verdict("mine") == ("refused", "person")

    def test_is_asked_about_what_is_stated_later(self):
        add("mine", SILENT)
        settle("mine", "CC-BY-4.0")
        add("theirs", RESERVED, day=4)
        assert verdict("mine") == WAITS

    def test_holds_a_written_permission_against_all(self):
        add("mine", SILENT)
        licences.settle(
            episode=Episode.objects.get(),
            spdx="CC-BY-4.0",
            source="Their letter.",
            in_writing=True,
            by=make.user(),
            at=NOW,
        )
        add("theirs", RESERVED, day=4)
        assert verdict("mine") == ("accepted", "permission")


class TestFoundLater:
    def file(self, name):
        return f"{make.sha256(name)[:2]}/{make.sha256(name)}.mp3"

    def pair(self, stricter="non_commercial", spdx="CC-BY-NC-4.0", **fields):
        mine, theirs = (make.episode(**fields) for _ in range(2))
        theirs.licence = make.licence(theirs, verdict=stricter, spdx=spdx)
        theirs.save()
        return mine, theirs

    @pytest.mark.parametrize("which", [0, 1])
    @pytest.mark.parametrize("rung", ["source_file", "master_file"])
    def test_bytes_and_samples(self, which, rung):
        mine, theirs = pair = self.pair(**{rung: self.file("a")})
        for _ in range(2):
            twins.settle(pair[which], at=NOW)
        mine.refresh_from_db()
        theirs.refresh_from_db()
        assert (mine.licence.verdict, mine.licence.rule) == WAITS
        assert theirs.licence.verdict == "non_commercial"
        assert mine.licence_decisions.count() == 2
        assert (mine.duplicate_of, theirs.duplicate_of) == (theirs, None)

    def test_a_fingerprint(self):
        mine, theirs = self.pair("refused", "")
        Episode.objects.filter(pk=theirs.pk).update(duplicate_of=mine, duplicate_by="fingerprint")
        twins.settle(theirs, at=NOW)
        mine.refresh_from_db()
        assert (mine.licence.rule, mine.duplicate_of) == ("disputed", None)
        assert theirs.podcast.title in mine.licence.reason

    def test_leaves_what_a_person_decided_before(self):
        mine, theirs = self.pair(source_file=self.file("a"))
        mine.licence = make.licence(mine, decided_by=make.user(), decided_at=NOW)
        mine.save()
        twins.settle(theirs, at=NOW)
        mine.refresh_from_db()
        assert mine.licence.verdict == "accepted"


class TestPreview:
    def shown(self, *args, **fields):
        found = source(*args, **fields)
        return previews.of(found, podcasts.judge(found))

    def test_counts_and_says_what_enters_as_a_copy(self):
        add("mine", BY)
        shown = self.shown("other", BY, guids={"a": "1.mp3", "b": "2.mp3"})
        assert (shown["summary"]["copies"], shown["summary"]["disputed"]) == (1, 0)
        (note,) = shown["notes"]
        assert note == (
            "1 is a recording that is here already: it enters as a copy and is not fetched again."
        )
        report = add("other", BY, guids={"a": "1.mp3", "b": "2.mp3"})
        assert sum(one.duplicate_of_id is not None for one in report.added) == 1

    def test_says_that_many_are(self):
        add("mine", BY, guids={"a": "1.mp3", "b": "2.mp3"})
        (note,) = self.shown("other", BY, guids={"a": "1.mp3", "b": "2.mp3"})["notes"]
        assert note.startswith("2 are recordings that are here already: they enter as copies and")

    def test_says_that_what_is_new_would_wait(self):
        add("theirs", RESERVED)
        shown = self.shown("mine", SA)
        assert (shown["summary"]["copies"], shown["summary"]["disputed"]) == (0, 1)
        assert "1 episode of this source would wait" in shown["notes"][0]
        assert "“Theirs”" in shown["notes"][0]

    def test_says_that_what_is_here_would_wait(self):
        add("mine", SA)
        shown = self.shown("theirs", RESERVED)
        assert (shown["summary"]["copies"], shown["summary"]["disputed"]) == (0, 1)
        assert "1 episode of what is here already would stop" in shown["notes"][0]
        assert verdict("mine") == ("accepted", "by-sa")

    def test_is_silent_about_what_waits_already(self):
        add("mine", SA)
        add("theirs", RESERVED)
        for name, statement in (("mine", SA), ("theirs", RESERVED)):
            assert self.shown(name, statement)["summary"]["disputed"] == 0

    def test_is_silent_about_what_a_person_settled_and_about_itself(self):
        add("mine", SA)
        add("theirs", RESERVED)
        settle("mine")
        for name, statement in (("mine", SA), ("theirs", RESERVED)):
            shown = self.shown(name, statement)
            assert (shown["notes"], shown["summary"]["disputed"]) == ([], 0)
