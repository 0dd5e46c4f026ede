"""What the wire tests start from."""

import pytest

from tests.wire.peer import Pair


@pytest.fixture
def pair() -> Pair:
    """Our client and an h2 server that have greeted each other."""
    pair = Pair()
    pair.exchange()
    return pair
