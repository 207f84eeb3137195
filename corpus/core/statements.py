"""Licence and block elements of one channel or item, as observations."""

from lxml import etree

from corpus.core.evidence import AI_CONTENT, MEDIUM, UNDECLARED, Block, Level, Observation
from corpus.core.markup import children, either, plain, unbound, words

LONGEST = 4000  # characters of one statement; the feed itself is kept whole
LONGEST_ADDRESS = 2000  # characters that are kept of one; a longer one stands among the words
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"
# (prefix, name): where its address is written. What feeds write as text stays text.
_LICENCES = (
    ("podcast", "license"),
    ("creativeCommons", "license"),
    ("cc", "license"),
    ("dcterms", "license"),
    ("media", "license"),
)
_RIGHTS = (("atom", "rights"), ("atom", "copyright"), ("dc", "rights"), ("dcterms", "rights"), ("media", "copyright"))  # fmt: skip
_UNBOUND_LICENCES = ("podcast", "creativeCommons", "cc", "dcterms")
# What `podcast:medium` calls shows that hold no speech; each name also exists with an L, for lists.
_NOT_SPEECH = {"music", "video", "film", "newsletter", "blog", "publisher"}


def observations_of(node: etree._Element, level: Level) -> tuple[Observation, ...]:
    """Everything that a channel or an item itself says about its licence, strongest kind first."""
    found = [
        _observation(f"{prefix}:{name}", level, child)
        for prefix, name in _LICENCES
        for child in _within(node, prefix, name)
    ]
    found += [
        _seen("atom:link", level, "", link.get("href"))
        for link in children(node, "atom", "link")
        if (link.get("rel") or "").casefold() == "license"
    ]
    found += [
        _observation("atom:rights" if prefix == "atom" else f"{prefix}:{name}", level, child)
        for prefix, name in _RIGHTS
        for child in _within(node, prefix, name)
    ]
    found += [_seen("copyright", level, words(child), None) for child in plain(node, "copyright")]
    found += [
        _observation(f"{UNDECLARED}{prefix}:license", level, child)
        for prefix in _UNBOUND_LICENCES
        for child in unbound(node, prefix, "license")
    ]
    return tuple(seen for seen in found if seen.text or seen.url)


def content_of(level: Level, *, medium: str = "", is_ai: bool) -> tuple[Observation, ...]:
    """What a channel or an item declares that speaks against natural speech of people."""
    found = [Observation(AI_CONTENT, level, "ai-content: true")] if is_ai else []
    return (*found, *([] if is_speech(medium) else [Observation(MEDIUM, level, medium)]))


def is_speech(medium: str) -> bool:
    """Whether a show of this medium may hold speech; a name that nobody knows may."""
    return medium not in _NOT_SPEECH and medium.removesuffix("l") not in _NOT_SPEECH


def blocks_of(node: etree._Element) -> tuple[Block, ...]:
    """`podcast:block` and `itunes:block` of a channel; of an item only the latter exists."""
    podcast = either(node, "podcast", "block")
    found = [Block("podcast:block", words(c), c.get("id") or None) for c in podcast]
    return (*found, *(Block("itunes:block", words(c)) for c in children(node, "itunes", "block")))


def _within(node: etree._Element, prefix: str, name: str) -> list[etree._Element]:
    """Direct children; for Media RSS also those of its groups and files."""
    if prefix != "media":
        return children(node, prefix, name)
    holders = [node]
    for holder in holders:
        holders += [c for kind in ("group", "content") for c in children(holder, "media", kind)]
    return [child for holder in holders for child in children(holder, "media", name)]


def _observation(element: str, level: Level, node: etree._Element) -> Observation:
    url = node.get("url") or node.get("href") or node.get(_RDF)
    return _seen(element, level, words(node), url)


def _seen(element: str, level: Level, text: str, url: str | None) -> Observation:
    """What was said, so that all of it that decides can be kept as evidence."""
    url = (url or "").strip()
    if len(url) <= LONGEST_ADDRESS:
        return Observation(element, level, _short(text), url or None)
    return Observation(element, level, _short(f"{text} {url}".strip()))


def _short(text: str) -> str:
    """What it says; of a whole legal code its start, and a word that no licence has."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} [cut]"
