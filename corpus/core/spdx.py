"""Creative Commons licences as SPDX ids: from the addresses and names that feeds carry, and back."""

import re

FAMILIES = ("by", "by-sa", "by-nc", "by-nc-sa", "by-nd", "by-nc-nd")
VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")
CC0, PDM = "CC0-1.0", "CC-PDM-1.0"
BASE = frozenset(f"CC-{family.upper()}-{version}" for family in FAMILIES for version in VERSIONS)
# The ports that have an SPDX id of their own (SPDX list of packaging 26.3).
_PORTS = {
    "CC-BY-2.5": ("AU",),
    "CC-BY-3.0": ("AT", "AU", "DE", "IGO", "NL", "US"),
    "CC-BY-SA-2.0": ("UK",),
    "CC-BY-SA-2.1": ("JP",),
    "CC-BY-SA-3.0": ("AT", "DE", "IGO"),
    "CC-BY-NC-3.0": ("DE",),
    "CC-BY-NC-SA-2.0": ("DE", "FR", "UK"),
    "CC-BY-NC-SA-3.0": ("DE", "IGO"),
    "CC-BY-ND-3.0": ("DE",),
    "CC-BY-NC-ND-3.0": ("DE", "IGO"),
}
PORTED = frozenset(f"{base}-{port}" for base, ports in _PORTS.items() for port in ports)
KNOWN = BASE | PORTED | {CC0, PDM}

_PLACES = {
    "at": "Austria",
    "au": "Australia",
    "de": "Germany",
    "fr": "France",
    "igo": "IGO",
    "jp": "Japan",
    "nl": "Netherlands",
    "uk": "England and Wales",
    "us": "United States",
}
# Ports without an SPDX id: they fall back to the base id, and the address keeps the port.
_OTHER_PLACES = re.findall(
    r"\w+",
    "am ar az be bg br ca ch cl cn co cr cz dk ec ee eg es fi ge gr gt hk hr hu ie il in it kr lu mk mt "
    "mx my no nz pe ph pl pr pt ro rs scotland se sg si th tw ug ve vn za",
)
_PART_NAMES = {
    "by": "Attribution",
    "nc": "NonCommercial",
    "nd": "NoDerivatives",
    "sa": "ShareAlike",
}

_URL = re.compile(
    r"(?:https?:)?//(?:www\.)?creativecommons\.org/(?:licenses/([a-z-]+)/(\d\.\d)"
    r"(?:/(?!deed|legalcode)([a-z-]+))?|publicdomain/(zero|mark)/1\.0)"
    r"(?:/(?:deed|legalcode)(?:\.[\w-]+)?)?/?",
    re.I,
)
_SPDX_PAGE = re.compile(
    r"https?://(?:www\.)?spdx\.org/licenses/([\w.-]+?)(?:\.html|\.json)?/?", re.I
)
_WORDS = (
    (r"creative[\s_-]*commons", "cc"),
    (r"attribution", "by"),
    (r"share[\s_-]*alike", "sa"),
    (r"non[\s_-]*commercial", "nc"),
    (r"no[\s_-]*deriv(?:ative)?s?(?:[\s_-]*works)?", "nd"),
    *((name.casefold(), code) for code, name in _PLACES.items()),
    (r"\b(?:licen[cs]e[ds]?|international|unported|generic|universal|the)\b", " "),
)
_CODES = "|".join(sorted((*_PLACES, *_OTHER_PLACES), key=len, reverse=True))
_NAMED = re.compile(
    r"(?<![a-z0-9])(?:cc-?)?(?:(?P<parts>by(?:-(?:nc|nd|sa)){0,2})-v?(?P<version>\d(?:\.\d)?)"
    rf"(?:-(?P<port>{_CODES}))?)(?![a-z0-9.]|-(?:nc|nd|sa)(?![a-z]))"
)
_ZERO = re.compile(r"(?<![a-z0-9])cc-?(?:0|zero)(?:-v?1\.0)?(?![a-z0-9.])")
_MARK = re.compile(r"(?<![a-z0-9])(?:cc-)?(?:pdm|public-domain-mark)-v?1\.0(?![a-z0-9.])")


def spdx_from_url(url: str) -> str | None:
    """The SPDX id that an address names; None for anything but a versioned CC address.

    A port without an id of its own gives the base id: keep the address beside it.
    """
    plain = re.split(r"[?#]", url.strip())[0]
    if page := _SPDX_PAGE.fullmatch(plain):
        return next((known for known in KNOWN if known.lower() == page[1].lower()), None)
    match = _URL.fullmatch(plain)
    if match is None:
        return None
    kind, version, port, public = (group and group.lower() for group in match.groups())
    if public:
        return CC0 if public == "zero" else PDM
    return _id({"by-nd-nc": "by-nc-nd"}.get(kind, kind), version, port)


def spdx_from_text(text: str) -> str | None:
    """The SPDX id of a text that is nothing but one licence: `cc-by-4.0`, `(CC BY-ND 4.0)`, a full name.

    None where the version is missing, more is said, or the text is no CC licence.
    """
    if from_url := spdx_from_url(text):
        return from_url
    slug = _slug(text)
    if twice := re.fullmatch(r"(.+?)(?:-\1)+", slug):  # "Creative Commons … 4.0 (CC BY 4.0)"
        slug = twice[1]
    if _ZERO.fullmatch(slug.removesuffix("-public-domain-dedication")):
        return CC0
    if _MARK.fullmatch(slug):
        return PDM
    match = _NAMED.fullmatch(slug)
    return _from_match(match) if match and _says_cc(slug, text) else None


def mentioned(text: str) -> frozenset[str]:
    """Every SPDX id that a free text names anywhere: a hint for a person, never evidence."""
    found = {spdx_from_url(match[0]) for match in _URL.finditer(text)}
    slug = _slug(_URL.sub(" ", text))
    found |= {_from_match(match) for match in _NAMED.finditer(slug) if _says_cc(match[0], text)}
    found |= {CC0} if _ZERO.search(slug) else set()
    found |= {PDM} if _MARK.search(slug) else set()
    return frozenset(spdx for spdx in found if spdx)


def family(text: str) -> str | None:
    """The family (`by-nc-sa`) that an id, or a name without a version, speaks of."""
    slug = _slug(text)
    match = re.search(r"(?<![a-z0-9])cc(?:\.org)?-?(by(?:-(?:nc|nd|sa))*)(?![a-z])", slug)
    return _ordered(match[1]) if match else None


def base(spdx: str) -> str:
    """The id without its port: CC-BY-3.0-US → CC-BY-3.0."""
    return spdx.rpartition("-")[0] if spdx in PORTED else spdx


def licence_url(spdx: str) -> str:
    """The canonical address of a known id; KeyError for any other."""
    if spdx not in KNOWN:
        raise KeyError(spdx)
    if spdx in (CC0, PDM):
        return f"https://creativecommons.org/publicdomain/{'zero' if spdx == CC0 else 'mark'}/1.0/"
    kind, version, port = _split(spdx)
    if (kind, version) == ("by-nc-nd", "1.0"):
        kind = "by-nd-nc"  # the order of letters that version 1.0 is published under
    return f"https://creativecommons.org/licenses/{kind}/{version}/{port + '/' if port else ''}"


def licence_name(spdx: str) -> str:
    """The name to print in a credit line; KeyError for an unknown id."""
    if spdx not in KNOWN:
        raise KeyError(spdx)
    if spdx == CC0:
        return "Creative Commons Zero 1.0 Universal"
    if spdx == PDM:
        return "Public Domain Mark 1.0 Universal"
    kind, version, port = _split(spdx)
    names = "-".join(_PART_NAMES[part] for part in kind.split("-"))
    scope = {"4.0": "International", "3.0": "Unported"}.get(version, "Generic")
    return f"Creative Commons {names} {version} {_PLACES[port] if port else scope}"


def _id(kind: str | None, version: str | None, port: str | None) -> str | None:
    base_id = f"CC-{(kind or '').upper()}-{version}"
    ported = f"{base_id}-{(port or '').upper()}"
    return ported if ported in PORTED else base_id if base_id in BASE else None


def _from_match(match: re.Match[str]) -> str | None:
    version = match["version"] if "." in match["version"] else f"{match['version']}.0"
    return _id(_ordered(match["parts"]), version, match["port"])


def _ordered(parts: str) -> str:
    """`by-sa-nc` → `by-nc-sa`: the order that ids use."""
    return "-".join(sorted(parts.split("-"), key=("by", "nc", "nd", "sa").index))


def _slug(text: str) -> str:
    lowered = text.casefold()
    for pattern, word in _WORDS:
        lowered = re.sub(pattern, word, lowered)
    return re.sub(r"[^a-z0-9.]+", "-", lowered).strip("-.")


def _says_cc(slug: str, text: str) -> bool:
    """Whether letters such as `by-4.0` are meant as a licence at all."""
    return slug.startswith("cc") or "attribution" in text.casefold()


def _split(spdx: str) -> tuple[str, str, str]:
    port = spdx.rpartition("-")[2].lower() if spdx in PORTED else ""
    kind, _, version = base(spdx).removeprefix("CC-").rpartition("-")
    return kind.lower(), version, port
