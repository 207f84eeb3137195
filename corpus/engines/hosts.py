"""Who may be asked right now: the web client asks for its turn at every hop."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Hosts(Protocol):
    """Keeps the peace with the hosts that we ask."""

    def turn(self, host: str) -> AbstractContextManager[None]:
        """Held from before the connection until the body has been read; failures pass through it.

        `host` is a name in lower case, with its port where that is not the usual one. Raises Busy where
        somebody else has the turn, HostWaits where nobody may ask yet. Nobody holds two turns at once.
        """
        ...


class EveryHost:
    """No turns: for tests, and for whoever is alone."""

    def turn(self, host: str) -> AbstractContextManager[None]:
        """At once."""
        return nullcontext()
