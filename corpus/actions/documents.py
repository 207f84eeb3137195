"""Feed documents, kept byte for byte: the proof of what a licence decision was made from."""

from datetime import datetime

from common import files
from corpus.models import FeedDocument

SUFFIX = ".feed"


def keep(body: bytes, *, source: str, at: datetime) -> FeedDocument:
    """The document of these bytes, written to the media store where it is new."""
    with files.scratch() as folder:
        path = folder / "document"
        path.write_bytes(body)
        key = files.store().put(path, suffix=SUFFIX)
    row, _ = FeedDocument.objects.get_or_create(
        sha256=files.digest_of(key),
        defaults={"file": key, "n_bytes": len(body), "source": source[:2000], "fetched_at": at},
    )
    return row


def read(document: FeedDocument) -> bytes:
    """The bytes as they arrived. Raises files.Missing."""
    with files.store().open(document.file) as file:
        return file.read()
