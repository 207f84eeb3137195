"""SHA256SUMS: what `sha256sum -c` needs, and one digest for a whole release."""

import hashlib
import re
from collections.abc import Mapping

PATH = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Unlistable(ValueError):
    """A path or digest that SHA256SUMS cannot hold without escapes."""


def digest(content: bytes) -> str:
    """The SHA-256 of one file, in hex."""
    return hashlib.sha256(content).hexdigest()


def text(digests: Mapping[str, str]) -> bytes:
    """SHA256SUMS for digests by POSIX path, sorted by path; raises Unlistable."""
    for path, value in digests.items():
        if not path or path.startswith("/") or {"\\", "\n", "\r"} & set(path) or path == PATH:
            raise Unlistable(f"{path!r} cannot stand in {PATH}")
        if not _DIGEST.fullmatch(value):
            raise Unlistable(f"{value!r} of {path} is no SHA-256")
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests)).encode()


def read(content: bytes) -> dict[str, str]:
    """Digests by path; raises Unlistable for a line that is none."""
    found: dict[str, str] = {}
    for line in filter(None, content.decode().split("\n")):
        match = _LINE.fullmatch(line)
        if match is None:
            raise Unlistable(f"no checksum line: {line!r}")
        found[match[2]] = match[1]
    return found


def content_digest(digests: Mapping[str, str]) -> str:
    """One digest that changes whenever any file, or the name of one, does."""
    return digest(text(digests))
