"""Streams whose request goes on: headers first, and what follows piece by piece (RFC 9113 sections 5.1 and 8.1)."""

import pytest
from h2.errors import ErrorCodes
from h2.events import StreamReset
from h2.settings import SettingCodes
from hyperframe.frame import DataFrame, SettingsFrame

from loadgen.errors import LocalProtocolError
from loadgen.wire.stream import STREAM_WINDOW
from tests.wire.peer import REQUEST_HEADERS, RESPONSE_HEADERS, TRAILERS, Pair, frames_in, ready_client, request


def test_a_stream_stays_open_until_it_is_ended(pair: Pair):
    stream = pair.client.open(request(b"one "))
    pair.exchange()
    received = pair.received[stream.stream_id]
    assert (received.headers, received.body, received.ended) == (list(REQUEST_HEADERS), b"one ", False)

    for piece in (b"two ", b"three"):
        pair.client.send(stream, piece)
        pair.exchange()
    assert (received.body, received.ended) == (b"one two three", False)

    pair.client.end(stream)
    pair.client.end(stream)  # which has no meaning the second time
    pair.exchange()
    assert received.ended
    assert [frame.data for frame in pair.sent_on(stream.stream_id, DataFrame)] == [b"one ", b"two ", b"three", b""]


def test_answers_come_while_the_request_goes_on(pair: Pair):
    stream = pair.client.open(request(b"ping"))
    pair.exchange()
    pair.server.send_headers(stream.stream_id, RESPONSE_HEADERS)
    pair.server.send_data(stream.stream_id, b"pong")

    assert pair.exchange() == []
    assert stream.body == b"pong"
    del stream.body[:]
    pair.client.end(stream)
    pair.server.send_headers(stream.stream_id, TRAILERS, end_stream=True)

    assert pair.exchange() == [stream]
    assert stream.body == b""
    assert not pair.happened(StreamReset)


def test_the_server_may_end_it_first(pair: Pair):
    # Section 8.1: the rest of the request is of no use then, and the server is told that it will not come.
    stream = pair.client.open(request(b"one"))
    pair.exchange()
    pair.answer(stream.stream_id)

    assert pair.exchange() == [stream]
    assert stream.failure is None
    (reset,) = pair.happened(StreamReset)
    assert reset.error_code == ErrorCodes.CANCEL
    with pytest.raises(LocalProtocolError):
        pair.client.send(stream, b"two")


def test_its_pieces_keep_to_the_windows(pair: Pair):
    pair.server.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 10})
    pair.exchange()
    stream = pair.client.open(request(b"0123456789"))
    pair.client.send(stream, b"abc")
    pair.exchange()
    assert pair.received[stream.stream_id].body == b"0123456789"
    with pytest.raises(LocalProtocolError):
        pair.client.send(stream, b"def")

    pair.client.end(stream)
    pair.server.increment_flow_control_window(2, stream.stream_id)
    pair.exchange()
    assert not pair.received[stream.stream_id].ended
    pair.server.increment_flow_control_window(1, stream.stream_id)
    pair.exchange()

    assert pair.received[stream.stream_id].body == b"0123456789abc"
    assert pair.received[stream.stream_id].ended


def test_its_end_needs_no_window():
    # Section 6.9.1: a frame of no length may be sent without room, here five bytes below none (h2 does not allow it).
    client = ready_client()
    stream = client.open(request(b"12345"))
    client.receive(SettingsFrame(settings={SettingsFrame.INITIAL_WINDOW_SIZE: 0}).serialize())
    client.take_output()

    client.end(stream)

    (end,) = frames_in(client.take_output())
    assert (end.data, end.flags) == (b"", {"END_STREAM"})


def test_it_lasts_longer_than_its_windows(pair: Pair):
    stream = pair.client.open(request(b"go"))
    pair.exchange()
    pair.server.send_headers(stream.stream_id, RESPONSE_HEADERS)
    size = 0
    while size < 2 * STREAM_WINDOW:
        pair.server.send_data(stream.stream_id, bytes(16_384))
        pair.exchange()
        size += len(stream.body)
        del stream.body[:]

    assert size == 2 * STREAM_WINDOW


def test_requests_of_the_ordinary_kind_go_beside_it(pair: Pair):
    stream, exchange = pair.client.open(request(b"one")), pair.client.start(request(b"two"))
    pair.exchange()
    pair.answer(exchange.stream_id)

    assert pair.exchange() == [exchange]
    assert pair.client.open_exchanges == [stream]
