"""Licence and block elements of one channel or item, as observations."""

from lxml import etree

from corpus.core.evidence import UNDECLARED, Block, Level, Observation
from corpus.core.markup import UNBOUND, children, local_name, namespace, plain, unbound, words

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
_UNBOUND_LICENCES = {UNBOUND + prefix for prefix in ("podcast", "creativeCommons", "cc", "dcterms")}


def observations_of(node: etree._Element, level: Level) -> tuple[Observation, ...]:
    """Everything that a channel or an item itself says about its licence, strongest kind first."""
    found = [
        _observation(f"{prefix}:{name}", level, child)
        for prefix, name in _LICENCES
        for child in _within(node, prefix, name)
    ]
    found += [
        Observation("atom:link", level, url=link.get("href"))
        for link in children(node, "atom", "link")
        if (link.get("rel") or "").casefold() == "license"
    ]
    found += [
        _observation("atom:rights" if prefix == "atom" else f"{prefix}:{name}", level, child)
        for prefix, name in _RIGHTS
        for child in _within(node, prefix, name)
    ]
    found += [Observation("copyright", level, words(child)) for child in plain(node, "copyright")]
    found += [
        _observation(f"{UNDECLARED}{_prefixed(c)}", level, c)
        for c in node
        if _is_unbound(c, "license")
    ]
    return tuple(seen for seen in found if seen.text or seen.url)


def blocks_of(node: etree._Element) -> tuple[Block, ...]:
    """`podcast:block` and `itunes:block` of a channel; of an item only the latter exists."""
    podcast = [*children(node, "podcast", "block"), *unbound(node, "podcast", "block")]
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
    return Observation(element, level, words(node), url.strip() if url else None)


def _is_unbound(node: etree._Element, name: str) -> bool:
    return local_name(node) == name and namespace(node) in _UNBOUND_LICENCES


def _prefixed(node: etree._Element) -> str:
    return f"{namespace(node).removeprefix(UNBOUND)}:{local_name(node)}"
