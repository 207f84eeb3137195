from dataclasses import replace
from datetime import timedelta

import pytest

from corpus.actions import licences, podcasts
from corpus.core import feeds
from corpus.core.licences import Block, Observation
from corpus.engines.sources import Source, digest
from corpus.models import (
    Episode,
    FeedDocument,
    FeedWatch,
    LicenceDecision,
    LicenceEvidence,
    Podcast,
)
from tests.factories import corpus as make
from tests.factories.corpus import NOW

LATER = NOW + timedelta(days=1)
BLOCK = Block("podcast:block", "yes")
pytestmark = pytest.mark.django_db
BY = "https://creativecommons.org/licenses/by/4.0/"
ND = "https://creativecommons.org/licenses/by-nd/4.0/"
NC = "https://creativecommons.org/licenses/by-nc/4.0/"


def says(url):
    return (Observation("podcast:license", "channel", "", url),) if url else ()


def source(*guids, licence=BY, block=None, **fields):
    told = [
        replace(
            feeds.episode(guid=g, title=f"About {g}", enclosure_url=f"https://x.example/{g}"),
            block=block,
        )
        for g in guids or ("1",)
    ]
    feed = feeds.empty(guid="aaaa", title="Small talk")
    feed = replace(feed, episodes=tuple(told), observations=says(licence), **fields)
    return Source(feed, "https://x.example/feed.xml", b"<rss/>", ("one was left out",))


def add(found, *, given=(), attribution="", at=NOW, by=None):
    judged = podcasts.judge(found, given=given)
    return podcasts.add(source=found, judged=judged, attribution=attribution, by=by, at=at)


class TestJudge:
    @pytest.mark.parametrize(
        ("licence", "verdict"),
        [(BY, "accepted"), (ND, "index_only"), (NC, "non_commercial"), ("", "review")],
    )
    def test_weighs_what_the_feed_says(self, licence, verdict):
        (one,) = podcasts.judge(source(licence=licence))
        assert one.decision.verdict == verdict
        assert one.decision.reason

    def test_takes_a_statement_where_the_feed_is_silent(self):
        given = podcasts.given("CC-BY-4.0", attribution="Anna")
        (one,) = podcasts.judge(source(licence=""), given=given)
        assert (one.decision.verdict, one.decision.spdx) == ("accepted", "CC-BY-4.0")

    def test_lets_no_statement_loosen_what_the_feed_forbids(self):
        given = podcasts.given("CC0-1.0", attribution="")
        (one,) = podcasts.judge(source(licence=ND), given=given)
        assert one.decision.verdict not in LicenceDecision.MAY_BE_CUT

    def test_writes_nothing(self):
        podcasts.judge(source())
        assert not Podcast.objects.exists()


class TestGiven:
    @pytest.mark.parametrize("licence", ["CC-BY-4.0", BY, "cc-by-4.0"])
    def test_is_an_id_or_an_address(self, licence):
        (seen,) = podcasts.given(licence, attribution="Anna")
        assert (seen.level, seen.text) == ("given", "CC-BY-4.0")

    @pytest.mark.parametrize("licence", ["free", "MIT", "https://x.example/licence"])
    def test_is_refused_where_we_do_not_know_it(self, licence):
        with pytest.raises(ValueError, match="no licence that we know"):
            podcasts.given(licence, attribution="Anna")

    @pytest.mark.parametrize("attribution", ["", "  "])
    def test_asks_whom_to_credit(self, attribution):
        with pytest.raises(ValueError, match="asks for credit"):
            podcasts.given("CC-BY-SA-4.0", attribution=attribution)

    def test_asks_nobody_s_name_for_cc0(self):
        assert podcasts.given("CC0-1.0", attribution="")


class TestAdd:
    def test_takes_podcast_and_episodes_in(self):
        person = make.user()
        report = add(source("1", "2", language="en-GB", author="Anna"), by=person)
        assert [e.guid for e in report.added] == ["1", "2"]
        assert report.left_out == ["one was left out"]
        assert (report.podcast.author, report.podcast.added_by) == ("Anna", person)
        episode = Episode.objects.get(guid="1")
        assert (episode.title, episode.language, episode.author) == ("About 1", "en-GB", "Anna")
        assert episode.licence.verdict == "accepted"

    def test_numbers_episodes_through_all_podcasts(self):
        make.episode(number=7)
        report = add(source("1", "2"))
        assert [e.number for e in report.added] == [8, 9]

    def test_keeps_what_was_seen_and_in_which_bytes(self):
        add(source())
        seen = LicenceEvidence.objects.get()
        assert (seen.level, seen.element, seen.url) == ("channel", "podcast:license", BY)
        assert seen.source_sha256 == digest(b"<rss/>")

    def test_changes_nothing_the_second_time(self):
        add(source("1", "2"))
        report = add(source("1", "2"), at=NOW + timedelta(days=1))
        assert (len(report.added), len(report.changed), len(report.unchanged)) == (0, 0, 2)
        assert (Episode.objects.count(), LicenceDecision.objects.count()) == (2, 2)
        assert LicenceEvidence.objects.count() == 2

    def test_takes_new_episodes_in_beside_those_it_has(self):
        add(source("1"))
        report = add(source("1", "2"))
        assert ([e.guid for e in report.added], len(report.unchanged)) == (["2"], 1)

    def test_enters_what_may_not_be_cut_with_the_reason(self):
        add(source(licence=ND))
        decision = Episode.objects.get().licence
        assert (decision.verdict, decision.spdx) == ("index_only", "CC-BY-ND-4.0")
        assert "never cut" in decision.reason

    def test_forgets_an_address_that_is_too_long_to_keep(self):
        add(source(link=f"https://x.example/{'a' * 2000}", language="x" * 50, title="t" * 600))
        podcast = Podcast.objects.get()
        assert (podcast.link, len(podcast.language), len(podcast.title)) == ("", 35, 500)

    def test_follows_a_file_that_moved_before_it_was_fetched(self):
        add(source())
        moved = source()
        (episode,) = moved.feed.episodes
        episode = replace(episode, enclosure_url="https://y.example/1")
        moved = replace(moved, feed=replace(moved.feed, episodes=(episode,)))
        assert len(add(moved).changed) == 1
        assert Episode.objects.get().audio_url == "https://y.example/1"
        Episode.objects.update(source_file="ab/abcd.wav")
        assert len(add(source()).unchanged) == 1
        assert Episode.objects.get().audio_url == "https://y.example/1"


class TestALaterFeed:
    """CC licences cannot be revoked, but a stricter feed stops new work until a person has looked."""

    def test_that_grants_more_opens_the_way(self):
        add(source(licence=""))
        report = add(source(licence=BY))
        assert len(report.changed) == 1
        assert Episode.objects.get().licence.verdict == "accepted"
        assert LicenceDecision.objects.count() == 2

    @pytest.mark.parametrize("licence", [ND, ""])
    def test_that_grants_less_needs_a_person(self, licence):
        add(source())
        again = source(licence=licence)
        assert len(add(again).changed) == 1
        assert Episode.objects.get().licence.verdict == "review"

    def test_that_grants_less_is_still_under_review_the_time_after(self):
        add(source())
        add(source(licence=ND))
        assert len(add(source(licence=ND)).unchanged) == 1
        assert Episode.objects.get().licence.verdict == "review"

    @pytest.mark.parametrize("stricter", [{"licence": ND}, {"licence": "", "block": BLOCK}])
    def test_that_is_stricter_asks_a_person_again_who_settled_it(self, stricter):
        episode = settled()
        report = add(source(**stricter), at=LATER)
        episode.refresh_from_db()
        assert len(report.changed) == 1
        assert (episode.licence.verdict, episode.licence.decided_by) == ("review", None)
        assert episode.licence.reason.startswith("The source now says otherwise")

    def test_that_blocks_says_so(self):
        episode = settled()
        add(source(licence="", block=BLOCK), at=LATER)
        episode.refresh_from_db()
        assert "asks every service to stay away" in episode.licence.reason

    def test_asks_once_about_what_a_person_then_settles(self):
        episode = settled()
        add(source(licence=ND), at=LATER)
        settle(episode, at=LATER + timedelta(hours=1), in_writing=True)
        add(source(licence=ND), at=LATER + timedelta(days=1))
        episode.refresh_from_db()
        assert episode.licence.verdict == "accepted"

    def test_that_was_seen_before_this_rule_is_asked_about(self):
        episode = settled()
        make.evidence(episode, level="channel", url=ND, text="", seen_at=LATER)
        add(source(licence=ND), at=LATER + timedelta(days=1))
        episode.refresh_from_db()
        assert episode.licence.verdict == "review"

    @pytest.mark.parametrize("by_name", [True, False])
    def test_leaves_a_person_s_refusal_alone(self, by_name):
        add(source(licence=""))
        episode = Episode.objects.get()
        by = make.user() if by_name else None
        licences.refuse(episode=episode, reason="They asked us to.", by=by, at=NOW)
        report = add(source(licence=BY), at=LATER)
        episode.refresh_from_db()
        assert (len(report.unchanged), episode.licence.verdict) == (1, "refused")
        assert LicenceEvidence.objects.filter(url=BY).exists()

    def test_leaves_what_a_person_settled_when_it_says_the_same(self):
        episode = settled()
        assert len(add(source(licence=""), at=LATER).unchanged) == 1
        episode.refresh_from_db()
        assert episode.licence.decided_by is not None

    def test_is_kept_whole_and_alone_counts(self):
        for at, licence in ((NOW, BY), (LATER, ND)):
            found = source(licence=licence)
            hint = Observation("copyright", "channel", "© Anna")
            said = (hint, *found.feed.observations)
            add(replace(found, feed=replace(found.feed, observations=said)), at=at)
        episode = Episode.objects.get()
        found = licences.kept(episode.licence_evidence.all()).observations
        assert {seen.url or seen.text for seen in found} == {"© Anna", ND}

    def test_that_goes_back_to_what_it_said_counts_again(self):
        for days, licence in enumerate((BY, ND, BY)):
            add(source(licence=licence), at=NOW + timedelta(days=days))
        episode = Episode.objects.get()
        assert episode.licence.verdict == "accepted"
        assert [seen.url for seen in licences.kept(episode.licence_evidence.all()).feed] == [BY]

    def test_that_fell_silent_leaves_nothing_to_count(self):
        add(source())
        for days in (1, 2):
            add(source(licence=""), at=NOW + timedelta(days=days))
        episode = Episode.objects.get()
        assert LicenceEvidence.objects.count() == 2
        settle(episode, spdx="CC-BY-SA-4.0", at=NOW + timedelta(days=3))
        episode.refresh_from_db()
        assert (episode.licence.verdict, episode.licence.spdx) == ("accepted", "CC-BY-SA-4.0")


def settle(episode, *, spdx="CC-BY-4.0", at=NOW, **fields):
    said = {"spdx": spdx, "source": "a letter", "attribution": "Anna", **fields}
    return licences.settle(episode=episode, by=make.user(), at=at, **said)


def settled():
    """An episode whose feed says nothing, accepted by a person."""
    add(source(licence=""))
    episode = Episode.objects.get()
    assert settle(episode).verdict == "accepted"
    return episode


class TestAStatement:
    """What a curator gave with one ingest holds for the next."""

    def test_is_remembered(self):
        given = podcasts.given("CC-BY-4.0", attribution="Anna")
        add(source(licence=""), given=given)
        assert len(add(source(licence=""), at=LATER).unchanged) == 1
        assert Episode.objects.get().licence.verdict == "accepted"

    def test_is_of_its_own_episode(self):
        given = podcasts.given("CC-BY-4.0", attribution="Anna")
        add(source("1", licence=""), given=given)
        add(source("1", "2", licence=""), at=LATER)
        verdicts = Episode.objects.order_by("guid").values_list("licence__verdict", flat=True)
        assert list(verdicts) == ["accepted", "review"]

    def test_gives_way_to_a_newer_one(self):
        for days, spdx in enumerate(("CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-4.0", "CC-BY-SA-4.0")):
            given = podcasts.given(spdx, attribution="Anna")
            add(source(licence=""), given=given, at=NOW + timedelta(days=days))
            assert Episode.objects.get().licence.spdx == spdx

    def test_loosens_nothing_that_a_later_feed_says(self):
        add(source(licence=""), given=podcasts.given("CC0-1.0", attribution=""))
        add(source(licence=ND), at=LATER)
        assert Episode.objects.get().licence.verdict == "review"

    def test_brings_the_credit_of_known_episodes(self):
        add(source())
        assert len(add(source(), attribution="Anna, 2026", at=LATER).changed) == 1
        assert len(add(source(), attribution="Anna, 2026", at=LATER).unchanged) == 1
        assert len(add(source(), at=LATER).unchanged) == 1
        assert Episode.objects.get().attribution == "Anna, 2026"


class TestRealFeeds:
    def test_keep_their_verdicts_and_say_nothing_new_the_second_time(self, shared_data):
        for path in sorted((shared_data / "feeds" / "licences").glob("*.xml")):
            body = path.read_bytes()
            feed = replace(feeds.parse(body, url="https://x.example/feed.xml"), guid=path.stem)
            found = Source(feed, str(path), body)
            first = add(found)
            verdicts = [episode.licence.verdict for episode in first.added]
            assert verdicts == [one.decision.verdict for one in podcasts.judge(found)]
            seen = LicenceEvidence.objects.count()
            again = add(found, at=LATER)
            assert len(again.unchanged) == len(first.added) > 0
            assert LicenceEvidence.objects.count() == seen


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestTwoIngestsAtOnce:
    def test_number_their_episodes_one_after_the_other(self):
        from concurrent.futures import ThreadPoolExecutor

        from django.db import connection

        def take(n):
            found = source("1", "2", "3")
            try:
                return add(replace(found, feed=replace(found.feed, guid=f"podcast {n}")))
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            reports = list(pool.map(take, range(4)))
        assert all(len(report.added) == 3 for report in reports)
        numbers = Episode.objects.order_by("number").values_list("number", flat=True)
        assert list(numbers) == list(range(1, 13))


class TestTheArchive:
    """What archive.org said of a file counts on while it cannot be asked."""

    ITEM = "https://archive.org/download/tea-talk/1.mp3"
    TOLD = ("https://archive.org/metadata/tea-talk", b"{}")

    def read(self, licence, *, is_asked=True, day=0, address=ITEM):
        found = source(licence="")
        (episode,) = found.feed.episodes
        said = (Observation("archive:licenseurl", "item", "", licence),) if licence else ()
        episode = replace(episode, enclosure_url=address, observations=said)
        found = replace(
            found,
            feed=replace(found.feed, episodes=(episode,)),
            documents=(self.TOLD,) if is_asked else (),
        )
        report = add(found, at=NOW + timedelta(days=day))
        return report, Episode.objects.get().licence.verdict

    def test_that_is_down_takes_nothing_back(self):
        assert self.read(BY)[1] == "accepted"
        report, verdict = self.read("", is_asked=False, day=1)
        assert (len(report.unchanged), verdict) == (1, "accepted")
        assert Podcast.objects.get().flagged_at is None

    def test_that_says_so_takes_it_back(self):
        self.read(BY)
        assert self.read("", day=1)[1] == "review"
        assert Podcast.objects.get().flagged_at

    def test_that_said_something_else_meanwhile_counts_by_that(self):
        for day, licence in enumerate((BY, NC)):
            self.read(licence, day=day)
        assert self.read("", is_asked=False, day=2)[1] == "non_commercial"

    def test_said_nothing_of_the_file_of_another_item(self):
        self.read(BY)
        other = self.ITEM.replace("tea-talk", "film-music")
        assert self.read("", is_asked=False, day=1, address=other)[1] == "review"

    def test_is_named_as_the_proof(self):
        """The feed's own bytes say nothing of the licence: the item's metadata does."""
        self.read(BY)
        proof = LicenceEvidence.objects.get(element="archive:licenseurl")
        assert (proof.source, proof.source_sha256) == (self.TOLD[0], digest(b"{}"))
        assert FeedDocument.objects.filter(sha256=proof.source_sha256).exists()
        self.read("", is_asked=False, day=1)
        assert LicenceEvidence.objects.filter(element="archive:licenseurl").count() == 1


class TestTheFirstLook:
    def test_is_remembered_with_what_it_left_out(self):
        report = add(replace(source(), left_out=("Item 2 was left out.",), urls=("https://a/",)))
        (check,) = report.podcast.checks.all()
        assert (check.outcome, check.n_added) == ("changed", len(report.added))
        assert check.notes == ["Item 2 was left out."]
        assert check.urls == ["https://a/"]

    def test_lets_the_second_ask_whether_anything_changed(self):
        add(replace(source(), etag='W/"1"', last_modified="Sun, 01 Mar 2026 12:00:00 GMT"))
        watch = FeedWatch.objects.get()
        assert (watch.etag, watch.last_modified) == ('W/"1"', "Sun, 01 Mar 2026 12:00:00 GMT")
