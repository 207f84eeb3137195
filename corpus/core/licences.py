"""What a feed and a curator say about the licence → one decision, with its rule, reason and evidence.

The policy follows the Creative Commons FAQ and the podcast namespace: an item beats its channel, kinds of
element that disagree need a person, and a block beats a licence. What each rule means is in `policy`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from corpus.core import evidence
from corpus.core import spdx as spdx_ids
from corpus.core.evidence import (
    AI_CONTENT,
    GRANT,
    HEARD,
    PERMISSION,
    RESERVED,
    Block,
    Level,
    Observation,
    Reading,
    blocking,
)
from corpus.core.policy import POLICY, POLICY_VERSION, RULES, VERDICTS, Rule, Verdict
from corpus.core.spdx import licence_name, licence_url, spdx_from_text, spdx_from_url

__all__ = [
    "GRANT", "HEARD", "PERMISSION", "POLICY", "POLICY_VERSION", "RULES", "VERDICTS", "Block", "Decision", "Level",
    "Observation", "Rule", "Verdict", "blocking", "changed", "contradicts", "decide", "disputed", "licence_name",
    "licence_url", "may_share", "spdx_from_text", "spdx_from_url",
]  # fmt: skip

_STRENGTH = {code: n for n, code in enumerate(RULES)}  # of licences: the fewest conditions first


@dataclass(frozen=True, slots=True)
class Decision:
    """What may happen to an episode, why, and the observations that decided it."""

    spdx: str | None
    url: str | None
    verdict: Verdict
    reason: str
    decisive: tuple[Observation, ...] = ()
    rule: str = ""  # which one of the policy table applied


def decide(observations: Iterable[Observation], *, block: Block | None) -> Decision:
    """The verdict on one episode from what its item, its channel and a curator say, in any order.

    A written permission decides alone. Other evidence of a curator settles what the feed leaves open
    (verdict `review`); it never loosens what the feed plainly states. What declares itself to be no speech
    of people waits for a person who heard it.
    """
    stated = sorted({seen for seen in observations if _says(seen)}, key=evidence.order)
    found = _of_licence([seen for seen in stated if not evidence.is_about_content(seen)], block)
    declared = [seen for seen in stated if evidence.is_about_content(seen)]
    is_heard = any(seen.element == HEARD and seen.level == "given" for seen in declared)
    if not may_share(found.verdict) or is_heard or not declared:
        return found
    return _not_speech(found, declared)


def may_share(verdict: str) -> bool:
    """Whether clips may be cut and published at all, `non_commercial` in releases tagged so."""
    return verdict in ("accepted", "non_commercial")


def changed(found: Decision) -> Decision:
    """The review of an episode that was accepted once, and whose source now says what was found."""
    reason = f"The source now says otherwise than when it was accepted. {found.reason}"
    return replace(found, verdict="review", reason=reason, rule="changed")


def contradicts(stated: str, verdict: str) -> bool:
    """Whether a verdict on the same recording is plainly stricter than this one, under which it may be cut."""
    if not may_share(verdict):
        return False
    return stated in ("index_only", "blocked", "refused") or (stated, verdict) == (
        "non_commercial",
        "accepted",
    )


def disputed(why: str) -> Decision:
    """The review of what may be cut by itself, and not by what is said of the same recording elsewhere."""
    return _review("disputed", why)


def _says(seen: Observation) -> bool:
    return bool(seen.text.strip() or seen.url)


def _of_licence(stated: Sequence[Observation], block: Block | None) -> Decision:
    given = [seen for seen in stated if seen.level == "given"]
    permission = [seen for seen in given if seen.element == PERMISSION]
    if permission:
        return _of_person(_weigh(permission), "permission")
    if block is not None:
        return _blocked(block)
    grant = [seen for seen in given if seen.element == GRANT]
    if grant:
        return _of_person(_weigh(grant), "grant")
    level = evidence.deciding([seen for seen in stated if seen.level != "given"])
    from_feed = _weigh(level)
    return _settle(from_feed, _of_person(_weigh(given), "statement"), level) if given else from_feed


def _of_person(found: Decision, rule: str) -> Decision:
    return replace(found, rule=rule) if found.spdx else found


def _not_speech(found: Decision, declared: Sequence[Observation]) -> Decision:
    """A review of what may be shared, but is declared to be no speech of people."""
    ai = [seen for seen in declared if seen.element == AI_CONTENT]
    first, rule = (ai[0], "ai-content") if ai else (declared[0], "medium")
    said = "its content machine-made" if ai else f"its medium “{first.text.strip()[:120]}”"
    reason = (
        f"The feed declares {said} ({first.element}), and the corpus is of natural speech. Its licence would do "
        f"({found.spdx}): approve it only if you heard that people speak."
    )
    return Decision(None, None, "review", reason, tuple(declared), rule)


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
                "self-conflict",
                f"The words of {_quote(reading.source)} and its address {reading.source.url} do not name the "
                "same licence. Ask the makers or open the address, then add what you find as evidence.",
                reading.source,
            )
    kinds = {reading.source.element for reading in readings if reading.offer}
    for reading in readings:
        if reading.source.element not in kinds:
            return _review(
                "unknown",
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
    spdx = min(agreed - {RESERVED}, key=_conditions)
    decisive = tuple(r.source for r in readings if r.offer and evidence.common({r.offer}, {spdx}))
    first, rule = decisive[0], POLICY[spdx]
    reason = f"{_who(first)} says {spdx} ({first.element}). {rule.sentence}"
    verdict = rule.verdict or "review"
    return Decision(spdx, _address(decisive, spdx), verdict, reason, decisive, rule.code)


def _conditions(spdx: str) -> tuple[int, float, int, str]:
    """Of licences offered side by side the one with the fewest conditions, then the newest version."""
    version = float(spdx_ids.base(spdx).rpartition("-")[2])
    return _STRENGTH[POLICY[spdx].code], -version, len(spdx), spdx


def _address(decisive: Sequence[Observation], spdx: str) -> str:
    """The address as the feed gives it, which keeps a port, else the canonical one."""
    written = [w.strip() for seen in decisive for w in (seen.url, seen.text) if w]
    exact = [w for w in written if spdx_from_url(w) == spdx and w.startswith("http")]
    return exact[0] if exact else licence_url(spdx)


def _from_hints(hints: Sequence[Observation]) -> Decision:
    if not hints:
        return _review(
            "silent",
            "Neither the feed nor the episode states a licence. Look for one on the podcast's website, "
            "and add it as evidence; without one nothing is used.",
        )
    speaking = [seen for seen in hints if evidence.speaks_of_use(seen)]
    if speaking and all(evidence.is_reserved(seen.text) for seen in speaking):
        return _refused(speaking)
    named = sorted({spdx for seen in hints for spdx in evidence.mentioned(seen)})
    guess = f" It seems to mean {' or '.join(named)}." if named else ""
    return _review(
        "free-text",
        f"Only a hint speaks of rights: {_quote((speaking or hints)[0])}.{guess} A hint is never accepted "
        "by itself: confirm the exact licence with the makers or on their website, and add it as evidence.",
        *hints,
    )


def _settle(feed: Decision, given: Decision, level: Sequence[Observation]) -> Decision:
    """What a curator's evidence changes: it closes a review, and may not loosen a plain statement."""
    if feed.verdict == "refused" or _agree(feed, given):
        return feed
    if feed.verdict == "review" and (
        given.spdx is None
        or not may_share(given.verdict)
        or evidence.leaves_room(level, given.spdx)
    ):
        return given
    plain = [seen for seen in level if not evidence.is_hint(seen)]
    return _review(
        "differs",
        f"The evidence entered here ({given.spdx or 'no licence that we know'}) and the feed do not agree: "
        f"{'; '.join(map(_quote, plain))}. Correct the evidence, or enter a written permission of the makers.",
        *plain,
        *given.decisive,
    )


def _agree(feed: Decision, given: Decision) -> bool:
    return bool(feed.spdx and given.spdx and evidence.common({feed.spdx}, {given.spdx}))


def _review(rule: str, reason: str, *decisive: Observation) -> Decision:
    return Decision(None, None, "review", reason, decisive, rule)


def _conflict(sources: Sequence[Observation]) -> Decision:
    said = "; ".join(_quote(seen) for seen in sources)
    return _review(
        "conflict",
        f"The statements disagree: {said}. The most generous one never wins: ask the makers which holds, "
        "and add the answer as evidence.",
        *sources,
    )


def _refused(sources: Sequence[Observation]) -> Decision:
    reason = (
        f"All rights are reserved: {_quote(sources[0])}. Only a written permission of the makers, entered as "
        "evidence, changes that."
    )
    return Decision(None, None, "refused", reason, tuple(sources), "reserved")


def _blocked(block: Block) -> Decision:
    who = f"the service {block.service!r}" if block.service else "every service"
    reason = (
        f"The feed asks {who} to stay away ({block.element} is {block.text.strip()!r}), whatever its licence. "
        "Only a written permission of the makers, entered as evidence, changes that."
    )
    return Decision(None, None, "blocked", reason, (), "blocked")


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
