"""Frames are found whatever way the bytes arrive and the server cuts them (RFC 9113 sections 4, 6.1, 6.2 and 6.10)."""

import pytest
from hpack import Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    WindowUpdateFrame,
)

from tests.wire.peer import (
    RESPONSE_HEADERS,
    STATUS_200,
    TRAILERS,
    Pair,
    client_with_two_calls,
    frames_in,
    raw_frame,
    ready_client,
    request,
    response_headers,
    two_answers,
)


def outcome(exchanges):
    return [(one.stream_id, one.headers, bytes(one.body), one.trailers, one.failure) for one in exchanges]


WHOLE = two_answers()
EXPECTED = outcome(client_with_two_calls().receive(WHOLE))


def test_the_transcript_holds_two_whole_answers():
    assert [(stream_id, body, trailers) for stream_id, _, body, trailers, _ in EXPECTED] == [
        (1, b"first answer", {b"grpc-status": b"0"}),
        (3, b"second answer", {b"grpc-status": b"3", b"grpc-message": b"bad"}),
    ]


def test_bytes_may_arrive_one_at_a_time():
    client = client_with_two_calls()

    finished = [exchange for byte in WHOLE for exchange in client.receive(bytes([byte]))]

    assert outcome(finished) == EXPECTED


def test_the_same_is_sent_however_the_bytes_arrive():
    at_once, in_pieces = client_with_two_calls(), client_with_two_calls()
    at_once.receive(WHOLE)
    for byte in WHOLE:
        in_pieces.receive(bytes([byte]))

    assert in_pieces.take_output() == at_once.take_output()


def test_bytes_may_be_split_anywhere():
    for split in range(len(WHOLE) + 1):
        client = client_with_two_calls()
        assert outcome(client.receive(WHOLE[:split]) + client.receive(WHOLE[split:])) == EXPECTED, split


def test_an_exchange_ends_with_its_last_byte_and_not_before():
    client = client_with_two_calls()
    assert len(client.receive(WHOLE[:-1])) == 1

    (last,) = client.receive(WHOLE[-1:])

    assert last.stream_id == 3


@pytest.mark.parametrize("split", [1, 9, 10, 16_392])
def test_the_largest_frame_may_arrive_in_pieces(split: int):
    client = ready_client()
    exchange = client.start(request())
    client.receive(response_headers(1).serialize())
    frame = DataFrame(1, bytes(16_384), flags=["END_STREAM"]).serialize()

    assert client.receive(frame[:split]) == []
    assert client.receive(frame[split:]) == [exchange]


@pytest.mark.parametrize("padding", [0, 1, 100, 255])
def test_padding_is_no_part_of_an_answer(padding: int):
    client = ready_client()
    exchange = client.start(request())
    headers = HeadersFrame(1, STATUS_200, pad_length=padding, flags=["END_HEADERS", "PADDED"])
    data = DataFrame(1, b"answer", pad_length=padding, flags=["END_STREAM", "PADDED"])

    assert client.receive(headers.serialize() + data.serialize()) == [exchange]

    assert exchange.headers == {b":status": b"200"}
    assert exchange.body == b"answer"


def test_a_body_may_come_in_empty_and_padded_pieces():
    client = ready_client()
    exchange = client.start(request())
    client.receive(response_headers(1).serialize())
    for piece in (b"", b"an", b"swer"):
        client.receive(DataFrame(1, piece, pad_length=3, flags=["PADDED"]).serialize())
    client.receive(DataFrame(1, b"", flags=["END_STREAM"]).serialize())

    assert exchange.body == b"answer"


def test_the_priority_inside_a_headers_frame_is_no_part_of_the_block():
    client = ready_client()
    exchange = client.start(request())
    frame = HeadersFrame(1, STATUS_200, flags=["END_HEADERS", "END_STREAM", "PRIORITY", "PADDED"])
    frame.pad_length, frame.depends_on, frame.stream_weight = 4, 0, 9

    assert client.receive(frame.serialize()) == [exchange]
    assert exchange.headers == {b":status": b"200"}


@pytest.mark.parametrize("cuts", [(0, 0), (1, 1), (1, 2), (5, 9), (0, 12)])
def test_a_header_block_may_be_cut_anywhere(cuts: tuple[int, int]):
    client, encoder = ready_client(), Encoder()
    exchange = client.start(request())
    block = encoder.encode(RESPONSE_HEADERS)
    first, second, third = block[: cuts[0]], block[cuts[0] : cuts[1]], block[cuts[1] :]

    client.receive(HeadersFrame(1, first).serialize())
    client.receive(ContinuationFrame(1, second).serialize())
    client.receive(ContinuationFrame(1, third, flags=["END_HEADERS"]).serialize())
    trailers = HeadersFrame(1, encoder.encode(TRAILERS), flags=["END_HEADERS", "END_STREAM"])

    assert client.receive(trailers.serialize()) == [exchange]
    assert exchange.headers == dict(RESPONSE_HEADERS)
    assert exchange.trailers == dict(TRAILERS)


def test_the_end_of_the_stream_is_said_by_the_first_frame_of_a_cut_block():
    client = ready_client()
    exchange = client.start(request())

    assert client.receive(HeadersFrame(1, b"", flags=["END_STREAM"]).serialize()) == []
    assert client.receive(ContinuationFrame(1, STATUS_200, flags=["END_HEADERS"]).serialize()) == [exchange]


def test_h2_cuts_large_headers_and_we_join_them(pair: Pair):
    fields = [(b"x-large-%d" % number, b"v" * 8_000) for number in range(4)]
    exchange = pair.client.start(request())
    pair.exchange()
    pair.server.send_headers(exchange.stream_id, [*RESPONSE_HEADERS, *fields], end_stream=True)

    assert pair.exchange() == [exchange]
    assert exchange.headers == dict([*RESPONSE_HEADERS, *fields])


@pytest.mark.parametrize("stream_id", [0, 1, 2, 99])
def test_unknown_kinds_of_frames_are_ignored(stream_id: int):
    # Section 5.5, on whatever stream.
    client = ready_client()
    exchange = client.start(request())
    client.take_output()

    client.receive(raw_frame(0xBA, b"anything", flags=0xFF, stream_id=stream_id))

    assert client.take_output() == b""
    assert client.receive(response_headers(1, "END_STREAM").serialize()) == [exchange]


def test_unknown_flags_are_ignored():
    # Section 4.1: flags without a meaning for the kind must be ignored.
    client = ready_client()
    exchange = client.start(request())
    frames = [response_headers(1), DataFrame(1, b"answer", flags=["END_STREAM"]), PingFrame(opaque_data=b"abcdefgh")]
    for frame, unknown in zip(frames, (0x02 | 0x10 | 0x40 | 0x80, 0x02 | 0x04 | 0x10, 0xFE), strict=True):
        data = bytearray(frame.serialize())
        data[4] |= unknown
        client.receive(bytes(data))

    assert exchange.body == b"answer"
    (*_, pong) = frames_in(client.take_output())
    assert (type(pong), pong.flags) == (PingFrame, {"ACK"})


def test_the_reserved_bits_are_ignored():
    client = ready_client()
    exchange = client.start(request(bytes(70_000)))
    client.take_output()
    update = bytearray(WindowUpdateFrame(0, 5).serialize())
    update[9] |= 0x80
    stream_update = bytearray(WindowUpdateFrame(1, 5).serialize())
    stream_update[5] |= 0x80

    client.receive(bytes(update + stream_update))

    assert exchange.stream_id == 1
    assert [frame.data for frame in frames_in(client.take_output())] == [bytes(5)]


def test_priorities_are_ignored():
    client = ready_client()
    exchange = client.start(request())
    client.receive(PriorityFrame(1, depends_on=0, stream_weight=3).serialize())
    client.receive(PriorityFrame(9, depends_on=1).serialize())  # allowed on any stream, section 5.1

    assert client.receive(response_headers(1, "END_STREAM").serialize()) == [exchange]
