"""A connection has 2^30 requests in it (RFC 9113 section 5.1.1)."""

import pytest

from loadgen.errors import LocalProtocolError
from tests.wire.peer import ready_client, request, response_headers


def test_the_last_ids_are_used_and_no_more():
    client = ready_client()
    client._next_id = 2**31 - 3
    assert client.room == 2

    exchanges = [client.start(request()) for _ in range(client.room)]

    assert [exchange.stream_id for exchange in exchanges] == [2**31 - 3, 2**31 - 1]
    assert client.room == 0
    assert client.is_going_away
    with pytest.raises(LocalProtocolError):
        client.start(request())


def test_the_last_requests_are_answered_as_all_others():
    client = ready_client()
    client._next_id = 2**31 - 1
    exchange = client.start(request())

    assert client.receive(response_headers(2**31 - 1, "END_STREAM").serialize()) == [exchange]
    assert client.room == 0
