import pytest

from tests import loopback


@pytest.fixture
def host():
    """A host of our own, real."""
    with loopback.serving() as server:
        yield server
