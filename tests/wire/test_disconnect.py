"""After the loss of the connection nothing is open any more, and nothing can be started."""

import pytest

from loadgen.errors import LocalProtocolError, RemoteProtocolError
from loadgen.wire.exchange import Failure
from tests.wire.peer import Pair, raw_frame, ready_client, request, response_headers

LOST = Failure("connection lost", "the server closed the connection")


def test_what_is_open_ends_with_the_failure_and_nothing_new_is_started():
    client = ready_client()
    first, second, third = client.start(request()), client.start(request(bytes(100_000))), client.start(request())
    client.receive(response_headers(1, "END_STREAM").serialize())

    assert client.disconnect(LOST) == [second, third]

    assert (first.failure, second.failure, third.failure) == (None, LOST, LOST)
    assert client.in_flight == client.room == 0
    assert client.disconnect(LOST) == []
    with pytest.raises(LocalProtocolError):
        client.start(request())


def test_only_what_never_left_is_surely_unprocessed():
    client = ready_client()
    sent = client.start(request())
    client.take_output()
    queued = client.start(request())

    client.disconnect(LOST)

    assert (sent.unprocessed, queued.unprocessed) == (False, True)


def test_a_broken_rule_leaves_the_rest_to_be_disconnected():
    client = ready_client()
    exchange = client.start(request())
    with pytest.raises(RemoteProtocolError):
        client.receive(raw_frame(6, b""))

    assert client.disconnect(LOST) == [exchange]


def test_the_end_of_input_ends_nothing(pair: Pair):
    # HTTP/2 says itself where a response ends.
    pair.client.start(request())

    assert pair.client.end_of_input() == []
    assert pair.client.in_flight == 1
