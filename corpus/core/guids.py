"""The guid of a podcast: stated, or computed as the podcast namespace says, so that a show is found again."""

import hashlib
import re
import uuid

NAMESPACE = uuid.UUID(
    "ead4c236-bf58-58c6-a2c6-a6b28d128cb6"
)  # of the podcast namespace, for UUIDv5


def stated(text: str) -> str | None:
    """A stated guid in lower case; None for what is no UUID."""
    try:
        return str(uuid.UUID(text.strip()))
    except ValueError:
        return None


def of_address(url: str) -> str:
    """The guid of a feed's address, its scheme and closing slashes left out."""
    return str(uuid.uuid5(NAMESPACE, re.sub(r"^\w+://", "", url.strip()).rstrip("/")))


def of_file(title: str, link: str | None, body: bytes) -> str:
    """The guid of a feed without an address: the same show with one more episode stays the same show."""
    told = f"{title}\n{link}".encode() if title and link else body
    return str(uuid.uuid5(NAMESPACE, f"sha256:{hashlib.sha256(told).hexdigest()}"))
