"""Which Whisper model may write which language: silence elsewhere is better than nonsense."""

import json
from pathlib import Path

WHISPER = {"eng": "en", "zho": "zh", "yue": "yue"}  # ISO 639-3 → Whisper's own codes
ISO = {code: iso for iso, code in WHISPER.items()}
# There is no Cantonese aligner; Mandarin's knows most of the characters.
ALIGNER = {"eng": "en", "zho": "zh", "yue": "zh"}

_V3 = frozenset({"eng", "zho", "yue"})
_OLDER = frozenset({"eng", "zho"})  # without a Cantonese token, and silently wrong
_ENGLISH = frozenset({"eng"})
_TABLE = {
    "large-v3": _V3,
    "large-v3-turbo": _V3,
    "turbo": _V3,
    "large": _V3,
    "large-v2": _OLDER,
    "large-v1": _OLDER,
    "medium": _OLDER,
    "small": _OLDER,
    "base": _OLDER,
    "tiny": _OLDER,
    "distil-large-v3": _ENGLISH,
    "distil-large-v3.5": _ENGLISH,
    "distil-large-v2": _ENGLISH,
    "medium.en": _ENGLISH,
    "small.en": _ENGLISH,
    "base.en": _ENGLISH,
    "tiny.en": _ENGLISH,
}


def written_by(model: str | Path) -> frozenset[str]:
    """The languages of a Whisper model, by its name or by what its folder says; else none."""
    folder = Path(model)
    if folder.is_dir():
        return _of_folder(folder)
    return _TABLE.get(str(model).rpartition("/")[2].removeprefix("faster-whisper-"), frozenset())


def _of_folder(folder: Path) -> frozenset[str]:
    """By the tokens that the model can utter: every language has one of its own."""
    tokens = json.loads((folder / "tokenizer.json").read_text("utf-8")).get("added_tokens", ())
    known = {token["content"] for token in tokens}
    spoken = frozenset(iso for iso, code in WHISPER.items() if f"<|{code}|>" in known)
    return spoken if _multilingual(folder) else spoken & _ENGLISH


def _multilingual(folder: Path) -> bool:
    """English-only and distilled models carry the other tokens too, but were not taught them."""
    name = folder.name
    return not (name.endswith(".en") or "distil" in name)
