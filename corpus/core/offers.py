"""The files that one item offers: enclosures, Atom links, Media RSS and `podcast:alternateEnclosure`."""

import base64
import binascii
import math
import re
from dataclasses import dataclass

from lxml import etree

from corpus.core import enclosures
from corpus.core.enclosures import Enclosure, resolved
from corpus.core.markup import children, either, plain

# Subresource integrity (W3C): the strongest of these decides; bytes of its digest.
_DIGESTS = {"sha512": 64, "sha384": 48, "sha256": 32}
_HASH = re.compile(r"(sha256|sha384|sha512)-([A-Za-z0-9+/_=-]+)(?:\?\S*)?")


@dataclass(frozen=True, slots=True)
class Offer:
    """Everything that can be had of one item."""

    files: tuple[Enclosure, ...]  # what every player plays, in the order of the feed
    alternates: tuple[Enclosure, ...] = ()  # other versions of the same episode
    unusable: tuple[str, ...] = ()  # addresses that nobody may fetch


def of_item(item: etree._Element, base: str | None) -> Offer:
    """What an item offers, the addresses resolved as far as the feed allows."""
    files: list[Enclosure] = []
    unusable: list[str] = []
    for node, address, size in _files(item):
        url = resolved(address, node.base or base)
        if url:
            files.append(Enclosure(url, node.get("type") or None, _number(size)))
        elif address and address.strip():
            unusable.append(address.strip())
    alternates: list[Enclosure] = []
    for node in either(item, "podcast", "alternateEnclosure"):
        usable, rest = _sources(node, base)
        alternates += usable
        unusable += rest
    return Offer(tuple(files), tuple(alternates), tuple(unusable))


def integrity(written: str) -> str | None:
    """The strongest well-formed hashes of a subresource integrity value; None where there are none."""
    found: dict[str, list[str]] = {}
    for token in written.split():
        match = _HASH.fullmatch(token)
        if match and _has_length(match[2], _DIGESTS[match[1]]):
            hashes = found.setdefault(match[1], [])
            hashes.append(f"{match[1]}-{_padded(match[2])}")
    strongest = next((found[name] for name in _DIGESTS if name in found), [])
    return " ".join(strongest[:4]) or None


def _padded(text: str) -> str:
    """Base64 as everybody reads it, from the alphabet of addresses and without its padding too."""
    standard = text.translate(str.maketrans("-_", "+/")).rstrip("=")
    return standard + "=" * (-len(standard) % 4)


def _has_length(text: str, n_bytes: int) -> bool:
    try:
        return len(base64.b64decode(_padded(text), validate=True)) == n_bytes
    except (binascii.Error, ValueError):
        return False


def _files(item: etree._Element) -> list[tuple[etree._Element, str | None, str | None]]:
    """(element, address, size) of enclosures, Atom's enclosure links, and Media RSS."""
    found = [(node, node.get("url"), node.get("length")) for node in plain(item, "enclosure")]
    links = children(item, "atom", "link")
    found += [(n, n.get("href"), n.get("length")) for n in links if n.get("rel") == "enclosure"]
    holders = [item, *children(item, "media", "group")]
    media = [node for holder in holders for node in children(holder, "media", "content")]
    return [*found, *((node, node.get("url"), node.get("fileSize")) for node in media)]


def _sources(node: etree._Element, base: str | None) -> tuple[list[Enclosure], list[str]]:
    """The places of one alternate that the web has, and the others."""
    hashes = _hashes(node)
    files: list[Enclosure] = []
    unusable: list[str] = []
    for source in either(node, "podcast", "source"):
        written = (source.get("uri") or source.get("url") or "").strip()
        url = resolved(written, source.base or base)
        if not url:
            unusable += [written] if written else []
            continue
        files.append(
            Enclosure(
                url,
                source.get("contentType") or node.get("type") or None,
                _number(node.get("length")),
                bitrate=_rate(node.get("bitrate")),
                integrity=hashes,
                is_default=(node.get("default") or "").strip().casefold() == "true",
            )
        )
    return [file for file in files if enclosures.kind(file) != "other"], unusable


def _hashes(node: etree._Element) -> str | None:
    """Of an alternate, by `podcast:integrity`; a signature by PGP tells us nothing without its key."""
    stated = either(node, "podcast", "integrity")
    values = [n.get("value") or "" for n in stated if (n.get("type") or "").casefold() == "sri"]
    return integrity(" ".join(values))


def _number(text: str | None) -> int | None:
    digits = (text or "").strip()
    return int(digits) or None if re.fullmatch(r"\d{1,15}", digits) else None


def _rate(text: str | None) -> float | None:
    """Bits per second, with or without a fraction."""
    try:
        rate = float(text or "")
    except ValueError:
        return None
    if not math.isfinite(rate) or not 0 < rate < 1e9:
        return None
    return rate if rate >= 1000 else rate * 1000  # some write kilobits
