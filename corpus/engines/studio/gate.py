"""Text that a recogniser made up: too unsure, too fast, or the same thing again and again.

whisperX's batched decoder ignores Whisper's own thresholds, so these are ours.
"""

from corpus.engines import parameters

_UNSPACED = frozenset({"zho", "yue"})
_SHORTEST = 10  # units below which a repetition means nothing
_LONGEST_WORD = 40  # letters that no English word has


def doubt(text: str, *, seconds: float, avg_logprob: float | None, language: str) -> str | None:
    """Why a segment must not be believed, or None."""
    limits = parameters.TRANSCRIPTION
    unspaced = language in _UNSPACED
    fastest = limits["max_chars_per_s_unspaced" if unspaced else "max_chars_per_s"]
    if avg_logprob is not None and avg_logprob < limits["min_avg_logprob"]:
        return f"unsure (average log probability {avg_logprob:.2f})"
    if len(text.strip()) > fastest * max(seconds, 0.1):
        return f"{len(text.strip()) / max(seconds, 0.1):.0f} characters a second"
    if unique_share(text, unspaced=unspaced) < limits["min_unique_share"]:
        return "repeats itself"
    if not unspaced and max(map(len, text.split()), default=0) > _LONGEST_WORD:
        return "a word without end"
    return None


def unique_share(text: str, *, unspaced: bool) -> float:
    """The share of different words, or of different character pairs where nobody writes spaces."""
    letters = "".join(text.split())
    units = (
        [letters[i : i + 2] for i in range(len(letters) - 1)] if unspaced else text.lower().split()
    )
    return len(set(units)) / len(units) if len(units) >= _SHORTEST else 1.0
