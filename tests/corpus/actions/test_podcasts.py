from dataclasses import replace
from datetime import timedelta

import pytest

from corpus.actions import podcasts
from corpus.core import feeds
from corpus.core.licences import Observation
from corpus.engines.sources import Source, digest
from corpus.models import Episode, LicenceDecision, LicenceEvidence, Podcast
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
BY = "https://creativecommons.org/licenses/by/4.0/"
ND = "https://creativecommons.org/licenses/by-nd/4.0/"
NC = "https://creativecommons.org/licenses/by-nc/4.0/"


def says(url):
    return (Observation("podcast:license", "channel", "", url),) if url else ()


def source(*guids, licence=BY, **fields):
    told = [
        feeds.episode(guid=guid, title=f"About {guid}", enclosure_url=f"https://x.example/{guid}")
        for guid in guids or ("1",)
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

    def test_does_not_overrule_a_person(self):
        add(source(licence=""))
        episode = Episode.objects.get()
        episode.licence = make.licence(episode, decided_by=make.user())
        episode.save()
        report = add(source(licence=ND))
        episode.refresh_from_db()
        assert len(report.unchanged) == 1
        assert episode.licence.verdict == "accepted"
        assert LicenceEvidence.objects.filter(url=ND).exists()


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
