"""After the loss of the connection nothing is open any more, and nothing can be started."""

import pytest

from loadgen.errors import LocalProtocolError
from tests.wire.peer import ready_client, request


def test_nothing_is_open_and_nothing_new_is_started():
    client = ready_client()
    client.start(request())
    client.start(request(bytes(100_000)))

    client.disconnect()

    assert client.in_flight == 0
    assert client.room == 0
    with pytest.raises(LocalProtocolError):
        client.start(request())
