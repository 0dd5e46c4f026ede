"""What the wire tests start from."""

import pytest
from hypothesis import HealthCheck, settings

from tests.wire.peer import Pair
from tests.wire.streaming_peer import StreamingPair

# How long an example takes says more about the machine than about the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture
def pair() -> Pair:
    """Our client and an h2 server that have greeted each other."""
    pair = Pair()
    pair.exchange()
    return pair


@pytest.fixture
def streams() -> StreamingPair:
    """Our streaming client and a server that have greeted each other."""
    return StreamingPair()
