"""What is left of a withdrawn clip in public: its name and hash, where it was, when and why it went."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

REASONS: Final[Mapping[str, str]] = {
    "speaker": "a person who is heard asked for it",
    "rights": "the makers or holders of rights asked for it",
    "licence": "its licence does not allow it",
    "content": "what is said must not be spread",
    "error": "it should never have been in",
}


@dataclass(frozen=True, slots=True, order=True)
class Tombstone:
    """No names, no words, no sound: enough to find the clip in a copy, and to take it out there."""

    clip: str
    sha256: str  # of its audio
    releases: tuple[str, ...]  # that held it, such as "corpus 1.0.0"
    withdrawn_on: date
    reason_class: str


def told(stones: Sequence[Tombstone], *, line: str, since: str) -> tuple[str, ...]:
    """Sentences for a changelog: what went since the version before, and what was gone by then.

    `line` is the release's name, `since` the version before.
    """
    if not stones:
        return (f"No clip was withdrawn since {since}.",)
    recent = [stone for stone in stones if f"{line} {since}" in stone.releases]
    earlier = len(stones) - len(recent)
    said = [f"{_clips(len(recent))} withdrawn since {since}{_reasons(recent)}."]
    if earlier:
        stay = "stays" if earlier == 1 else "stay"
        said.append(f"{_clips(earlier)} withdrawn before that, and {stay} out.")
    return (*said, "`tombstones.csv` names them; please take them out of your copies too.")


def _clips(n: int) -> str:
    return "1 clip was" if n == 1 else f"{n or 'No'} clips were"


def _reasons(stones: Sequence[Tombstone]) -> str:
    counts = Counter(stone.reason_class for stone in stones)
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    parts = [f"{n} because {REASONS.get(reason, reason)}" for reason, n in ranked]
    return f": {', '.join(parts)}" if parts else ""
