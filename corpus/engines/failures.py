"""Why a fetch did not succeed: one exception per cause, each a sentence that says what to do."""


class FetchFailed(Exception):
    """Something could not be fetched; `retry` says whether the same call may succeed later by itself.

    `retry_after` is in seconds, where somebody named a time.
    """

    retry = False
    retry_after: float | None = None


class Refused(FetchFailed):
    """The address is one that we never ask: not public, not web, or with a password in it."""


class Unreachable(FetchFailed):
    """The host did not answer, or broke off; what has arrived is kept for the next attempt."""

    retry = True
    arrived = 0  # bytes of the body, before it broke off
    gained = 0  # bytes that the next attempt need not ask for


class Busy(FetchFailed):
    """Another worker is at the same download; it may take a while, and is nobody's fault."""

    retry = True


class HostBusy(Busy):
    """Another worker is asking the same host; each is asked by one at a time."""

    retry_after = 10.0


class HostWaits(FetchFailed):
    """The host asked us to wait, or failed again and again: it is not asked before its time."""

    retry = True

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Overwritten(FetchFailed):
    """What lies there is not what was downloaded."""

    retry = True


class TooLarge(FetchFailed):
    """More bytes than allowed."""


class OtherContent(FetchFailed):
    """What arrived is not what was announced, by its hash; it is not kept."""


class StorageFull(FetchFailed):
    """Our own disk is full; what has arrived is kept for the next attempt."""

    retry = True


class HttpError(FetchFailed):
    """The host answered with an error; `retry_after` is in seconds, where it names a time."""

    def __init__(self, message: str, *, status: int, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        # 404 too: files often arrive a little after the feed that lists them
        self.retry = status >= 500 or status in (404, 408, 425, 429)


class Gone(HttpError):
    """410: taken down on purpose; do not ask again."""
