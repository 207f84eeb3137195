"""The policy: what each licence allows, and what follows where no licence is clear. The one table of it.

Page, command, decisions and docs read it from here. Engineering policy, not legal advice.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from corpus.core import spdx
from corpus.core.evidence import HINTS, KINDS

# Goes into every decision. Raise it with any change of the table, of KINDS, or of what decide() makes of them:
# `licence rejudge` then decides anew what an older version decided.
POLICY_VERSION = "2"
Verdict = Literal["accepted", "non_commercial", "index_only", "review", "blocked", "refused"]
VERDICTS: tuple[Verdict, ...] = (
    "accepted", "non_commercial", "index_only", "review", "blocked", "refused",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table: a verdict, the sentence that says what it means, and where it comes from."""

    code: str  # stands in every decision: never give an old one a new meaning
    verdict: Verdict | None  # None: that of the licence which a person names
    sentence: str
    why: str


_ND = (
    "Excerpts are not allowed, so the episode is only listed (address, times, hash), never cut.",
    "CC legal code: without derivatives an excerpt is doubtful, so it is left out.",
)
_LICENCES = (  # from the fewest conditions to the most: of several offers the first is taken
    Rule(
        "cc0",
        "accepted",
        "Clips may be cut and published; credit the makers anyway.",
        "CC0 1.0 waives all rights, as far as the law lets it.",
    ),
    Rule(
        "by",
        "accepted",
        "Clips may be cut and published with credit and a note of our changes.",
        "CC BY, section 3(a): title, author, source, licence, changes.",
    ),
    Rule(
        "by-sa",
        "accepted",
        "Clips may be cut and published, with credit, under the same licence.",
        "CC BY-SA, section 3(b): what is adapted keeps its licence. Our annotations may have their own.",
    ),
    Rule(
        "pdm",
        "accepted",
        "Clips may be cut and published; the mark is a statement, not a grant, so look for a second proof.",
        "The Public Domain Mark only says that somebody believes the work to be free.",
    ),
    Rule(
        "by-nc",
        "non_commercial",
        "Clips go only into releases tagged non-commercial.",
        "CC BY-NC, section 1(i): not primarily for commercial advantage.",
    ),
    Rule(
        "by-nc-sa",
        "non_commercial",
        "Clips go only into releases tagged non-commercial, under the same licence.",
        "CC BY-NC-SA, sections 1(k) and 3(b).",
    ),
    Rule("by-nd", "index_only", *_ND),
    Rule("by-nc-nd", "index_only", *_ND),
)
_FEEDS = (  # in the order in which decide() asks
    Rule(
        "blocked",
        "blocked",
        "The feed asks us, or everybody, to stay away: that beats any licence.",
        "podcast:block, with its own order: our name first, then everybody. itunes:block counts as everybody.",
    ),
    Rule(
        "ai-content",
        "review",
        "The feed declares its content machine-made, which a corpus of natural speech leaves out. "
        "Approve it only if you heard that people speak.",
        "podcast:txt, purpose ai-content.",
    ),
    Rule(
        "medium",
        "review",
        "The feed declares a medium that is not speech. Approve it only if you heard that people speak.",
        "podcast:medium: music, video, film and other media that hold no speech of people.",
    ),
    Rule(
        "self-conflict",
        "review",
        "The words and the address of one element name different licences.",
        "Text against address inside one element is a conflict; the generous one never wins.",
    ),
    Rule(
        "unknown",
        "review",
        "An element names a licence that we do not know, or leaves out its version.",
        "Only versioned Creative Commons licences have an SPDX id here; sampling, developing-nations "
        "and home-made ones do not.",
    ),
    Rule(
        "conflict",
        "review",
        "Elements of different kinds at the same level disagree.",
        "The most generous statement never wins. An item against its channel is no conflict: the item wins.",
    ),
    Rule(
        "free-text",
        "review",
        "Only free text speaks of rights. It is a hint for a person, never accepted by itself.",
        "atom:rights, dc:rights, copyright and the like have no fixed meaning.",
    ),
    Rule(
        "reserved",
        "refused",
        "All rights are reserved. Only a written permission of the makers changes that.",
        "Without a licence nothing may be cut or shared.",
    ),
    Rule(
        "silent",
        "review",
        "Neither the feed nor the episode states a licence.",
        "Nothing stated means all rights reserved by law, but the makers may have said more elsewhere.",
    ),
    Rule(
        "changed",
        "review",
        "The source now says otherwise than when the episode was accepted. What we hold stays licensed, "
        "but no new work begins until a person has looked.",
        "CC BY, sections 2(a)(1) and 6: a grant is not revoked for copies already received.",
    ),
    Rule(
        "flagged",
        "review",
        "The podcast's statement changed and nobody has looked yet, so its new episodes wait.",
        "A later, stricter statement stops new episodes until a person has looked.",
    ),
    Rule(
        "disputed",
        "review",
        "Another episode that is the same recording plainly states something stricter, so nobody uses it until a "
        "person has found out which statement is the makers'.",
        "The most generous statement never wins, wherever the other one stands. Silence contradicts nobody.",
    ),
)
_PEOPLE = (
    Rule(
        "permission",
        None,
        "The makers permit it in writing, which a curator entered: this alone lifts what their feed forbids.",
        "A direct licence of the makers goes before everything that their feed says.",
    ),
    Rule(
        "grant",
        None,
        "The source changed its statement after we took the episode. A curator looked: the licence under which we "
        "received our copy holds for that copy.",
        "CC BY, sections 2(a)(1) and 6: a grant is not revoked for copies already received. A block still wins.",
    ),
    Rule(
        "statement",
        None,
        "A curator found the licence elsewhere and entered it: this settles what the feed leaves open.",
        "Evidence with its source, its date and the curator's name.",
    ),
    Rule(
        "differs",
        "review",
        "What a curator entered and what the feed plainly states do not agree.",
        "A curator's evidence never loosens a plain statement; a written permission does.",
    ),
    Rule(
        "person",
        "refused",
        "A curator left the episode out, for the reason given.",
        "A person's refusal stands, whatever a later feed says.",
    ),
)
GROUPS = {"licences": _LICENCES, "feeds": _FEEDS, "people": _PEOPLE}
RULES: dict[str, Rule] = {rule.code: rule for rules in GROUPS.values() for rule in rules}
CONTENT_RULES = frozenset({"ai-content", "medium"})
POLICY: dict[str, Rule] = {
    spdx.CC0: RULES["cc0"],
    spdx.PDM: RULES["pdm"],
    **{known: RULES[spdx.family(known) or ""] for known in sorted(spdx.BASE | spdx.PORTED)},
}


def document() -> dict[str, Any]:
    """All of it as plain values: what the page shows, `licence policy --json` prints and the digest covers."""
    return {
        "version": POLICY_VERSION,
        "rules": [
            {
                "group": group,
                "rule": rule.code,
                "verdict": rule.verdict,
                "sentence": rule.sentence,
                "why": rule.why,
            }
            for group, rules in GROUPS.items()
            for rule in rules
        ],
        "elements": list(KINDS),
        "hints": sorted(HINTS),
        "licences": {known: rule.code for known, rule in POLICY.items()},
    }


def digest() -> str:
    """Of the whole table, so that a test can hold it against its version."""
    return hashlib.sha256(json.dumps(document(), sort_keys=True).encode()).hexdigest()
