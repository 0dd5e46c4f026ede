"""A request and its response on one stream (RFC 9113 section 8.1)."""

import pytest
from h2.errors import ErrorCodes
from h2.events import StreamReset
from h2.settings import SettingCodes
from hpack import Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    HeadersFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from tests.wire.peer import REQUEST_HEADERS, RESPONSE_HEADERS, Pair, frames_in, ready_client, request, response_headers


def test_the_server_gets_the_request_as_it_was_given(pair: Pair):
    exchange = pair.client.start(request(b"question"))
    pair.exchange()

    received = pair.received[exchange.stream_id]
    assert received.headers == list(REQUEST_HEADERS)
    assert received.body == b"question"
    assert received.ended


def test_a_call_ends_with_its_trailers(pair: Pair):
    exchange = pair.client.start(request())
    assert pair.exchange() == []
    assert pair.client.in_flight == 1

    pair.answer(exchange.stream_id, b"answer")

    assert pair.exchange() == [exchange]
    assert exchange.headers == {b":status": b"200", b"content-type": b"application/grpc"}
    assert exchange.body == b"answer"
    assert exchange.trailers == {b"grpc-status": b"0"}
    assert exchange.failure is None
    assert pair.client.in_flight == 0


def test_a_request_without_a_body_is_ended_by_an_empty_frame(pair: Pair):
    exchange = pair.client.start(request(b""))
    pair.exchange()

    (data,) = pair.sent_on(exchange.stream_id, DataFrame)
    assert (data.data, data.flags) == (b"", {"END_STREAM"})
    assert pair.received[exchange.stream_id].ended


def test_interleaved_calls_keep_their_answers_apart(pair: Pair):
    exchanges = [pair.client.start(request(b"question %d" % number)) for number in range(20)]
    pair.exchange()
    for exchange in exchanges:
        pair.server.send_headers(exchange.stream_id, RESPONSE_HEADERS)
    for piece in (b"first ", b"second "):
        for exchange in exchanges:
            pair.server.send_data(exchange.stream_id, piece + b"%d " % exchange.stream_id)
    for exchange in reversed(exchanges):
        pair.server.send_headers(exchange.stream_id, [(b"grpc-status", b"%d" % exchange.stream_id)], end_stream=True)

    assert pair.exchange() == exchanges[::-1]
    for number, exchange in enumerate(exchanges):
        assert pair.received[exchange.stream_id].body == b"question %d" % number
        assert exchange.body == b"first %d second %d " % (exchange.stream_id, exchange.stream_id)
        assert exchange.trailers == {b"grpc-status": b"%d" % exchange.stream_id}


def test_stream_ids_are_odd_and_grow(pair: Pair):
    assert [pair.client.start(request()).stream_id for _ in range(4)] == [1, 3, 5, 7]
    pair.exchange()  # h2 refuses ids that are not in order
    assert sorted(pair.received) == [1, 3, 5, 7]


def test_trailers_alone_are_headers_and_trailers_in_one(pair: Pair):
    exchange = pair.client.start(request())
    pair.exchange()
    pair.server.send_headers(
        exchange.stream_id, [*RESPONSE_HEADERS, (b"grpc-status", b"5"), (b"grpc-message", b"no")], end_stream=True
    )

    assert pair.exchange() == [exchange]
    assert exchange.trailers == exchange.headers
    assert exchange.headers[b"grpc-message"] == b"no"
    assert exchange.body == b""


def test_an_answer_ended_by_its_body_has_no_trailers(pair: Pair):
    exchange = pair.client.start(request())
    pair.exchange()
    pair.server.send_headers(exchange.stream_id, [(b":status", b"503")])
    pair.server.send_data(exchange.stream_id, b"try later", end_stream=True)

    assert pair.exchange() == [exchange]
    assert exchange.headers == {b":status": b"503"}
    assert exchange.body == b"try later"
    assert exchange.trailers is None
    assert exchange.failure is None


def test_informational_responses_come_before_the_real_one(pair: Pair):
    exchange = pair.client.start(request())
    pair.exchange()
    pair.server.send_headers(exchange.stream_id, [(b":status", b"103"), (b"link", b"</style.css>")])
    pair.server.send_headers(exchange.stream_id, [(b":status", b"100")])
    pair.answer(exchange.stream_id)

    assert pair.exchange() == [exchange]
    assert exchange.headers == {b":status": b"200", b"content-type": b"application/grpc"}
    assert exchange.body == b"answer"


def test_a_field_that_comes_twice_is_joined_by_a_comma(pair: Pair):
    exchange = pair.client.start(request())
    pair.exchange()
    pair.server.send_headers(
        exchange.stream_id, [(b":status", b"200"), (b"via", b"one"), (b"via", b"two")], end_stream=True
    )

    pair.exchange()

    assert exchange.headers == {b":status": b"200", b"via": b"one, two"}


def test_an_early_answer_stops_a_request_that_is_not_sent_yet(pair: Pair):
    # RFC 9113 section 8.1: the response is complete and valid; the rest of the request is of no use to the server.
    pair.server.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 2**20})
    pair.exchange()
    exchange = pair.client.start(request(bytes(100_000)))
    pair.exchange()  # 65,535 bytes fit into the window of the connection
    pair.answer(exchange.stream_id, b"too large")

    assert pair.exchange() == [exchange]
    assert exchange.body == b"too large"
    assert exchange.failure is None
    assert exchange.unsent is None
    (reset,) = pair.happened(StreamReset)
    assert (reset.stream_id, reset.error_code) == (exchange.stream_id, ErrorCodes.CANCEL)
    pair.server.increment_flow_control_window(100_000)
    pair.exchange()
    assert sum(len(frame.data) for frame in pair.sent_on(exchange.stream_id, DataFrame)) == 65_535


def test_a_reset_after_a_whole_answer_takes_nothing_back(pair: Pair):
    # Section 8.1: "Clients MUST NOT discard responses as a result of receiving such a RST_STREAM."
    exchange = pair.client.start(request(bytes(100_000)))
    pair.exchange()
    pair.answer(exchange.stream_id)
    pair.server.reset_stream(exchange.stream_id, ErrorCodes.NO_ERROR)

    assert pair.exchange() == [exchange]
    assert exchange.failure is None
    assert exchange.trailers == {b"grpc-status": b"0"}


@pytest.mark.parametrize(
    "late",
    [
        pytest.param(DataFrame(1, b"late").serialize(), id="DATA"),
        pytest.param(response_headers(1, "END_STREAM").serialize(), id="HEADERS"),
        pytest.param(RstStreamFrame(1, 8).serialize(), id="RST_STREAM"),
    ],
)
def test_late_frames_of_a_broken_stream_are_let_pass(late: bytes):
    # Section 5.1: after sending RST_STREAM an endpoint must be prepared for what was already on its way.
    client = ready_client()
    broken, other = client.start(request()), client.start(request())
    assert client.receive(DataFrame(1, b"a body before any headers").serialize()) == [broken]

    assert client.receive(late + response_headers(3, "END_STREAM").serialize()) == [other]
    assert broken.body == b""


@pytest.mark.parametrize(
    "late",
    [
        pytest.param(DataFrame(1, b"late", flags=["END_STREAM"]).serialize(), id="DATA"),
        pytest.param(response_headers(1, "END_STREAM").serialize(), id="HEADERS"),
        pytest.param(RstStreamFrame(1, 0).serialize(), id="RST_STREAM"),
        pytest.param(WindowUpdateFrame(1, 1).serialize(), id="WINDOW_UPDATE"),
        pytest.param(PriorityFrame(1, depends_on=0).serialize(), id="PRIORITY"),
    ],
)
def test_frames_after_the_end_of_an_answer_change_nothing(late: bytes):
    # Section 5.1 allows "minimal processing" of frames on a stream that is closed.
    client = ready_client()
    first, second = client.start(request()), client.start(request())
    client.take_output()
    assert client.receive(response_headers(1, "END_STREAM").serialize()) == [first]

    assert client.receive(late + response_headers(3, "END_STREAM").serialize()) == [second]

    assert (first.body, first.failure) == (b"", None)
    assert client.take_output() == b""


def test_a_late_header_block_still_counts_for_the_table():
    # Section 5.1: the state of compression is the connection's.
    client, encoder = ready_client(), Encoder()
    client.start(request())
    other = client.start(request())
    client.receive(response_headers(1, "END_STREAM").serialize())
    fields = [(b":status", b"200"), (b"x-id", b"7")]

    for stream_id in (1, 3):
        client.receive(HeadersFrame(stream_id, encoder.encode(fields), flags=["END_HEADERS"]).serialize())

    assert other.headers == dict(fields)


def test_fields_are_those_of_their_own_request(pair: Pair):
    paths = [b"/one", b"/two", b"/one", b"/three", b"/two"]
    exchanges = [pair.client.start(request(headers=((b":path", path), *OTHER_FIELDS))) for path in paths]
    pair.exchange()

    assert [pair.received[exchange.stream_id].headers[0][1] for exchange in exchanges] == paths


OTHER_FIELDS = tuple(field for field in REQUEST_HEADERS if field[0] != b":path")


def test_a_repeated_request_becomes_a_handful_of_bytes(pair: Pair):
    for _ in range(3):
        pair.client.start(request())
    pair.exchange()

    first, _, third = (frame for frame in pair.sent if isinstance(frame, HeadersFrame))
    assert len(third.data) == len(REQUEST_HEADERS) < len(first.data)


@pytest.mark.parametrize("fields", [1, 4, 5, 9, 14], ids=lambda fields: f"{fields * 3500} bytes")
def test_headers_larger_than_a_frame_are_continued(pair: Pair, fields: int):
    large = (*REQUEST_HEADERS, *((b"x-%d" % number, b"v" * 4_000) for number in range(fields)))
    exchange = pair.client.start(request(b"question", headers=large))
    other = pair.client.start(request())
    pair.exchange()

    received = pair.received[exchange.stream_id]
    assert (received.headers, received.body, received.ended) == (list(large), b"question", True)
    assert pair.received[other.stream_id].ended
    block = pair.sent_on(exchange.stream_id, HeadersFrame) + pair.sent_on(exchange.stream_id, ContinuationFrame)
    assert all(len(frame.data) <= 16_384 for frame in block)
    assert ["END_HEADERS" in frame.flags for frame in block] == [False] * (len(block) - 1) + [True]


@pytest.mark.parametrize(("limit", "frames"), [(16_384, 2), (2**15, 1)])
def test_the_server_says_how_large_a_frame_of_headers_may_be(limit: int, frames: int):
    client = ready_client()
    client.receive(SettingsFrame(settings={SettingsFrame.MAX_FRAME_SIZE: limit}).serialize())
    client.take_output()

    client.start(request(b"", headers=((b"x-large", b"\xff" * 8_000),)))

    assert len(frames_in(client.take_output())) == frames + 1, "and the empty body"


def test_an_answer_may_have_forty_kilobytes_of_headers(pair: Pair):
    fields = [*RESPONSE_HEADERS, *((b"x-%d" % number, b"v" * 4_000) for number in range(10))]
    exchange = pair.client.start(request())
    pair.exchange()
    pair.server.send_headers(exchange.stream_id, fields)
    pair.server.send_headers(exchange.stream_id, fields[1:], end_stream=True)

    assert pair.exchange() == [exchange]
    assert (exchange.headers, exchange.trailers) == (dict(fields), dict(fields[1:]))
