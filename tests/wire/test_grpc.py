"""A message to a request, and an exchange to a status (the gRPC project's "gRPC over HTTP2")."""

import pytest
from hyperframe.frame import DataFrame, GoAwayFrame, RstStreamFrame

from loadgen.version import __version__
from loadgen.wire.grpc import OK, Status, StatusCode, status_of, unary_request
from tests.wire.peer import RESPONSE_HEADERS, Pair, ready_client

MESSAGE = b"\x00\x00\x00\x00\x05hello"
CALL = unary_request("localhost:8001", "/echo.Echo/Say", b"hello")


def status_after(pair: Pair, body: bytes, *, headers=RESPONSE_HEADERS, trailers=None) -> Status:
    """Return the status of a call that is answered so; the body ends the stream if there are no trailers."""
    exchange = pair.client.start(CALL)
    pair.exchange()
    pair.server.send_headers(exchange.stream_id, headers)
    pair.server.send_data(exchange.stream_id, body, end_stream=trailers is None)
    if trailers is not None:
        pair.server.send_headers(exchange.stream_id, trailers, end_stream=True)
    assert pair.exchange() == [exchange]
    return status_of(exchange)


def status_of_trailers_only(pair: Pair, *headers: tuple[bytes, bytes]) -> Status:
    exchange = pair.client.start(CALL)
    pair.exchange()
    pair.server.send_headers(exchange.stream_id, headers, end_stream=True)
    assert pair.exchange() == [exchange]
    return status_of(exchange)


def test_a_unary_request_is_what_the_protocol_asks_for(pair: Pair):
    exchange = pair.client.start(CALL)
    pair.exchange()

    assert pair.received[exchange.stream_id].headers == [
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", b"/echo.Echo/Say"),
        (b":authority", b"localhost:8001"),
        (b"te", b"trailers"),
        (b"content-type", b"application/grpc"),
        (b"user-agent", f"loadgen/{__version__}".encode()),
    ]
    assert pair.received[exchange.stream_id].body == MESSAGE


def test_an_empty_message_is_a_prefix_and_nothing_else():
    assert unary_request("localhost:8001", "/s/m", b"").body == bytes(5)


def test_one_whole_message_and_status_zero_is_ok(pair: Pair):
    assert status_after(pair, MESSAGE, trailers=[(b"grpc-status", b"0")]) is OK


def test_an_empty_message_is_a_whole_one(pair: Pair):
    assert status_after(pair, bytes(5), trailers=[(b"grpc-status", b"0")]) is OK


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="no message"),
        pytest.param(MESSAGE[:3], id="a prefix that is cut off"),
        pytest.param(MESSAGE[:-1], id="a message that is cut off"),
        pytest.param(MESSAGE + b"x", id="more than the message"),
        pytest.param(MESSAGE + MESSAGE, id="two messages"),
        pytest.param(b"\x01" + MESSAGE[1:], id="a compressed message, which nobody asked for"),
    ],
)
def test_status_zero_with_anything_else_is_an_internal_error(pair: Pair, body: bytes):
    status = status_after(pair, body, trailers=[(b"grpc-status", b"0")])

    assert status == Status(StatusCode.INTERNAL, "the reply is not one whole, uncompressed message")


@pytest.mark.parametrize("code", list(StatusCode)[1:], ids=lambda code: code.name)
def test_every_status_comes_through_with_its_message(pair: Pair, code: StatusCode):
    fields = [(b"grpc-status", b"%d" % code), (b"grpc-message", b"because")]

    assert status_after(pair, b"", trailers=fields) == Status(code, "because")
    assert status_of_trailers_only(pair, *RESPONSE_HEADERS, *fields) == Status(code, "because")


@pytest.mark.parametrize(
    ("encoded", "message"),
    [
        pytest.param(b"plain words", "plain words", id="plain"),
        pytest.param(b"100%25 sure", "100% sure", id="a percent sign"),
        pytest.param(b"Gr%C3%BC%C3%9Fe%0Aan alle", "Grüße\nan alle", id="UTF-8 and a line feed"),
        pytest.param(b"50% off", "50% off", id="a percent sign that was not encoded"),
        pytest.param(b"%ZZ%", "%ZZ%", id="nonsense is kept"),
        pytest.param(b"%FF!", "\ufffd!", id="bytes that are not UTF-8 are not thrown away"),
        pytest.param(None, "", id="none"),
    ],
)
def test_messages_are_percent_encoded(pair: Pair, encoded: bytes | None, message: str):
    trailers = [(b"grpc-status", b"3")] + ([(b"grpc-message", encoded)] if encoded is not None else [])

    assert status_after(pair, b"", trailers=trailers).message == message


@pytest.mark.parametrize("code", [b"17", b"99", b"-1", b"", b"five", "²".encode("latin-1"), b"9" * 5000])
def test_a_code_that_is_not_in_the_list_is_unknown(pair: Pair, code: bytes):
    assert status_after(pair, b"", trailers=[(b"grpc-status", code)]).code == StatusCode.UNKNOWN


def test_an_answer_without_a_code_is_unknown(pair: Pair):
    expected = Status(StatusCode.UNKNOWN, "the reply carries no grpc-status")

    assert status_after(pair, MESSAGE, trailers=[(b"x", b"y")]) == expected
    assert status_after(pair, MESSAGE) == expected
    assert status_of_trailers_only(pair, *RESPONSE_HEADERS) == expected


@pytest.mark.parametrize(
    ("http_status", "code"),
    [
        (400, StatusCode.INTERNAL),
        (401, StatusCode.UNAUTHENTICATED),
        (403, StatusCode.PERMISSION_DENIED),
        (404, StatusCode.UNIMPLEMENTED),
        (429, StatusCode.UNAVAILABLE),
        (502, StatusCode.UNAVAILABLE),
        (503, StatusCode.UNAVAILABLE),
        (504, StatusCode.UNAVAILABLE),
        (418, StatusCode.UNKNOWN),
        (500, StatusCode.UNKNOWN),
    ],
)
def test_the_answer_of_a_proxy_is_mapped_by_its_http_status(pair: Pair, http_status: int, code: StatusCode):
    # A proxy ends its answer with the body of an error page, or has none.
    headers = [(b":status", b"%d" % http_status), (b"content-type", b"text/html")]
    expected = Status(code, f"the server answered with HTTP status {http_status}")

    assert status_after(pair, b"<h1>no</h1>", headers=headers) == expected
    assert status_of_trailers_only(pair, *headers) == expected


def test_a_grpc_status_goes_before_the_http_status(pair: Pair):
    # "If the Status is present it must be used" (HTTP to gRPC Status Code Mapping).
    status = status_of_trailers_only(pair, (b":status", b"503"), (b"grpc-status", b"7"))

    assert status.code == StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize(
    ("error_code", "code"),
    [
        pytest.param(0, StatusCode.INTERNAL, id="NO_ERROR"),
        pytest.param(1, StatusCode.INTERNAL, id="PROTOCOL_ERROR"),
        pytest.param(2, StatusCode.INTERNAL, id="INTERNAL_ERROR"),
        pytest.param(3, StatusCode.INTERNAL, id="FLOW_CONTROL_ERROR"),
        pytest.param(6, StatusCode.INTERNAL, id="FRAME_SIZE_ERROR"),
        pytest.param(7, StatusCode.UNAVAILABLE, id="REFUSED_STREAM"),
        pytest.param(8, StatusCode.CANCELLED, id="CANCEL"),
        pytest.param(11, StatusCode.RESOURCE_EXHAUSTED, id="ENHANCE_YOUR_CALM"),
        pytest.param(12, StatusCode.PERMISSION_DENIED, id="INADEQUATE_SECURITY"),
        pytest.param(0x99, StatusCode.INTERNAL, id="a code that nobody knows"),
    ],
)
def test_a_reset_is_mapped_by_its_error_code(error_code: int, code: StatusCode):
    client = ready_client()
    exchange = client.start(CALL)
    client.receive(RstStreamFrame(1, error_code).serialize())

    status = status_of(exchange)

    assert status.code == code
    assert status.message.startswith("the server reset the stream with ")


def test_a_reset_in_the_middle_of_the_answer_is_not_ok(pair: Pair):
    exchange = pair.client.start(CALL)
    pair.exchange()
    pair.server.send_headers(exchange.stream_id, RESPONSE_HEADERS)
    pair.server.send_data(exchange.stream_id, MESSAGE)
    pair.server.reset_stream(exchange.stream_id, 2)
    pair.exchange()

    assert status_of(exchange) == Status(StatusCode.INTERNAL, "the server reset the stream with INTERNAL_ERROR")


def test_a_call_that_a_closing_server_did_not_look_at_is_unavailable():
    client = ready_client()
    exchange = client.start(CALL)
    client.receive(GoAwayFrame(last_stream_id=0).serialize())

    assert status_of(exchange) == Status(StatusCode.UNAVAILABLE, "the server is closing the connection (NO_ERROR)")


def test_a_malformed_answer_is_an_internal_error():
    client = ready_client()
    exchange = client.start(CALL)
    client.receive(DataFrame(1, MESSAGE, flags=["END_STREAM"]).serialize())

    assert status_of(exchange) == Status(StatusCode.INTERNAL, "the server sent a body before any headers")


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (Status(StatusCode.NOT_FOUND, "no such model"), "[NOT_FOUND] no such model"),
        (Status(StatusCode.CANCELLED), "[CANCELLED]"),
    ],
)
def test_a_status_reads_as_its_name_and_the_servers_words(status: Status, text: str):
    assert str(status) == text
