"""Thousands of episodes enter with a few queries, each with all that is known of its file."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from corpus.actions import documents, licences, podcasts, policy, withdrawals
from corpus.core import feeds
from corpus.core.licences import Observation
from corpus.engines.sources import Source, digest
from corpus.models import Episode, FeedDocument, FeedWatch, LicenceEvidence, Podcast, Withdrawal
from tests.factories import corpus as make
from tests.factories.corpus import NOW

BY = (
    Observation("podcast:license", "channel", "", "https://creativecommons.org/licenses/by/4.0/"),
)
HOME = "https://x.example/feed.xml"
LATER = NOW + timedelta(days=1)
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
pytestmark = pytest.mark.django_db


def told(guid, **fields):
    one = feeds.episode(guid=guid, title=guid, enclosure_url=f"https://x.example/{guid}.mp3")
    return replace(one, **fields)


def source(*episodes, guid="aaaa", location=HOME, body=None, said=BY, **fields):
    feed = replace(feeds.empty(guid=guid, title="Small talk"), episodes=episodes, observations=said)
    return Source(feed, location, repr(episodes).encode() if body is None else body, **fields)


def add(found, *, at=NOW, attribution=""):
    judged = podcasts.judge(found)
    return podcasts.add(source=found, judged=judged, attribution=attribution, by=None, at=at)


def queries(found, **fields):
    with CaptureQueriesContext(connection) as asked:
        report = add(found, **fields)
    return report, len(asked)


class TestTakeIn:
    def test_asks_no_more_for_many_than_for_few(self):
        few, many = [told(str(n)) for n in range(2)], [told(f"m{n}") for n in range(300)]
        _, n_few = queries(source(*few))
        report, n_many = queries(source(*many, guid="bbbb"))
        assert len(report.added) == 300
        assert n_many == n_few < 40

    def test_asks_no_more_about_many_that_are_there(self):
        n = {}
        for size in (3, 300):
            every = [told(f"{size}-{k}") for k in range(size)]
            add(source(*every, guid=f"of {size}"))
            news = (*every, told(f"{size}-a"), told(f"{size}-b"), told(f"{size}-c"))
            report, asked = queries(source(*news, guid=f"of {size}"), at=LATER)
            assert (len(report.added), len(report.unchanged)) == (3, size)
            n[size] = asked
        assert n[300] == n[3] < 45

    def test_keeps_what_the_feed_announces_of_the_file(self):
        add(source(told("1", integrity="sha384-abc")))
        episode = Episode.objects.get()
        assert (episode.integrity, episode.address_key) == ("sha384-abc", "https://x.example/1.mp3")

    def test_brings_up_to_date_where_a_file_is(self):
        add(source(told("1", integrity="sha384-abc")))
        there = "https://cdn.example/1.mp3?utm_source=feed"
        assert len(add(source(told("1", enclosure_url=there))).changed) == 1
        episode = Episode.objects.get()
        assert (episode.audio_url, episode.integrity) == (there, "")
        assert episode.address_key == "https://cdn.example/1.mp3"

    def test_marks_a_copy_by_its_address_in_another_podcast(self):
        add(source(told("1")))
        add(source(told("other", enclosure_url="https://x.example/1.mp3"), guid="bbbb"))
        copy = Episode.objects.get(guid="other")
        assert (copy.duplicate_of.guid, copy.duplicate_by) == ("1", "address")
        assert copy.licence.verdict == "accepted"

    def test_marks_a_copy_under_another_guid_of_the_same_feed(self):
        add(source(told("1"), told("again", enclosure_url="https://x.example/1.mp3")))
        assert Episode.objects.get(guid="again").duplicate_of.guid == "1"

    def test_loses_no_rightful_episode_to_one_that_waits(self):
        add(source(told("1"), said=()))
        add(source(told("rightful", enclosure_url="https://x.example/1.mp3"), guid="bbbb"))
        assert Episode.objects.get(guid="rightful").duplicate_of is None

    def test_enters_a_withdrawn_podcast_s_episodes_as_withdrawn(self):
        add(source(told("1")))
        podcast = Podcast.objects.get()
        withdrawal = Withdrawal.objects.create(
            kind="podcast",
            podcast=podcast,
            reason_class="rights",
            reason="They asked.",
            withdrawn_at=NOW,
            erase_after=NOW,
        )
        add(source(told("1"), told("2")), at=LATER)
        assert Episode.objects.get(guid="2").withdrawal == withdrawal
        assert not Episode.objects.may_be_cut().filter(guid="2").exists()

    def test_shortens_the_address_of_a_licence_that_would_not_fit(self):
        long = f"https://creativecommons.org/licenses/by/4.0/?{'x' * 1000}"
        add(source(told("1"), said=(Observation("podcast:license", "channel", "", long),)))
        decision = Episode.objects.get().licence
        assert (decision.verdict, decision.url) == (
            "accepted",
            "https://creativecommons.org/licenses/by/4.0/",
        )


class TestEvidence:
    def test_leads_to_the_bytes_that_it_was_read_from(self):
        one, two = source(told("1")), source(told("1"), told("2"), said=())
        add(one)
        add(two, at=LATER)
        seen = LicenceEvidence.objects.all()
        assert {row.source_sha256 for row in seen} == {digest(one.body), digest(two.body)}
        for row in seen:
            document = FeedDocument.objects.get(sha256=row.source_sha256)
            assert digest(documents.read(document)) == row.source_sha256

    def test_keeps_every_document_that_was_read(self):
        extra = (("https://x.example/metadata/1", b'{"licenseurl": ""}'),)
        add(source(told("1"), documents=extra))
        kept = FeedDocument.objects.get(sha256=digest(extra[0][1]))
        assert (documents.read(kept), kept.source) == (extra[0][1], extra[0][0])

    def test_keeps_no_bytes_without_news(self):
        add(source(told("1"), body=b"<rss>Monday</rss>"))
        assert add(source(told("1"), body=b"<rss>Tuesday</rss>"), at=LATER).document is None
        assert FeedDocument.objects.count() == 1

    def test_of_plain_files_has_no_document(self):
        add(source(told("1"), body=b"", location="/media/folder"))
        assert not FeedDocument.objects.exists()


class TestWatch:
    def test_begins_with_a_feed_on_the_web(self):
        add(source(told("1")))
        watch = FeedWatch.objects.get()
        assert (watch.url, watch.podcast.guid, watch.checked_at) == (HOME, "aaaa", NOW)
        assert watch.document.sha256 == digest(source(told("1")).body)
        assert watch.retry_at > NOW

    @pytest.mark.parametrize("place", ["/feeds/feed.xml", "folder"])
    def test_is_not_kept_of_files(self, place):
        add(source(told("1"), location=place))
        assert not FeedWatch.objects.exists()

    def test_goes_on_where_a_person_reads_the_feed_from(self):
        add(source(told("1")))
        FeedWatch.objects.update(done_at=NOW, etag='"1"', failures=3, error="Gone.")
        add(source(told("1"), location="https://new.example/feed"), at=LATER)
        watch = FeedWatch.objects.get()
        assert (watch.url, watch.done_at, watch.etag) == ("https://new.example/feed", None, "")
        assert (watch.failures, watch.error) == (0, "")
        assert Podcast.objects.get().source == "https://new.example/feed"

    def test_stays_paused(self):
        add(source(told("1")))
        FeedWatch.objects.update(is_paused=True)
        add(source(told("1")), at=LATER)
        assert FeedWatch.objects.get().is_paused

    def test_of_another_podcast_is_another(self):
        add(source(told("1")))
        make.podcast()
        add(source(told("2"), guid="bbbb", location="https://y.example/feed"))
        assert FeedWatch.objects.count() == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestMeanwhile:
    """Somebody decides, and has not finished when episodes come in or are decided upon together."""

    def while_it_waits(self, act, other, **said):
        """Do the other thing from another connection, where it has to wait for what is done here."""

        def do():
            try:
                return other(**said, at=LATER)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                act()
                waiting = pool.submit(do)
                with connection.cursor() as cursor:
                    for _ in range(500):
                        cursor.execute(WAITING)
                        if cursor.fetchone()[0]:
                            break
                        time.sleep(0.01)
            return waiting.result()

    def refusing(self, episode):
        return lambda: licences.refuse(episode=episode, reason="It is theirs.", by=None, at=NOW)

    def test_a_refusal_stands_although_the_feed_states_a_licence_now(self):
        (episode,) = add(source(told("1"), said=())).added
        self.while_it_waits(self.refusing(episode), add, found=source(told("1")))
        assert Episode.objects.get().licence.verdict == "refused"

    def test_a_refusal_stands_although_the_flag_is_lifted(self):
        (episode,) = add(source(told("1"))).added
        podcast = episode.podcast
        podcast.flagged_at, podcast.flag = NOW, "It changed."
        podcast.save()
        episode.licence = make.licence(episode, verdict="review", spdx="", rule="flagged")
        episode.save()
        lift = {"podcast": podcast, "by": None, "reason": "Looked."}
        self.while_it_waits(self.refusing(episode), podcasts.lift_flag, **lift)
        assert Episode.objects.get().licence.verdict == "refused"

    def test_a_refusal_stands_although_the_policy_is_another_one(self):
        (episode,) = add(source(told("1"))).added
        episode.licence = make.licence(episode, verdict="review", spdx="", policy_version="1")
        episode.save()
        self.while_it_waits(self.refusing(episode), policy.rejudge)
        assert Episode.objects.get().licence.verdict == "refused"

    def test_what_comes_in_is_withdrawn_with_its_podcast(self):
        podcast = add(source(told("1"))).podcast

        def withdraw():
            withdrawals.withdraw(
                target=podcast,
                reason="They asked.",
                reason_class="rights",
                by=None,
                at=NOW,
                grace=timedelta(days=7),
            )

        self.while_it_waits(withdraw, add, found=source(told("1"), told("2")))
        assert not Episode.objects.filter(withdrawal=None).exists()
