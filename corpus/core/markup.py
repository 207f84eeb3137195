"""Bytes that should be a feed → a well-formed tree with every prefix bound, or NotAFeed.

Entities are never expanded and nothing is fetched (no DTD, no network), so a hostile body stays a body.
"""

import codecs
import html
import re
import sys
from html import entities
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
_FEED_LINK = re.compile(r"<link\b[^>]*application/(?:rss|atom)\+xml[^>]*>", re.I)
_HREF = re.compile(r"""href\s*=\s*["']?([^"'\s>]+)""", re.I)
_FEED_ROOTS = ("rss", "feed", "rdf")


class NotAFeed(Exception):
    """The bytes are no feed; the message says what they look like and what to do."""


def read(body: bytes, *, url: str | None) -> tuple[etree._Element, bool]:
    """The root of the feed and whether the document breaks off before its end, or raise NotAFeed."""
    if not body.strip(b"\x00 \t\r\n"):
        raise NotAFeed(
            "The feed is empty (0 bytes of content). Check the address, or try again later."
        )
    try:
        root = etree.fromstring(body, etree.XMLParser(**_SAFE))
        is_cut_off = False
    except (etree.XMLSyntaxError, ValueError):
        text = _decoded(body)
        root = _recovered(text)
        is_cut_off = re.search(r"</(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>", text, re.I) is None
    if root is None or local_name(root).casefold() not in _FEED_ROOTS:
        raise NotAFeed(_explanation(body, url))
    _bind(root)
    return root, is_cut_off


def is_named(node: etree._Element, prefix: str, name: str) -> bool:
    """Whether an element is `prefix:name` by its namespace, whatever prefix the feed itself uses."""
    return local_name(node) == name and _normal(namespace(node)) in _KNOWN[prefix]


def children(node: etree._Element, prefix: str, name: str) -> list[etree._Element]:
    """Direct children named `prefix:name`: an item never inherits from its channel by accident."""
    return [child for child in node if is_named(child, prefix, name)]


def unbound(node: etree._Element, prefix: str, name: str) -> list[etree._Element]:
    """Direct children written `prefix:name` in a feed that never declares the prefix."""
    return [c for c in node if local_name(c) == name and namespace(c) == UNBOUND + prefix]


def plain(node: etree._Element, name: str) -> list[etree._Element]:
    """Direct children of RSS itself called `name`: in no namespace, or in one of RSS's own."""
    return [c for c in node if local_name(c) == name and _is_rss(namespace(c))]


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


_KNOWN = {prefix: {_normal(uri) for uri in uris} for prefix, uris in NAMESPACES.items()}


def _is_rss(namespace: str) -> bool:
    return not namespace or _normal(namespace) in _RSS


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
    return html.escape(entities.html5.get(name or "", match[0]))


def _bind(root: etree._Element) -> None:
    """Give every undeclared prefix a namespace, and put text where entities stand."""
    for node in list(root.iter()):
        if node.tag is etree.Entity:
            _replace_entity(node)
        elif isinstance(node.tag, str):
            _bind_tag(node)


def _bind_tag(node: etree._Element) -> None:
    for name in [
        name for name in node.attrib if not name.startswith("{") and not _NAME.fullmatch(name)
    ]:
        del node.attrib[name]
    if node.tag.startswith("{") or _NAME.fullmatch(node.tag):
        return
    prefix, _, name = node.tag.rpartition(":")
    uri = NAMESPACES[prefix][0] if prefix in _HARMLESS else UNBOUND + re.sub(r"\W", "_", prefix)
    node.tag = f"{{{uri}}}{name if _NAME.fullmatch(name) else 'unnamed'}"


def _replace_entity(node: etree._Element) -> None:
    """Entities of HTML become their character; any other could be hostile, and goes."""
    text = entities.html5.get(f"{node.name};", "") + (node.tail or "")
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
            "This is an OPML list of podcasts, not a feed. Add the feeds that it lists one by one."
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
    return f"This is a web page, not a feed. It names a feed: add {_joined(url, named[0])} instead."


def _joined(url: str | None, target: str) -> str:
    try:
        return urljoin(url or "", target)
    except ValueError:
        return target
