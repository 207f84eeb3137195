"""What channels and items state, wherever feeds may put it."""

from datetime import UTC, datetime

import pytest

from corpus.core import feeds, licences
from corpus.core.evidence import AI_CONTENT, MEDIUM, Observation
from tests.feed_samples import BY, ITEM, URL, episode, parse, rss


class TestLicenceElements:
    ALL = (
        "<podcast:license>cc-by-4.0</podcast:license>"
        f"<creativeCommons:license>{BY}</creativeCommons:license>"
        f'<cc:license rdf:resource="{BY}"/>'
        f"<dcterms:license>{BY}</dcterms:license>"
        f'<media:license href="{BY}">CC BY</media:license>'
        f'<atom:link rel="license" href="{BY}"/>'
        "<atom:rights>a</atom:rights><dc:rights>b</dc:rights><copyright>c</copyright>"
    )
    FOUND = (
        ("podcast:license", "cc-by-4.0", None),
        ("creativeCommons:license", BY, None),
        ("cc:license", "", BY),
        ("dcterms:license", BY, None),
        ("media:license", "CC BY", BY),
        ("atom:link", "", BY),
        ("atom:rights", "a", None),
        ("dc:rights", "b", None),
        ("copyright", "c", None),
    )

    def test_are_all_seen_at_both_levels(self):
        feed = parse(self.ALL, ITEM.format(self.ALL))
        assert feed.observations == tuple(
            Observation(e, "channel", text, url) for e, text, url in self.FOUND
        )
        assert feed.episodes[0].observations == tuple(
            Observation(e, "item", text, url) for e, text, url in self.FOUND
        )

    def test_of_an_item_never_leak_into_another(self):
        nd = "<podcast:license>cc-by-nd-4.0</podcast:license>"
        broken = "<item><title>no file</title><podcast:license>cc0</podcast:license></item>"
        items = [
            ITEM.replace("<guid>1", f"<guid>{n}").format(nd if n == 2 else "") for n in range(4)
        ]
        feed = parse("", broken, *items)
        assert [[seen.text for seen in e.observations] for e in feed.episodes] == [
            [],
            [],
            ["cc-by-nd-4.0"],
            [],
        ]

    @pytest.mark.parametrize(
        "element", ['<podcast:license url="{}"/>', '<atom:link rel="license" href="{}"/>']
    )
    def test_keep_an_address_that_is_too_long_for_one_among_the_words(self, element):
        (seen,) = episode(element.format(f"{BY}?{'a' * 2000}")).observations
        assert seen.url is None
        assert seen.text.startswith(BY)
        assert licences.decide([seen], block=None).spdx == "CC-BY-4.0"

    def test_inside_media_groups_belong_to_the_item(self):
        group = f'<media:group><media:content url="b.mp3"><media:license href="{BY}"/></media:content></media:group>'
        assert episode(group).observations == (Observation("media:license", "item", "", BY),)

    def test_of_an_undeclared_prefix_are_marked(self):
        body = rss("<podcast:license>cc-by-4.0</podcast:license>", ITEM.format(""))
        body = body.replace(b'xmlns:podcast="https://podcastindex.org/namespace/1.0"', b"")
        (seen,) = feeds.parse(body, url=URL).observations
        assert seen == Observation("undeclared podcast:license", "channel", "cc-by-4.0")

    def test_of_the_copyright_of_atom_are_seen(self):
        body = (
            f'<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><rights>r</rights><link rel="license" href="{BY}"/>'
            '<entry><title>E</title><id>urn:1</id><link rel="enclosure" href="a.mp3" type="audio/mpeg" length="9"/>'
            '<link href="page.html"/><updated>2026-05-01T10:00:00Z</updated><rights>mine</rights></entry></feed>'
        )
        feed = feeds.parse(body.encode(), url=URL)
        (one,) = feed.episodes
        assert [seen.element for seen in feed.observations] == ["atom:link", "atom:rights"]
        assert [seen.text for seen in one.observations] == ["mine"]
        assert (one.guid, one.enclosure_bytes, one.link) == (
            "urn:1",
            9,
            "https://example.org/show/page.html",
        )
        assert one.published == datetime(2026, 5, 1, 10, tzinfo=UTC)


class TestStatements:
    def test_of_a_whole_legal_code_are_cut_so_that_they_name_no_licence(self):
        written = "CC BY 4.0 " + "." * 10_000
        for tag in ("podcast:license", "copyright"):
            (seen,) = episode(f"<{tag}>{written}</{tag}>").observations
            assert len(seen.text) < 4100
            assert seen.text.endswith(" [cut]")
            assert licences.decide([seen], block=None).verdict == "review"


class TestContent:
    @pytest.mark.parametrize("medium", ["music", "Video", "film", "musicL", "publisher"])
    def test_that_is_no_speech_waits_for_a_person(self, medium):
        licence = "<podcast:license>cc-by-4.0</podcast:license>"
        told = f"<podcast:medium>{medium}</podcast:medium>{licence}"
        feed = parse(told, ITEM.format(licence))
        assert Observation(MEDIUM, "channel", medium.casefold()) in feed.observations
        assert self.verdict(feed) == "review"
        assert f"The feed calls itself {medium.casefold()} (podcast:medium)" in feed.dropped[0]

    @pytest.mark.parametrize("medium", ["", "podcast", "audiobook", "course", "mixed", "whatever"])
    def test_that_may_be_speech_is_taken(self, medium):
        told = (
            f"<podcast:medium>{medium}</podcast:medium><podcast:license>cc-by-4.0</podcast:license>"
        )
        assert self.verdict(parse(told)) == "accepted"
        assert parse(told).dropped == ()

    def test_of_machines_waits_for_a_person(self):
        ai = '<podcast:txt purpose="AI-Content">True</podcast:txt>'
        licence = "<podcast:license>cc-by-4.0</podcast:license>"
        whole, one = parse(ai + licence), parse(licence, ITEM.format(ai))
        assert (self.verdict(whole), self.verdict(one)) == ("review", "review")
        assert "machines make it" in whole.dropped[0]
        assert one.episodes[0].observations == (
            Observation(AI_CONTENT, "item", "ai-content: true"),
        )

    @pytest.mark.parametrize(
        "txt",
        ['purpose="ai-content">false', 'purpose="verify">true', ">true", 'purpose="ai-content">'],
    )
    def test_that_machines_did_not_make_is_taken(self, txt):
        feed = parse(
            f"<podcast:license>cc-by-4.0</podcast:license><podcast:txt {txt}</podcast:txt>"
        )
        assert self.verdict(feed) == "accepted"

    def test_is_seen_through_an_undeclared_prefix(self):
        told = "<podcast:medium>music</podcast:medium>"
        body = rss(told, ITEM.format("")).replace(b"xmlns:podcast=", b"xmlns:other=")
        assert feeds.parse(body, url=URL).medium == "music"

    def verdict(self, feed):
        (one,) = feed.episodes
        seen = (*one.observations, *feed.observations)
        return licences.decide(seen, block=one.block).verdict
