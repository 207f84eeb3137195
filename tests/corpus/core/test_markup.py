"""Bytes that should be a feed, and bytes that should not."""

import gzip

import pytest

from corpus.core import markup
from corpus.core.markup import NotAFeed

RSS = '<rss version="2.0"><channel><title>{}</title></channel></rss>'


def title(body, **kwargs):
    root, _ = markup.read(body if isinstance(body, bytes) else body.encode(**kwargs), url=None)
    return "".join(root.find("channel/title").itertext())


class TestDefects:
    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("a &amp; b", "a & b"),
            ("a & b", "a & b"),
            ("x?a=1&b=2", "x?a=1&b=2"),
            ("caf&eacute;&nbsp;x", "café\xa0x"),
            ("&#233;&#xE9;", "éé"),
            ("&unknown;", "&unknown;"),
            ("<![CDATA[a & b &nbsp;]]>", "a & b &nbsp;"),
            ("a & <![CDATA[b & c]]>", "a & b & c"),
            ("bell\x07", "bell"),
            ("a&#0;&#xD800;&#x110000;b &", "a\ufffd\ufffd\ufffdb &"),
            ("&#x&#0;D800;", "&#x\ufffdD800;"),
            ("<!-- &#xD800; -->a &", "a &"),
            ("a<:x/><a:b:c/><a::/>b", "ab"),
        ],
    )
    def test_are_mended(self, written, read):
        assert title(RSS.format(written)) == read

    def test_in_an_address_do_not_change_it(self):
        root, _ = markup.read(b'<rss><channel><x y="a?b=1&c=2"/></channel></rss>', url=None)
        assert root.find("channel/x").get("y") == "a?b=1&c=2"

    @pytest.mark.parametrize(
        "before", ["\n\n", "\ufeff", "<!-- made by hand -->", "Warning: x in y.php\n"]
    )
    def test_before_the_declaration_are_skipped(self, before):
        assert title(f'{before}<?xml version="1.0"?>{RSS.format("x")}') == "x"

    @pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
    def test_of_the_declared_encoding_are_seen_through(self, encoding):
        assert (
            title(
                f'<?xml version="1.0" encoding="utf-8"?>{RSS.format("für & é")}', encoding=encoding
            )
            == "für & é"
        )

    def test_of_an_encoding_nobody_knows_are_seen_through(self):
        assert title(f'<?xml version="1.0" encoding="klingon"?>{RSS.format("für")}') == "für"

    def test_of_prefixes_get_a_namespace(self):
        body = b'<rss><channel><podcast:license a:b="c">x</podcast:license><itunes:block>yes</itunes:block></channel></rss>'
        root, _ = markup.read(body, url=None)
        (channel,) = root
        assert markup.unbound(channel, "podcast", "license")
        assert markup.children(channel, "itunes", "block")
        assert not markup.children(channel, "podcast", "license")

    def test_of_names_that_are_none_are_left_alone(self):
        body = b'<rdf xmlns="http://purl.org/rss/1.0/"><channel><cc:/><cc::x/><title>x</title></channel></rdf>'
        root, _ = markup.read(body, url=None)
        assert [markup.words(node) for node in markup.plain(root[0], "title")] == ["x"]


class TestNamespaces:
    @pytest.mark.parametrize(
        ("uri", "prefix"),
        [(uri, prefix) for prefix, uris in markup.NAMESPACES.items() for uri in uris],
    )
    def test_are_known_in_every_spelling(self, uri, prefix):
        for written in (uri, uri.upper(), uri.rstrip("/#"), uri.replace("http:", "https:")):
            body = f'<rss><channel xmlns:z="{written}"><z:x/><z:y/></channel></rss>'.encode()
            root, _ = markup.read(body, url=None)
            assert len(markup.children(root[0], prefix, "x")) == 1

    @pytest.mark.parametrize(
        "uri", ["http://purl.org/rss/1.0/", "http://backend.userland.com/rss2"]
    )
    def test_of_rss_itself_are_none(self, uri):
        root, _ = markup.read(f'<rss xmlns="{uri}"><channel/></rss>'.encode(), url=None)
        assert len(markup.plain(root, "channel")) == 1

    def test_are_told_by_address_and_not_by_prefix(self):
        body = b'<rss xmlns:itunes="urn:other"><channel><itunes:block>yes</itunes:block></channel></rss>'
        root, _ = markup.read(body, url=None)
        assert markup.either(root[0], "itunes", "block") == []


class TestBreakingOff:
    @pytest.mark.parametrize(
        ("body", "is_cut_off"),
        [
            ("<rss><channel><item><title>x</title></item></channel></rss>", False),
            (
                "<rss><channel><item><title>x & y</title></item></channel></rss>\n<!-- 0.3 s -->",
                False,
            ),
            ("<rss><channel><item><title>x</title></item><item><title>y", True),
            ('<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id>', True),
        ],
    )
    def test_is_told(self, body, is_cut_off):
        assert markup.read(body.encode(), url=None)[1] is is_cut_off


class TestHostility:
    def test_an_entity_never_reads_a_file(self, tmp_path):
        (tmp_path / "secret").write_text("secret")
        doctype = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
        assert title(f"{doctype}{RSS.format('a&x;b')}") == "ab"

    def test_an_entity_bomb_does_not_go_off(self):
        levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
        bomb = f'<!DOCTYPE rss [<!ENTITY e0 "ha">{levels}]>{RSS.format("a&e11;b")}'
        assert len(title(bomb)) < 20

    def test_an_entity_bomb_in_an_attribute_does_not_go_off(self):
        levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
        bomb = f'<!DOCTYPE rss [<!ENTITY e0 "ha">{levels}]><rss><channel x="&e11;"><title>x</title></channel></rss>'
        try:
            root, _ = markup.read(bomb.encode(), url=None)
        except NotAFeed:
            return
        assert sum(len(value) for node in root.iter() for value in node.attrib.values()) < 10_000

    @pytest.mark.parametrize(
        ("doctype", "is_told"),
        [
            ("", False),
            ('<!DOCTYPE rss [<!ENTITY author "Anna">]>', True),
            ('<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>', True),
            ('<!DOCTYPE rss [<!ENTITY nbsp "&#160;">]>', False),  # which we know ourselves
            ("<!DOCTYPE rss [<!ELEMENT rss ANY>]>", False),
            ('<!DOCTYPE rss SYSTEM "http://h.example/rss.dtd">', False),
        ],
    )
    @pytest.mark.parametrize("text", ["x", "a & b"])  # well-formed, and mended
    def test_entities_of_its_own_are_told(self, doctype, is_told, text):
        root, _ = markup.read(f"{doctype}{RSS.format(text)}".encode(), url=None)
        assert markup.declares_entities(root) is is_told

    def test_a_million_open_sections_are_read_once(self):
        body = "<rss><channel>" + "<![CDATA[" * 200_000 + " & "
        assert markup.read(body.encode(), url=None)[1] is True


class TestNotAFeed:
    @pytest.mark.parametrize(
        ("body", "looks_like"),
        [
            (b"", "empty"),
            (b" \n\t", "empty"),
            (b"\x00" * 40, "empty"),
            (b'{"title": "x"}', "JSON"),
            (b"ID3\x04\x00\x00", "an MP3 file"),
            (b"\xff\xfb\x90\x00", "an MP3 file"),
            (b"\x00\x00\x00\x20ftypM4A ", "an M4A or MP4 file"),
            (b"OggS\x00", "an Ogg file"),
            (gzip.compress(b"x"), "a gzip archive"),
            (b"%PDF-1.7", "a PDF document"),
            (b"<!DOCTYPE html><html><body>x</body></html>", "a web page"),
            (b"<html><head><title>404</title></head></html>", "a web page"),
            (b'<?xml version="1.0"?><opml version="2.0"><body/></opml>', "OPML"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither RSS nor Atom"),
            (b"https://example.org/feed.xml", "neither RSS nor Atom"),
            (b"/etc/passwd", "neither RSS nor Atom"),
            (b"<", "neither RSS nor Atom"),
        ],
    )
    def test_says_what_it_looks_like_and_what_to_do(self, body, looks_like):
        with pytest.raises(NotAFeed, match=looks_like) as caught:
            markup.read(body, url=None)
        assert any(advice in str(caught.value) for advice in ("Add ", "add ", "Check "))

    def test_names_the_feed_that_a_web_page_links(self):
        page = b'<html><link rel="alternate" type="application/rss+xml" href="/feed?a=1&amp;b=2"></html>'
        with pytest.raises(NotAFeed, match=r"its feed is at https://example\.org/feed\?a=1&b=2\."):
            markup.read(page, url="https://example.org/about/")


class TestNames:
    @pytest.mark.parametrize(
        "uri", [*markup.NAMESPACES["podcast"], "http://PodcastIndex.org/namespace/1.0/"]
    )
    def test_are_matched_by_address_never_by_prefix(self, uri):
        body = f'<rss xmlns:zz="{uri}" xmlns:podcast="https://example.org/"><channel><zz:guid/><podcast:guid/></channel></rss>'
        ((channel),) = markup.read(body.encode(), url=None)[0]
        assert len(markup.children(channel, "podcast", "guid")) == 1

    def test_of_media_rss_are_not_those_of_rss(self):
        body = b'<rss xmlns:m="http://search.yahoo.com/mrss/"><channel><m:title>x</m:title><title>y</title></channel></rss>'
        ((channel),) = markup.read(body, url=None)[0]
        assert [markup.words(node) for node in markup.plain(channel, "title")] == ["y"]
