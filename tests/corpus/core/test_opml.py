"""Lists of feeds."""

import random

import pytest

from corpus.core import opml
from corpus.core.opml import BadList, Outline
from tests import mutations
from tests.feed_samples import OPML, RSS


def parse(*outlines):
    return opml.parse(f"<opml version='2.0'><body>{''.join(outlines)}</body></opml>".encode())


def urls(*outlines):
    return [outline.url for outline in parse(*outlines).outlines]


class TestOutlines:
    def test_are_found_however_deep(self):
        assert opml.parse(OPML).outlines == (
            Outline("Tea", "https://tee.example/feed"),
            Outline("The", "http://the.example/rss"),
        )

    @pytest.mark.parametrize("name", ["xmlUrl", "xmlurl", "XMLURL", "XmlUrl", "url", "URL"])
    def test_are_known_by_any_spelling(self, name):
        assert urls(f"<outline text='x' {name}='https://h.example/f'/>") == ["https://h.example/f"]

    @pytest.mark.parametrize("kind", ["link", "include", "LINK"])
    def test_of_pages_and_other_lists_are_none(self, kind):
        feed = "<outline xmlUrl='https://h.example/f'/>"
        assert urls(feed, f"<outline type='{kind}' url='https://h.example/p'/>") == [
            "https://h.example/f"
        ]

    @pytest.mark.parametrize(
        ("written", "url"),
        [
            ("feed://h.example/f", "http://h.example/f"),
            ("feed:https://h.example/f", "https://h.example/f"),
            ("itpc://h.example/f", "http://h.example/f"),
            (" https://h.example/f?a=1&amp;b=2 ", "https://h.example/f?a=1&b=2"),
            ("https://h.example/f?a=1&b=2", "https://h.example/f?a=1&b=2"),
        ],
    )
    def test_give_web_addresses(self, written, url):
        assert urls(f"<outline xmlUrl='{written}'/>") == [url]

    def test_are_named_by_title_text_or_address(self):
        listed = parse(
            "<outline title=' A  b ' text='t' xmlUrl='http://h/1'/>",
            "<outline text='t' xmlUrl='http://h/2'/>",
            "<outline xmlUrl='http://h/show.xml'/>",
        )
        assert [outline.title for outline in listed.outlines] == ["A b", "t", "show"]

    def test_are_listed_once(self):
        listed = parse(
            *(
                f"<outline xmlUrl='{u}'/>"
                for u in ("http://h.example/f", "https://H.example/f/", "http://h.example/f")
            )
        )
        assert [outline.url for outline in listed.outlines] == ["http://h.example/f"]
        assert [one.written for one in listed.unread] == [
            "https://H.example/f/",
            "http://h.example/f",
        ]
        assert "more than once; it is read as “f”" in listed.left_out[0]

    def test_without_an_address_are_said_unless_they_hold_others(self):
        feed = "<outline text='In'><outline xmlUrl='http://h/f'/></outline>"
        (line,) = parse(feed, "<outline text='Alone'/>").unread
        assert str(line) == "Alone: It has no address (xmlUrl)."

    def test_of_pages_are_said(self):
        feed = "<outline xmlUrl='http://h/f'/>"
        (line,) = parse(feed, "<outline type='link' text='P' url='http://h/p'/>").unread
        assert (line.written, line.reason.partition(" page")[0]) == ("http://h/p", "It names a")

    @pytest.mark.parametrize(
        "written", ["/etc/passwd", "file:///etc/passwd", "javascript:x", "h.example/f", "feed://"]
    )
    def test_that_are_no_web_address_are_said(self, written):
        listed = parse(f"<outline text='x' xmlUrl='{written}'/>", "<outline xmlUrl='http://h/f'/>")
        assert len(listed.outlines) == 1
        assert listed.left_out[0].startswith("x: ")
        assert "not an http or https address" in listed.left_out[0]


class TestBrokenLists:
    def test_are_read_as_far_as_they_go(self):
        body = b"<opml><body><outline text='A & B' xmlUrl='http://h/1'><outline xmlUrl='http://h/2'></body>"
        assert [outline.url for outline in opml.parse(body).outlines] == [
            "http://h/1",
            "http://h/2",
        ]

    def test_say_that_they_were_mended_and_how_much_is_lost(self):
        whole = opml.parse(b"<opml><body><outline text='A & B' xmlUrl='http://h/1'/></body></opml>")
        assert "not well-formed" in whole.notes[0]
        assert "all its outlines were found" in whole.notes[0]
        torn = opml.parse(
            b"<opml><body><outline xmlUrl='http://h/1'/><!-- <outline/> --></body></opml>"
            b"<outline xmlUrl='http://h/2'/>"
        )
        assert len(torn.outlines) == 1
        assert "of its outlines 1 could not be read" in torn.left_out[0]

    def test_that_are_whole_say_nothing(self):
        assert opml.parse(OPML).notes == ()

    def test_with_entities_of_their_own_say_that_these_were_left_out(self):
        body = b"<!DOCTYPE opml [<!ENTITY me 'x'>]><opml><outline text='a' xmlUrl='http://h/f'/></opml>"
        assert opml.parse(body).notes == (
            "The list declares entities of its own; they were left out.",
        )

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            (b"", "The feed is empty"),
            (b"<opml><body/></opml>", "names no feed"),
            (
                b"<opml><body><outline xmlUrl='ftp://h/f'/></body></opml>",
                "'ftp://h/f' is not an http",
            ),
            (RSS, "This is a feed, not a list"),
            (b"<html><body>x</body></html>", "web page"),
            (b"hello", "neither RSS nor Atom"),
            (b"<opml>" + b" " * opml.LARGEST, "Split it"),
        ],
    )
    def test_that_hold_nothing_are_refused_with_the_reason(self, body, told):
        with pytest.raises(BadList, match=told):
            opml.parse(body)

    def test_with_an_entity_bomb_are_harmless(self):
        levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
        body = f"<!DOCTYPE opml [<!ENTITY e0 'ha'>{levels}]><opml><body><outline text='&e11;' xmlUrl='http://h/f'/></body></opml>"
        try:
            titles = [outline.title for outline in opml.parse(body.encode()).outlines]
        except BadList:
            titles = []
        assert sum(map(len, titles)) < 100_000

    def test_mutated_are_a_list_or_a_sentence(self):
        for case in range(200):
            try:
                opml.parse(mutations.mutated([OPML], random.Random(f"opml {case}")))
            except BadList as told:
                assert str(told)  # noqa: PT017

    def test_longer_than_anybody_needs_are_cut(self, monkeypatch):
        monkeypatch.setattr(opml, "MOST", 2)
        listed = parse(*(f"<outline xmlUrl='http://h/{n}'/>" for n in range(5)))
        assert len(listed.outlines) == 2
        assert "3 feeds beyond the first 2" in listed.left_out[-1]
