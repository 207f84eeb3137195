"""Whether a file is the one that was announced: Subresource Integrity, https://www.w3.org/TR/SRI/.

Beside its three algorithms, `sha1-` and `md5-` in the same form: the Internet Archive gives no better.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from corpus.engines.failures import OtherContent

_WEAKEST_FIRST = ("md5", "sha1", "sha256", "sha384", "sha512")
_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Promise:
    """What a file must hash to: with the strongest algorithm that was named, any one of its hashes."""

    algorithm: str = ""  # empty: nothing that we understand was promised
    digests: frozenset[bytes] = frozenset()
    notes: tuple[str, ...] = ()  # what was not understood, one sentence each

    @classmethod
    def read(cls, text: str) -> Self:
        """The promise of an attribute such as "sha384-… sha512-…?option"."""
        found: dict[str, set[bytes]] = {}
        notes = []
        for word in text.split():
            algorithm, _, value = word.partition("?")[0].partition("-")
            algorithm = algorithm.lower()
            if digest := _digest(algorithm, value):
                found.setdefault(algorithm, set()).add(digest)
            else:
                notes.append(f"The integrity {word[:40]!r} is none that we understand.")
        strongest = max(found, key=_WEAKEST_FIRST.index, default="")
        return cls(strongest, frozenset(found.get(strongest, ())), tuple(notes))

    def check(self, path: Path, url: str) -> None:
        """Raises OtherContent where the file from `url` is another one than promised."""
        if not self.algorithm:
            return
        running = hashlib.new(self.algorithm, usedforsecurity=False)
        for piece in _pieces(path):
            running.update(piece)
        if running.digest() not in self.digests:
            raise OtherContent(
                f"The file at {url} is not the one that its feed announces (its {self.algorithm} differs), "
                "so it is not kept. Ask the makers, or wait for the feed to be corrected."
            )


def _digest(algorithm: str, value: str) -> bytes | None:
    """The bytes of a hash, written in base64 or, as the Internet Archive does, in hexadecimal."""
    if algorithm not in _WEAKEST_FIRST:
        return None
    n_bytes = hashlib.new(algorithm, usedforsecurity=False).digest_size
    try:
        if len(value) == 2 * n_bytes:
            return bytes.fromhex(value)
        standard = value.translate(str.maketrans("-_", "+/")).rstrip("=")
        digest = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest if len(digest) == n_bytes else None


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_AT_ONCE):
            yield piece
