"""BCP 47 tags of feeds → the ISO 639-3 codes that the corpus keeps."""

_KNOWN = {
    "en": "eng",
    "eng": "eng",
    "zh": "zho",
    "zho": "zho",
    "chi": "zho",
    "cmn": "zho",
    "yue": "yue",
    "de": "deu",
    "fr": "fra",
    "es": "spa",
    "it": "ita",
    "pt": "por",
    "nl": "nld",
    "ja": "jpn",
    "ko": "kor",
}
_CANTONESE = {"zh-hk", "zh-mo", "zh-hant-hk", "zh-yue"}


def iso639_3(tag: str) -> str:
    """The language of a tag such as en-GB; "und" where it says nothing we know."""
    tag = tag.strip().lower().replace("_", "-")
    if tag in _CANTONESE:
        return "yue"
    return _KNOWN.get(tag.split("-")[0], "und")
