"""What a feed and a curator say about the licence → one decision, with its reason and its evidence.

The policy follows the Creative Commons FAQ and the podcast namespace: an item beats its channel, kinds of
element that disagree need a person, and a block beats a licence. Engineering policy, not legal advice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Literal

from corpus.core import evidence
from corpus.core import spdx as spdx_ids
from corpus.core.evidence import PERMISSION, RESERVED, Block, Level, Observation, Reading, blocking
from corpus.core.spdx import licence_name, licence_url, spdx_from_text, spdx_from_url

__all__ = [
    "PERMISSION", "POLICY", "POLICY_VERSION", "VERDICTS", "Block", "Decision", "Level", "Observation",
    "Rule", "Verdict", "blocking", "decide", "licence_name", "licence_url", "may_share",
    "spdx_from_text", "spdx_from_url",
]  # fmt: skip

POLICY_VERSION = "1"  # goes into every decision; raise it when POLICY or decide() changes a verdict
Verdict = Literal["accepted", "non_commercial", "index_only", "review", "blocked", "refused"]
VERDICTS: tuple[Verdict, ...] = (
    "accepted", "non_commercial", "index_only", "review", "blocked", "refused",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """What a licence lets us do, and the sentence that says so."""

    verdict: Verdict
    note: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What may happen to an episode, why, and the observations that decided it."""

    spdx: str | None
    url: str | None
    verdict: Verdict
    reason: str
    decisive: tuple[Observation, ...] = ()
    rule: str = ""  # which one of the policy table applied


_FAMILY_RULES = {
    "by": Rule("accepted", "Clips may be cut and published with credit and a note of our changes."),
    "by-sa": Rule(
        "accepted", "Clips may be cut and published, with credit, under the same licence."
    ),
    "by-nc": Rule("non_commercial", "Clips go only into releases tagged non-commercial."),
    "by-nc-sa": Rule(
        "non_commercial",
        "Clips go only into releases tagged non-commercial, under the same licence.",
    ),
    "by-nd": Rule(
        "index_only",
        "Excerpts are not allowed, so the episode is only listed (address, times, hash), never cut.",
    ),
    "by-nc-nd": Rule(
        "index_only",
        "Excerpts are not allowed, so the episode is only listed (address, times, hash), never cut.",
    ),
}
POLICY: dict[str, Rule] = {
    spdx_ids.CC0: Rule("accepted", "Clips may be cut and published; credit the makers anyway."),
    spdx_ids.PDM: Rule(
        "accepted",
        "Clips may be cut and published; the mark is a statement, not a grant, so look for a second proof.",
    ),
    **{
        known: _FAMILY_RULES[spdx_ids.family(known) or ""]
        for known in sorted(spdx_ids.BASE | spdx_ids.PORTED)
    },
}
_RANK = {verdict: rank for rank, verdict in enumerate(VERDICTS)}


def decide(observations: Iterable[Observation], *, block: Block | None) -> Decision:
    """The verdict on one episode from what its item, its channel and a curator say.

    A written permission decides alone. Other evidence of a curator settles what the feed leaves open
    (verdict `review`); it never loosens what the feed plainly states.
    """
    stated = [seen for seen in observations if seen.text.strip() or seen.url]
    given = [seen for seen in stated if seen.level == "given"]
    permission = [seen for seen in given if seen.element == PERMISSION]
    if permission:
        return _weigh(permission)
    if block is not None:
        return _blocked(block)
    from_feed = _weigh(evidence.deciding([seen for seen in stated if seen.level != "given"]))
    return _settle(from_feed, _weigh(given)) if given else from_feed


def may_share(verdict: str) -> bool:
    """Whether clips may be cut and published at all, `non_commercial` in releases tagged so."""
    return verdict in ("accepted", "non_commercial")


def _weigh(level: Sequence[Observation]) -> Decision:
    """The verdict from the observations of one level."""
    readings = [evidence.read(seen) for seen in level if not evidence.is_hint(seen)]
    hints = [seen for seen in level if evidence.is_hint(seen)]
    if not readings:
        return _from_hints(hints)
    if doubt := _doubt(readings):
        return doubt
    agreed = reduce(evidence.common, _offers(readings).values())
    against = [seen for seen in hints if agreed and evidence.is_against(seen, agreed)]
    sources = [reading.source for reading in readings]
    if not agreed or against or {RESERVED} < agreed:
        return _conflict([*sources, *against])
    return _refused(sources) if agreed == {RESERVED} else _accept(agreed, readings)


def _doubt(readings: Sequence[Reading]) -> Decision | None:
    """A review where a structured element cannot be understood, or contradicts itself."""
    for reading in readings:
        if reading.contradicts_itself:
            return _review(
                f"The words of {_quote(reading.source)} and its address {reading.source.url} do not name the "
                "same licence. Ask the makers or open the address, then add what you find as evidence.",
                reading.source,
            )
    kinds = {reading.source.element for reading in readings if reading.offer}
    for reading in readings:
        if reading.source.element not in kinds:
            return _review(
                f"{_quote(reading.source, start=True)} names no licence that we know, or leaves out its version. "
                "Open it, and add the exact licence as evidence if you find one.",
                reading.source,
            )
    return None


def _offers(readings: Sequence[Reading]) -> dict[str, set[str]]:
    """What each kind of element offers; several of one kind mean 'any of these'."""
    offers: dict[str, set[str]] = {}
    for reading in readings:
        if reading.offer:
            offers.setdefault(reading.source.element, set()).add(reading.offer)
    return offers


def _accept(agreed: set[str], readings: Sequence[Reading]) -> Decision:
    """The most useful of the licences that everybody offers, with the fewest conditions."""
    spdx = min(agreed, key=lambda known: (_RANK[POLICY[known].verdict], len(known), known))
    decisive = tuple(r.source for r in readings if r.offer and evidence.common({r.offer}, {spdx}))
    first, rule = decisive[0], POLICY[spdx]
    reason = f"{_who(first)} says {spdx} ({first.element}). {rule.note}"
    return Decision(spdx, _address(decisive, spdx), rule.verdict, reason, decisive)


def _address(decisive: Sequence[Observation], spdx: str) -> str:
    """The address as the feed gives it, which keeps a port, else the canonical one."""
    written = [w.strip() for seen in decisive for w in (seen.url, seen.text) if w]
    exact = [w for w in written if spdx_from_url(w) == spdx and w.startswith("http")]
    return exact[0] if exact else licence_url(spdx)


def _from_hints(hints: Sequence[Observation]) -> Decision:
    if not hints:
        return _review(
            "Neither the feed nor the episode states a licence. Look for one on the podcast's website, "
            "and add it as evidence; without one nothing is used."
        )
    speaking = [seen for seen in hints if evidence.speaks_of_use(seen)]
    if speaking and all(evidence.is_reserved(seen.text) for seen in speaking):
        return _refused(speaking)
    named = sorted({spdx for seen in hints for spdx in evidence.mentioned(seen)})
    guess = f" It seems to mean {' or '.join(named)}." if named else ""
    return _review(
        f"Only a hint speaks of rights: {_quote((speaking or hints)[0])}.{guess} A hint is never accepted "
        "by itself: confirm the exact licence with the makers or on their website, and add it as evidence.",
        *hints,
    )


def _settle(feed: Decision, given: Decision) -> Decision:
    """What a curator's evidence changes: it closes a review, and may not loosen a plain statement."""
    if feed.verdict == "review" or (feed.spdx and feed.spdx == given.spdx):
        return given
    if feed.verdict == "refused":
        return feed
    return _review(
        f"The evidence entered here and the feed do not agree ({feed.spdx} in the feed). Correct the evidence, "
        "or enter a written permission of the makers.",
        *feed.decisive,
        *given.decisive,
    )


def _review(reason: str, *decisive: Observation) -> Decision:
    return Decision(None, None, "review", reason, decisive)


def _conflict(sources: Sequence[Observation]) -> Decision:
    said = "; ".join(_quote(seen) for seen in sources)
    return _review(
        f"The statements disagree: {said}. The most generous one never wins: ask the makers which holds, "
        "and add the answer as evidence.",
        *sources,
    )


def _refused(sources: Sequence[Observation]) -> Decision:
    reason = (
        f"All rights are reserved: {_quote(sources[0])}. Only a written permission of the makers, entered as "
        "evidence, changes that."
    )
    return Decision(None, None, "refused", reason, tuple(sources))


def _blocked(block: Block) -> Decision:
    who = f"the service {block.service!r}" if block.service else "every service"
    reason = (
        f"The feed asks {who} to stay away ({block.element} is {block.text.strip()!r}), whatever its licence. "
        "Only a written permission of the makers, entered as evidence, changes that."
    )
    return Decision(None, None, "blocked", reason)


def _who(seen: Observation) -> str:
    return {
        "item": "The episode itself",
        "channel": "The feed",
        "given": "The evidence entered here",
    }[seen.level]


def _quote(seen: Observation, *, start: bool = False) -> str:
    words = " ".join((seen.text.strip() or seen.url or "").split())
    shown = f"“{words[:120]}{'…' if len(words) > 120 else ''}”"
    place = {"item": "the episode's ", "channel": "the feed's ", "given": "the entered "}[
        seen.level
    ]
    quoted = f"{place}{seen.element} {shown}"
    return quoted[0].upper() + quoted[1:] if start else quoted
