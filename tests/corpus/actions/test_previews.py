from dataclasses import replace

import pytest

from corpus.actions import podcasts, previews
from corpus.core import feeds
from corpus.core.licences import Block, Observation
from corpus.engines.sources import Source, digest
from corpus.models import Episode, LicenceEvidence, Podcast
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
BY = "https://creativecommons.org/licenses/by/4.0/"
ND = "https://creativecommons.org/licenses/by-nd/4.0/"


def says(url):
    return (Observation("podcast:license", "channel", "", url),) if url else ()


def episode(guid, **fields):
    url = f"https://x.example/{guid}.mp3"
    return replace(feeds.episode(guid=guid, title=f"About {guid}", enclosure_url=url), **fields)


def source(*episodes, licence=BY, **fields):
    feed = feeds.empty(guid="aaaa", title="Small talk")
    told = episodes or (episode("1"),)
    feed = replace(feed, episodes=tuple(told), observations=says(licence), **fields)
    return Source(feed, "https://x.example/feed.xml", b"<rss/>", ("one was left out",))


def preview(found, **more):
    return previews.of(found, podcasts.judge(found), **more)


def enter(found):
    judged = podcasts.judge(found)
    return podcasts.add(source=found, judged=judged, attribution="", by=None, at=NOW)


class TestOf:
    def test_counts_episodes_hours_and_languages(self):
        shown = preview(
            source(
                episode("1", duration_s=3600.0), episode("2", duration_s=1800.0), language="en-GB"
            )
        )
        summary = shown["summary"]
        assert (summary["episodes"], summary["hours"]) == (2, 1.5)
        assert summary["languages"] == ["en-GB"]
        assert summary["without_length"] == 0

    def test_says_how_many_do_not_state_their_length(self):
        summary = preview(source(episode("1", duration_s=0.0), episode("2")))["summary"]
        assert (summary["hours"], summary["without_length"]) == (0, 2)

    def test_counts_verdicts_in_the_order_of_the_policy(self):
        own = (Observation("podcast:license", "item", "", ND),)
        shown = preview(source(episode("1"), episode("2", observations=own), episode("3")))
        verdicts = shown["summary"]["verdicts"]
        assert [(name, amount["episodes"]) for name, amount in verdicts.items()] == [
            ("accepted", 2),
            ("index_only", 1),
        ]

    def test_gives_each_episode_its_verdict_and_evidence(self):
        (one,) = preview(source())["episodes"]
        assert one["title"] == "About 1"
        assert one["guid"] == "1"
        assert (one["licence"], one["verdict"]) == ("CC-BY-4.0", "accepted")
        assert one["evidence"] == [
            {"level": "channel", "element": "podcast:license", "text": "", "url": BY}
        ]

    def test_names_no_licence_where_none_is_stated(self):
        (one,) = preview(source(licence=""))["episodes"]
        assert (one["licence"], one["verdict"], one["evidence"]) == (None, "review", [])

    @pytest.mark.parametrize(("of_feed", "level"), [(True, "channel"), (False, "item")])
    def test_counts_a_block_as_evidence(self, of_feed, level):
        block = Block("podcast:block", "yes", "emocast")
        found = source(episode("1", block=block), block=block if of_feed else None)
        (one,) = preview(found)["episodes"]
        assert one["verdict"] == "blocked"
        assert one["evidence"][-1] == {
            "level": level,
            "element": "podcast:block id=emocast",
            "text": "yes",
            "url": None,
        }

    def test_says_what_the_feed_as_a_whole_states_and_from_which_bytes(self):
        podcast = preview(source())["podcast"]
        assert podcast["evidence"][0]["url"] == BY
        assert podcast["sha256"] == digest(b"<rss/>")
        assert podcast["in_corpus"] is None

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"medium": "music"}, "calls itself music"),
            ({"ai_content": True}, "machines make it"),
            ({"new_feed_url": "https://new.example/f"}, "moved to https://new.example/f"),
        ],
    )
    def test_warns_of_what_is_no_speech_or_elsewhere(self, fields, words):
        (note,) = preview(source(**fields))["notes"]
        assert words in note

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"source": "https://theirs.example/feed"}, "read from https://theirs.example/feed"),
            ({"flagged_at": NOW, "flag": "It changed."}, "nobody has looked yet"),
        ],
    )
    def test_warns_of_a_podcast_that_another_source_takes_over_or_that_waits(self, fields, words):
        found = source()
        make.podcast(**{"guid": found.feed.guid, "source": found.location, **fields})
        (note,) = preview(found)["notes"]
        assert words in note

    def test_writes_nothing(self):
        preview(source())
        assert not Podcast.objects.exists()
        assert not LicenceEvidence.objects.exists()


class TestWhatIsHereAlready:
    def test_is_told_from_what_is_new(self):
        report = enter(source(episode("1")))
        shown = preview(source(episode("1"), episode("2")))
        summary = shown["summary"]
        assert (summary["new"], summary["changed"], summary["unchanged"]) == (1, 0, 1)
        assert shown["podcast"]["in_corpus"] == report.podcast.pk
        assert [one["in_corpus"] for one in shown["episodes"]] == ["accepted", None]

    def test_counts_as_changed_under_another_licence(self):
        enter(source())
        assert preview(source(licence=ND))["summary"]["changed"] == 1

    def test_counts_as_changed_where_its_file_has_moved_before_it_was_fetched(self):
        enter(source())
        moved = source(episode("1", enclosure_url="https://new.example/1.mp3"))
        assert preview(moved)["summary"]["changed"] == 1
        Episode.objects.update(source_file="ab/cd.mp3")
        assert preview(moved)["summary"]["unchanged"] == 1


class TestVerdictsSha256:
    def test_tells_another_verdict_and_another_episode(self):
        digests = {
            previews.verdicts_sha256(podcasts.judge(found))
            for found in (
                source(),
                source(episode("2")),
                source(licence=ND),
                source(episode("1"), episode("2")),
            )
        }
        assert len(digests) == 4

    def test_knows_no_order(self):
        judged = podcasts.judge(source(episode("1"), episode("2")))
        assert previews.verdicts_sha256(judged) == previews.verdicts_sha256(judged[::-1])


class TestTogether:
    def test_adds_up_several_sources(self):
        one = preview(source(episode("1", duration_s=3600.0)))["summary"]
        other = preview(source(episode("2"), episode("3", duration_s=1800.0), licence=ND))
        total = previews.together([one, other["summary"]])
        assert (total["podcasts"], total["episodes"], total["hours"]) == (2, 3, 1.5)
        assert {name: amount["episodes"] for name, amount in total["verdicts"].items()} == {
            "accepted": 1,
            "index_only": 2,
        }

    def test_is_nothing_of_nothing(self):
        assert previews.together([]) == {
            "podcasts": 0,
            "episodes": 0,
            "hours": 0,
            "without_length": 0,
            "verdicts": {},
        }


class TestShortened:
    def test_keeps_the_counts(self):
        shown = preview(source(episode("1"), episode("2"), episode("3")))
        short = previews.shortened(shown, most=2)
        assert [one["guid"] for one in short["episodes"]] == ["1", "2"]
        assert short["summary"]["episodes"] == 3


class TestStorable:
    def test_leaves_out_what_the_database_cannot_keep(self):
        assert previews.storable({"a\0": ["b\0", "\ud800", 1, None]}) == {"a": ["b", "?", 1, None]}
