"""What feeds write about licences and blocks, and what each such place means by itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from corpus.core import spdx as spdx_ids
from corpus.core.spdx import spdx_from_text, spdx_from_url

OWN_SLUG = "emocast"  # what `podcast:block id=` calls us
PERMISSION = "written permission"  # a given element that lifts a block or a reservation
UNDECLARED = "undeclared "  # starts the name of an element whose prefix is never bound
GRANT = "earlier grant"  # a given element: the licence under which we took the copy that we hold
RESERVED = "all rights reserved"  # stands beside SPDX ids where a statement gives nothing away
MEDIUM = "podcast:medium"
AI_CONTENT = "podcast:txt"  # kept only where it declares the content machine-made
HEARD = (
    "content heard"  # a given element: a person says that people speak, whatever the feed declares
)

Level = Literal["item", "channel", "given"]
# Elements that state a licence for machines, the strongest first; each is a kind of its own.
KINDS = (
    "podcast:license",
    "creativeCommons:license",
    "cc:license",
    "dcterms:license",
    "media:license",
    "atom:link",
    "archive:licenseurl",
)
# Free text: read for a person, never accepted by itself. So is every element that is in neither list.
HINTS = frozenset(
    {"copyright", "atom:rights", "dc:rights", "dcterms:rights", "media:copyright", "archive:rights"}
)


@dataclass(frozen=True, slots=True)
class Observation:
    """One place that says something about the licence, as it was written."""

    element: str  # as in `podcast:license`, whatever prefix the feed uses
    level: Level
    text: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A `podcast:block` or `itunes:block`; no service means everybody."""

    element: str
    text: str
    service: str | None = None


_CLOSED = re.compile(
    r"all\s+rights?\s+(?:are\s+)?reserved|alle\s+rechte\s+vorbehalten|tous\s+(?:les\s+)?droits\s+r[ée]serv[ée]s"
    r"|todos\s+los\s+derechos\s+reservados|todos\s+os\s+direitos\s+reservados|tutti\s+i\s+diritti\s+riservati"
    r"|alle\s+rechten\s+voorbehouden|все\s+права\s+защищены|版权所有|保留所有权利|無断転載",
    re.I,
)
_OPEN = re.compile(r"creative\s*commons|\bcc(?:[\s-]?(?:by|0|zero))?\b|public\s+domain", re.I)


@dataclass(frozen=True, slots=True)
class Reading:
    """One observation, understood; `offer` is an SPDX id, RESERVED, or None where it cannot be read."""

    source: Observation
    offer: str | None = None
    contradicts_itself: bool = False  # its words against its own address


def blocking(blocks: Sequence[Block], *, slug: str = OWN_SLUG) -> Block | None:
    """The block that stops us, if any: our own `no` frees us, then our own or a general `yes` stops us."""
    ours = [block for block in blocks if (block.service or "").strip().casefold() == slug]
    if any(block.text.strip().casefold() == "no" for block in ours):
        return None
    general = [block for block in blocks if not (block.service or "").strip()]
    return next(
        (b for b in (*ours, *general) if b.text.strip().casefold() in ("yes", "true")), None
    )


def is_about_content(seen: Observation) -> bool:
    """Whether it speaks of what is heard, and not of a licence."""
    return seen.element in (MEDIUM, AI_CONTENT, HEARD)


def order(seen: Observation) -> tuple[int, str, str, str, str]:
    """The strongest kind first, then by its words: no verdict hangs on the order in a feed."""
    rank = KINDS.index(seen.element) if seen.element in KINDS else len(KINDS)
    return rank, seen.level, seen.element, seen.text, seen.url or ""


def is_hint(seen: Observation) -> bool:
    """Whether a place can only point a person somewhere: what a feed says in no machine-readable kind."""
    return seen.level != "given" and seen.element not in KINDS


def speaks_of_use(seen: Observation) -> bool:
    """Whether it says anything about use: a bare `© 2026 Somebody` names an owner only."""
    if not is_hint(seen) or seen.element.startswith(UNDECLARED):
        return True
    return bool(_CLOSED.search(seen.text) or _OPEN.search(seen.text) or mentioned(seen))


def is_reserved(text: str) -> bool:
    """Whether a text plainly reserves all rights, and nothing in it speaks of a public licence."""
    return bool(_CLOSED.search(text)) and not _OPEN.search(text)


def mentioned(seen: Observation) -> frozenset[str]:
    """Every SPDX id that its words or its address name."""
    return spdx_ids.mentioned(f"{seen.text} {seen.url or ''}")


def deciding(feed: Sequence[Observation]) -> tuple[Observation, ...]:
    """The item's observations where they speak of use, else the channel's: an item beats its channel."""
    item = tuple(seen for seen in feed if seen.level == "item")
    if any(speaks_of_use(seen) for seen in item):
        return item
    return tuple(seen for seen in feed if seen.level == "channel") or item


def read(seen: Observation) -> Reading:
    """What one structured element offers by itself."""
    from_url = spdx_from_url(seen.url) if seen.url else None
    from_text = spdx_from_text(seen.text)
    if not seen.url or not seen.text.strip():
        return Reading(
            seen, from_url or from_text or (RESERVED if is_reserved(seen.text) else None)
        )
    if from_url and from_text:
        both = common({from_url}, {from_text})
        return Reading(seen, next(iter(both), None), contradicts_itself=not both)
    if from_url:
        vague = seen.level == "given" or _is_vague(seen.text, from_url)
        return Reading(seen, from_url if vague else None, contradicts_itself=not vague)
    if from_text:  # a curator's address is where the proof lies, a feed's must be the licence
        is_given = seen.level == "given"
        return Reading(seen, from_text if is_given else None, contradicts_itself=not is_given)
    return Reading(seen, RESERVED if is_reserved(seen.text) else None)


def common(left: set[str], right: set[str]) -> set[str]:
    """Ids in both; a port agrees with its unported id, and the more exact one stays."""
    agree = (
        (a, b) for a in left for b in right if a in (b, spdx_ids.base(b)) or b == spdx_ids.base(a)
    )
    return {max(pair, key=len) for pair in agree}


def leaves_room(level: Sequence[Observation], spdx: str) -> bool:
    """Whether the machine-readable statements of a level, unclear as they are, may mean this licence.

    Those that name licences must name it; one without a version must at least be of its family.
    """
    plain = [seen for seen in level if not is_hint(seen)]
    named = {known for seen in plain for known in _named(seen)}
    if named and not common(named, {spdx}):
        return False
    families = {spdx_ids.family(f"{seen.text} {seen.url or ''}") for seen in plain}
    return named != set() or families <= {None, spdx_ids.family(spdx)}


def _named(seen: Observation) -> set[str]:
    """Every id that its words and its address name by themselves, RESERVED for none."""
    found = {spdx_from_url(seen.url or ""), spdx_from_text(seen.text)}
    found |= {RESERVED} if is_reserved(seen.text) else set()
    return {known for known in found if known}


def is_against(hint: Observation, agreed: set[str]) -> bool:
    """Whether a hint plainly says something else than what the structured elements agree on."""
    if named := mentioned(hint):
        return not common(set(named), agreed)
    return is_reserved(hint.text) and RESERVED not in agreed


def _is_vague(text: str, spdx: str) -> bool:
    """Whether a text speaks of public licences, without a version, and of no other one than `spdx`."""
    if not _OPEN.search(text) or _CLOSED.search(text) or spdx_ids.mentioned(text):
        return False
    return spdx_ids.family(text) in (None, spdx_ids.family(spdx))
