"""Reading a source once, and the same source again later without asking any host."""

from collections.abc import Callable, Mapping
from typing import Any

from corpus.engines.failures import FetchFailed, Gone, HttpError
from corpus.engines.http import Fetched

Note = dict[str, Any]  # what came of one address: {"sha256", "urls", "type"} or {"error", "status"}


class Recorder:
    """Fetches as another fetcher does, keeps every answer and notes what came of each address."""

    def __init__(self, fetcher: Any, *, keep: Callable[[bytes, str], str]) -> None:
        """`keep` stores bytes that came from an address and says their sha256."""
        self._fetcher = fetcher
        self._keep = keep
        self.notes: dict[str, Note] = {}

    def fetch(self, url: str, **wishes: Any) -> Fetched:
        try:
            got: Fetched = self._fetcher.fetch(url, **wishes)
        except FetchFailed as error:
            self.notes[url] = {"error": str(error), "status": getattr(error, "status", None)}
            raise
        self.notes[url] = {
            "sha256": self._keep(got.body, url),
            "urls": list(got.url_chain),
            "type": got.content_type,
        }
        return got


class Replay:
    """Answers as the hosts did when the notes were taken; it has no way to the net."""

    def __init__(self, notes: Mapping[str, Note], *, read: Callable[[str], bytes]) -> None:
        """`read` gives the bytes of a sha256."""
        self._notes = notes
        self._read = read

    def fetch(self, url: str, **_wishes: Any) -> Fetched:
        """Raises a FetchFailed where the host failed then, or was never asked."""
        note = self._notes.get(url)
        if note is None:
            raise FetchFailed(f"{url} was not read for the preview.")
        if "error" in note:
            raise _failure(note)
        return Fetched(
            body=self._read(note["sha256"]),
            url_chain=tuple(note["urls"]),
            status=200,
            etag=None,
            last_modified=None,
            content_type=note["type"],
            headers={},
        )


def _failure(note: Note) -> FetchFailed:
    if note["status"] is None:
        return FetchFailed(note["error"])
    kind = Gone if note["status"] == 410 else HttpError
    return kind(note["error"], status=note["status"])
