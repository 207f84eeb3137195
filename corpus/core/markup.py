"""Bytes that should be a feed → a well-formed tree with every prefix bound, or NotAFeed.

Entities are never expanded and nothing is fetched (no DTD, no network), so a hostile body stays a body.
"""

import codecs
import html
import re
import sys
from html import entities as html_entities
from urllib.parse import urljoin

from lxml import etree

NAMESPACES = {
    "podcast": (
        "https://podcastindex.org/namespace/1.0",
        "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
    ),
    "creativeCommons": (
        "http://backend.userland.com/creativeCommonsRssModule",
        "http://cyber.law.harvard.edu/rss/creativeCommonsRssModule.html",
    ),
    "cc": ("http://web.resource.org/cc/", "http://creativecommons.org/ns#"),
    "dcterms": ("http://purl.org/dc/terms/",),
    "dc": ("http://purl.org/dc/elements/1.1/",),
    "media": ("http://search.yahoo.com/mrss/",),
    "atom": ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"),
    "itunes": ("http://www.itunes.com/dtds/podcast-1.0.dtd",),
    "content": ("http://purl.org/rss/1.0/modules/content/",),
}
MOST_MARKS = (
    2_000_000  # twenty thousand long episodes have half of it; each mark may cost 300 bytes
)
UNBOUND = "urn:unbound:"  # the namespace of a licence prefix that the feed uses and never declares
_SAFE = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False,
         "remove_comments": True, "remove_pis": True}  # fmt: skip
# The namespaces that RSS itself was given in its time, without their scheme.
_RSS = ("purl.org/rss/1.0", "backend.userland.com/rss2", "backend.userland.com/rss",
        "blogs.law.harvard.edu/tech/rss", "my.netscape.com/rdf/simple/0.9")  # fmt: skip
# Prefixes whose elements carry no rights: using them undeclared is untidy, and their meaning is plain.
_HARMLESS = ("itunes", "content", "media", "atom")
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Unclosed sections run to the end, so that hostile input is still read once only.
_AMPERSANDS = re.compile(
    r"<!\[CDATA\[(?:.*?\]\]>|.*)|<!--(?:.*?-->|.*)|&(#\d+;|#x[\da-fA-F]+;|\w+;)?", re.S
)
_NUMERIC = re.compile(r"&#(?:\d{1,9}|x[\da-fA-F]{1,8});")
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.A)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"ID3", "an MP3 file"), (b"\xff\xfb", "an MP3 file"), (b"\xff\xf3", "an MP3 file"),
    (b"\xff\xf1", "an AAC file"), (b"OggS", "an Ogg file"), (b"fLaC", "a FLAC file"),
    (b"RIFF", "a WAV file"), (b"\x1f\x8b", "a gzip archive"), (b"PK\x03\x04", "a ZIP archive"),
    (b"%PDF", "a PDF document"), (b"\x89PNG", "an image"), (b"\xff\xd8\xff", "an image"), (b"GIF8", "an image"),
)  # fmt: skip
# No part of a pattern may run over the start of the next match: hostile input is long.
_FEED_LINK = re.compile(r"<link\b[^<>]{0,2000}?application/(?:rss|atom)\+xml[^<>]{0,2000}>", re.I)
_HREF = re.compile(r"""href\s*=\s*["']?([^"'\s>]+)""", re.I)
_END = re.compile(r"</(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>", re.I)
_FEED_ROOTS = ("rss", "feed", "rdf")


class NotAFeed(Exception):
    """The bytes are no feed; the message says what they look like and what to do."""


def read(body: bytes, *, url: str | None) -> tuple[etree._Element, bool]:
    """The root of the feed and whether the document breaks off before its end, or raise NotAFeed."""
    if not body.strip(b"\x00 \t\r\n"):
        raise NotAFeed(
            "The feed is empty (0 bytes of content). Check the address, or try again later."
        )
    if body.count(b"<") > MOST_MARKS:
        raise NotAFeed(
            f"This document has more than {MOST_MARKS:,} pieces of markup, more than any feed that we read. Ask the "
            "makers for a shorter one."
        )
    root, text = _tree(body)
    if root is None or local_name(root).casefold() not in _FEED_ROOTS:
        raise NotAFeed(_explanation(body, url))
    _bind(root)
    return root, text is not None and _END.search(text) is None


def tree(body: bytes) -> tuple[etree._Element | None, str | None]:
    """The root of any XML (None: there is no element), and its text where that had to be mended."""
    return _tree(body)


def declares_entities(root: etree._Element) -> bool:
    """Whether the document has entities of its own, which are never expanded; those of HTML are known."""
    dtd = root.getroottree().docinfo.internalDTD
    return dtd is not None and any(
        f"{entity.name};" not in html_entities.html5 for entity in dtd.iterentities()
    )


def children(node: etree._Element, prefix: str, name: str) -> list[etree._Element]:
    """Direct children named `prefix:name`, whatever prefix the feed itself uses; never those of its items."""
    return list(node.iterchildren(f"{{{NAMESPACES[prefix][0]}}}{name}"))


def unbound(node: etree._Element, prefix: str, name: str) -> list[etree._Element]:
    """Direct children written `prefix:name` in a feed that never declares the prefix."""
    return list(node.iterchildren(f"{{{UNBOUND}{prefix}}}{name}"))


def either(node: etree._Element, prefix: str, name: str) -> list[etree._Element]:
    """Direct children written `prefix:name`, declared or not: for what may only hold us back or inform."""
    return [*children(node, prefix, name), *unbound(node, prefix, name)]


def plain(node: etree._Element, name: str) -> list[etree._Element]:
    """Direct children of RSS itself called `name`: in no namespace, or in one of RSS's own."""
    return list(node.iterchildren(name))


def local_name(node: etree._Element) -> str:
    """The name without its namespace; empty for what is no element."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def namespace(node: etree._Element) -> str:
    """The address of its namespace; empty for none."""
    return node.tag[1:].rpartition("}")[0] if isinstance(node.tag, str) else ""


def words(node: etree._Element) -> str:
    """All text inside, spaces collapsed."""
    return " ".join("".join(node.itertext()).split())


def _normal(uri: str) -> str:
    """Feeds vary case, scheme and the closing slash of a namespace; none of it changes the meaning."""
    return re.sub(r"^https?://", "", uri.strip().casefold()).rstrip("/#")


_PREFIXES = {_normal(uri): prefix for prefix, uris in NAMESPACES.items() for uri in uris}


def _tree(body: bytes) -> tuple[etree._Element | None, str | None]:
    """The root, and the text that had to be mended for it (None: nothing had)."""
    try:
        return etree.fromstring(body, etree.XMLParser(**_SAFE)), None
    except (etree.XMLSyntaxError, ValueError):
        text = _decoded(body)
        return _recovered(text), text


def _decoded(body: bytes) -> str:
    """The text, whatever the declaration claims: byte order mark, declaration, UTF-8, Windows-1252."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    declared = re.search(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.-]+)""", body[:400])
    for encoding in (declared[1].decode() if declared else "utf-8", "utf-8", "cp1252"):
        try:
            return body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("latin-1")


def _recovered(text: str) -> etree._Element | None:
    """As much of a broken document as can be saved; None where it holds no element."""
    start = text.find("<")
    if start < 0:
        return None
    legal = _NUMERIC.sub(lambda match: _legal(match[0]), _ILLEGAL.sub("", text[start:]))
    mended = _AMPERSANDS.sub(_mend, legal)
    mended = re.sub(r"\A<\?xml.*?\?>", "", mended, count=1, flags=re.S)
    try:
        return etree.fromstring(
            mended.encode(), etree.XMLParser(recover=True, encoding="utf-8", **_SAFE)
        )
    except etree.XMLSyntaxError:
        return None


def _legal(reference: str) -> str:
    """A numeric reference; the replacement character where XML may not hold what it means."""
    digits = reference[2:-1]
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    return reference if code <= sys.maxunicode and not _ILLEGAL.match(chr(code)) else "\ufffd"


def _mend(match: re.Match[str]) -> str:
    """A bare ampersand, escaped; an entity of HTML, as the character that it means."""
    name = match[1]
    if not match[0].startswith("&") or (name and name[0] == "#"):
        return match[0]
    return html.escape(html_entities.html5.get(name or "", match[0]))


def _bind(root: etree._Element) -> None:
    """Give every element the one name that we know it by, and put text where entities stand."""
    known: dict[str, str] = {}
    entities = []
    for node in root.iter():
        tag = node.tag
        if tag is etree.Entity:
            entities.append(node)
        elif isinstance(tag, str):
            name = known.get(tag)
            if name is None:
                name = known[tag] = _bound(tag)
            if name != tag:
                node.tag = name
    for node in entities:  # not on the way, since they leave the tree
        _replace_entity(node)


def _bound(tag: str) -> str:
    """The tag in the first spelling of its namespace, RSS's own in none; of an undeclared prefix in ours."""
    if tag.startswith("{"):
        uri, _, name = tag[1:].rpartition("}")
        known = _PREFIXES.get(_normal(uri))
        if not _NAME.fullmatch(name) or (known is None and _normal(uri) not in _RSS):
            return tag
        return f"{{{NAMESPACES[known][0]}}}{name}" if known else name
    if _NAME.fullmatch(tag):
        return tag
    prefix, _, name = tag.rpartition(":")
    uri = NAMESPACES[prefix][0] if prefix in _HARMLESS else UNBOUND + re.sub(r"\W", "_", prefix)
    return f"{{{uri}}}{name if _NAME.fullmatch(name) else 'unnamed'}"


def _replace_entity(node: etree._Element) -> None:
    """Entities of HTML become their character; any other could be hostile, and goes."""
    text = html_entities.html5.get(f"{node.name};", "") + (node.tail or "")
    parent, before = node.getparent(), node.getprevious()
    if before is None:
        parent.text = (parent.text or "") + text
    else:
        before.tail = (before.tail or "") + text
    node.tail = None
    parent.remove(node)


def _explanation(body: bytes, url: str | None) -> str:
    """What the bytes look like, and what to do about it."""
    kind = next((kind for magic, kind in _MAGIC if body.startswith(magic)), None)
    if kind is None and body[4:8] == b"ftyp":
        kind = "an M4A or MP4 file"
    if kind:
        return f"This is {kind}, not a feed. Add the address of the podcast's RSS or Atom feed instead."
    text = _decoded(body[:200_000]).lstrip("\ufeff \t\r\n")
    if text[:1] in ("{", "["):
        return (
            "This is JSON, not a feed. Add the address of the podcast's RSS or Atom feed instead."
        )
    if re.match(r"(?:<\?xml[^>]*>\s*)?<opml\b", text, re.I):
        return (
            "This is an OPML list of podcasts, not a feed. Add it where lists of feeds are taken in, or add "
            "the feeds that it names one by one."
        )
    if re.search(r"<(?:!doctype\s+html|html)\b", text[:5000], re.I):
        return _web_page(text, url)
    return (
        f"This is neither RSS nor Atom; it starts with “{' '.join(text[:60].split())}”. "
        "Add the address of the podcast's RSS or Atom feed instead."
    )


def _web_page(text: str, url: str | None) -> str:
    links = [_HREF.search(link[0]) for link in _FEED_LINK.finditer(text)]
    named = [html.unescape(link[1]) for link in links if link]
    if not named:
        return "This is a web page, not a feed. Look on it for a link called RSS or Feed, and add that address."
    return f"This is a web page, not a feed; its feed is at {_joined(url, named[0])}. Add that address instead."


def _joined(url: str | None, target: str) -> str:
    try:
        return urljoin(url or "", target)
    except ValueError:
        return target
