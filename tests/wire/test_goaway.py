"""GOAWAY: the server wants nothing new, and says what it has not looked at (RFC 9113 section 6.8)."""

import pytest
from hyperframe.frame import GoAwayFrame, SettingsFrame, WindowUpdateFrame

from loadgen.errors import LocalProtocolError
from loadgen.wire.connection import MAX_GOAWAY_WORDS
from loadgen.wire.exchange import Failure
from tests.wire.peer import Pair, ready_client, request, response_headers


def test_what_the_server_has_taken_is_still_answered(pair: Pair):
    exchanges = [pair.client.start(request()) for _ in range(3)]
    pair.exchange()

    assert pair.client.receive(GoAwayFrame(last_stream_id=5).serialize()) == []
    assert pair.client.is_going_away
    assert pair.client.in_flight == 3
    for exchange in exchanges:
        pair.answer(exchange.stream_id)

    assert pair.exchange() == exchanges
    assert all(exchange.failure is None for exchange in exchanges)


def test_what_the_server_has_not_looked_at_fails_as_unprocessed():
    client = ready_client()
    first, second, third = (client.start(request()) for _ in range(3))

    assert client.receive(GoAwayFrame(last_stream_id=1, error_code=11).serialize()) == [second, third]

    assert all(exchange.unprocessed for exchange in (second, third))
    assert second.failure == Failure("connection lost", "the server is closing the connection (ENHANCE_YOUR_CALM)")
    assert client.receive(response_headers(1, "END_STREAM").serialize()) == [first]
    assert first.failure is None


def test_nothing_new_is_started():
    client = ready_client()
    client.receive(GoAwayFrame(last_stream_id=2**31 - 1).serialize())
    assert client.room == 0

    with pytest.raises(LocalProtocolError):
        client.start(request())


def test_a_graceful_end_names_its_last_stream_in_a_second_frame():
    # Section 6.8: first with the largest id, then with the real one, so that nothing on its way is lost.
    client = ready_client()
    first, second = client.start(request()), client.start(request())

    assert client.receive(GoAwayFrame(last_stream_id=2**31 - 1).serialize()) == []
    assert client.receive(GoAwayFrame(last_stream_id=1).serialize()) == [second]

    assert client.receive(response_headers(1, "END_STREAM").serialize()) == [first]


def test_an_unsent_body_that_is_refused_is_never_sent():
    client = ready_client()
    client.receive(SettingsFrame(settings={SettingsFrame.INITIAL_WINDOW_SIZE: 2**20}).serialize())
    exchange = client.start(request(bytes(100_000)))
    client.take_output()

    assert client.receive(GoAwayFrame(last_stream_id=0).serialize()) == [exchange]
    client.receive(WindowUpdateFrame(0, 100_000).serialize())

    assert client.take_output() == b""


def test_the_servers_reasons_are_kept():
    client = ready_client()
    exchange = client.start(request())

    client.receive(GoAwayFrame(last_stream_id=0, error_code=11, additional_data=b"too_many_pings").serialize())

    assert client.goaway_words == "too_many_pings"
    assert str(exchange.failure).endswith("is closing the connection (ENHANCE_YOUR_CALM: too_many_pings)")


def test_a_last_frame_without_words_does_not_wipe_out_the_reasons():
    client = ready_client()

    client.receive(GoAwayFrame(last_stream_id=2**31 - 1, additional_data=b"max_age").serialize())
    client.receive(GoAwayFrame(last_stream_id=0).serialize())

    assert client.goaway_words == "max_age"


def test_words_that_are_no_text_and_have_no_end_are_made_readable():
    client = ready_client()

    client.receive(GoAwayFrame(last_stream_id=0, additional_data=b"\xff" + b"a" * 10_000).serialize())

    assert client.goaway_words == "\ufffd" + "a" * (MAX_GOAWAY_WORDS - 1)
