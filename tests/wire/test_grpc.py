"""A message to a request, and an exchange to a failure or none (the gRPC project's "gRPC over HTTP2")."""

import gzip
import zlib

import pytest
from hyperframe.frame import RstStreamFrame
from hypothesis import example, given
from hypothesis import strategies as st

from loadgen.errors import ConfigError, RemoteProtocolError
from loadgen.version import __version__
from loadgen.wire import grpc
from loadgen.wire.exchange import Exchange, Failure
from loadgen.wire.grpc import call_headers, failure_of, message_of, unary_request
from tests.wire.peer import RESPONSE_HEADERS, Pair, ready_client

MESSAGE = b"\x00\x00\x00\x00\x05hello"
HEADERS = call_headers("localhost:8001", "/echo.Echo/Say")
CALL = unary_request(HEADERS, b"hello")
OK = [(b"grpc-status", b"0")]
STATUSES = [
    (1, "CANCELLED"),
    (2, "UNKNOWN"),
    (3, "INVALID_ARGUMENT"),
    (4, "DEADLINE_EXCEEDED"),
    (5, "NOT_FOUND"),
    (6, "ALREADY_EXISTS"),
    (7, "PERMISSION_DENIED"),
    (8, "RESOURCE_EXHAUSTED"),
    (9, "FAILED_PRECONDITION"),
    (10, "ABORTED"),
    (11, "OUT_OF_RANGE"),
    (12, "UNIMPLEMENTED"),
    (13, "INTERNAL"),
    (14, "UNAVAILABLE"),
    (15, "DATA_LOSS"),
    (16, "UNAUTHENTICATED"),
]


def answered(pair: Pair, body: bytes, *, headers=RESPONSE_HEADERS, trailers=None) -> Exchange:
    """Return a call that is answered so; the body ends the stream if there are no trailers."""
    exchange = pair.client.start(CALL)
    pair.exchange()
    pair.server.send_headers(exchange.stream_id, headers)
    pair.server.send_data(exchange.stream_id, body, end_stream=trailers is None)
    if trailers is not None:
        pair.server.send_headers(exchange.stream_id, trailers, end_stream=True)
    assert pair.exchange() == [exchange]
    return exchange


def failure_after(pair: Pair, body: bytes, *, headers=RESPONSE_HEADERS, trailers=None) -> Failure | None:
    return failure_of(answered(pair, body, headers=headers, trailers=trailers))


def failure_of_trailers_only(pair: Pair, *headers: tuple[bytes, bytes]) -> Failure | None:
    exchange = pair.client.start(CALL)
    pair.exchange()
    pair.server.send_headers(exchange.stream_id, headers, end_stream=True)
    assert pair.exchange() == [exchange]
    return failure_of(exchange)


# The request.


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
        (b"grpc-accept-encoding", b"identity, deflate, gzip"),
        (b"user-agent", f"loadgen/{__version__}".encode()),
    ]
    assert pair.received[exchange.stream_id].body == MESSAGE


def test_an_empty_message_is_a_prefix_and_nothing_else():
    assert unary_request(HEADERS, b"").body == bytes(5)


def test_requests_of_a_load_share_their_headers():
    assert unary_request(HEADERS, b"one").headers is unary_request(HEADERS, b"two").headers


def test_the_scheme_is_that_of_the_transport():
    assert dict(call_headers("localhost", "/s/m", scheme="https"))[b":scheme"] == b"https"


@pytest.mark.parametrize(
    ("timeout_s", "field"),
    [
        (0.05, b"50000000n"),
        (0.1, b"100000u"),
        (1, b"1000000u"),
        (99.999_999, b"99999999u"),
        (100, b"100000m"),
        (100.000_000_1, b"100001m"),
        (99_999.999, b"99999999m"),
        (100_000, b"100000S"),
        (100_000_000, b"1666667M"),
        (6_000_000_001, b"1666667H"),
        (1e30, b"99999999H"),
    ],
)
def test_a_timeout_has_eight_digits_at_most_and_is_never_cut_short(timeout_s: float, field: bytes):
    headers = call_headers("localhost", "/s/m", timeout_s=timeout_s)

    # "If Timeout is omitted a server should assume an infinite timeout"; it stands before the content type.
    assert headers[5] == (b"grpc-timeout", field)


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        pytest.param("authorization", "Bearer x", (b"authorization", b"Bearer x"), id="plain"),
        pytest.param("X-Api-Key", "Secret", (b"x-api-key", b"Secret"), id="names in lower case, values untouched"),
        pytest.param("x", " y ", (b"x", b"y"), id="blanks around a value mean nothing"),
        pytest.param("x", "", (b"x", b""), id="an empty value"),
        pytest.param("trace-bin", "ab", (b"trace-bin", b"YWI"), id="binary, without padding"),
        pytest.param("trace-bin", "ü", (b"trace-bin", b"w7w"), id="binary carries anything"),
    ],
)
def test_metadata_goes_last_and_as_grpc_wants_it(name: str, value: str, field: tuple[bytes, bytes]):
    headers = call_headers("localhost", "/s/m", metadata=[("first", "1"), (name, value)])

    assert headers[-2:] == ((b"first", b"1"), field)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        pytest.param("x id", "1", "-H x id:1: a name in gRPC metadata", id="a blank in the name"),
        pytest.param("", "1", "-H :1: a name in gRPC metadata", id="no name"),
        pytest.param(":path", "/", "-H :path:/: a name in gRPC metadata", id="a pseudo-field"),
        pytest.param("ü", "1", "-H ü:1: a name in gRPC metadata", id="a letter that is not ASCII"),
        pytest.param("x", "ü", "-H x:ü: a value in gRPC metadata", id="a value that is not ASCII"),
        pytest.param("x", "a\nb", "a value in gRPC metadata", id="a line break"),
        pytest.param("TE", "gzip", "-H TE:gzip: gRPC itself sets te", id="a field of the protocol"),
        pytest.param("grpc-timeout", "1S", "gRPC itself sets grpc-timeout", id="a field of gRPC"),
        pytest.param("Connection", "close", "gRPC itself sets connection", id="a field of HTTP/1.1"),
    ],
)
def test_what_metadata_cannot_carry_is_refused(name: str, value: str, words: str):
    with pytest.raises(ConfigError) as raised:
        call_headers("localhost", "/s/m", metadata=[(name, value)])

    assert words in str(raised.value)


@pytest.mark.parametrize(("compression", "inflate"), [("gzip", gzip.decompress), ("deflate", zlib.decompress)])
def test_a_request_is_compressed_once_and_says_so(pair: Pair, compression: str, inflate):
    headers = call_headers("localhost:8001", "/echo.Echo/Say", compression=compression)
    request = unary_request(headers, bytes(10_000), compression=compression)
    exchange = pair.client.start(request)
    pair.exchange()

    received = pair.received[exchange.stream_id]
    assert dict(received.headers)[b"grpc-encoding"] == compression.encode()
    assert received.body[0] == 1
    assert int.from_bytes(received.body[1:5]) == len(received.body) - 5 < 100
    assert inflate(bytes(received.body[5:])) == bytes(10_000)


# The reply.


def test_one_whole_message_and_status_zero_is_good(pair: Pair):
    exchange = answered(pair, MESSAGE, trailers=OK)

    assert failure_of(exchange) is None
    assert message_of(exchange) == b"hello"


def test_an_empty_message_is_a_whole_one(pair: Pair):
    exchange = answered(pair, bytes(5), trailers=OK)

    assert failure_of(exchange) is None
    assert message_of(exchange) == b""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="no message"),
        pytest.param(MESSAGE[:3], id="a prefix that is cut off"),
        pytest.param(MESSAGE[:-1], id="a message that is cut off"),
        pytest.param(MESSAGE + b"x", id="more than the message"),
        pytest.param(MESSAGE + MESSAGE, id="two messages"),
    ],
)
def test_status_zero_with_anything_else_is_a_bad_reply(pair: Pair, body: bytes):
    exchange = answered(pair, body, trailers=OK)

    assert failure_of(exchange) == Failure("bad reply", "the reply is not one whole message")
    with pytest.raises(RemoteProtocolError):
        message_of(exchange)


def compressed(message: bytes, flag: int = 1) -> bytes:
    return bytes([flag]) + len(message).to_bytes(4) + message


@pytest.mark.parametrize(("encoding", "deflate"), [(b"gzip", gzip.compress), (b"deflate", zlib.compress)])
def test_a_compressed_reply_is_as_good_as_a_plain_one(pair: Pair, encoding: bytes, deflate):
    headers = [*RESPONSE_HEADERS, (b"grpc-encoding", encoding)]
    exchange = answered(pair, compressed(deflate(b"hello" * 1000)), headers=headers, trailers=OK)

    assert failure_of(exchange) is None
    assert message_of(exchange) == b"hello" * 1000


def test_a_plain_reply_may_name_an_encoding(pair: Pair):
    # "Compressed-Flag": it is the flag of a message that counts.
    exchange = answered(pair, MESSAGE, headers=[*RESPONSE_HEADERS, (b"grpc-encoding", b"snappy")], trailers=OK)

    assert failure_of(exchange) is None


@pytest.mark.parametrize(
    ("encoding", "body", "words"),
    [
        pytest.param(None, compressed(b""), "in an unknown way (identity)", id="no encoding named"),
        pytest.param(b"snappy", compressed(b""), "in an unknown way (snappy)", id="an encoding nobody asked for"),
        pytest.param(b"gzip", compressed(b"", flag=2), "in an unknown way (gzip)", id="a flag that means nothing"),
        pytest.param(b"gzip", compressed(b"hello"), "cannot be decompressed (gzip)", id="not gzip at all"),
        pytest.param(b"gzip", compressed(b""), "cannot be decompressed (gzip)", id="nothing"),
        pytest.param(b"gzip", compressed(gzip.compress(b"hello")[:-1]), "cannot be decompressed (gzip)", id="cut off"),
        pytest.param(
            b"gzip", compressed(gzip.compress(b"hello") + b"x"), "cannot be decompressed (gzip)", id="more than all"
        ),
        pytest.param(b"deflate", compressed(gzip.compress(b"hello")), "(deflate)", id="gzip under another name"),
    ],
)
def test_a_reply_that_cannot_be_decompressed_is_a_bad_one(pair: Pair, encoding: bytes | None, body: bytes, words: str):
    headers = [*RESPONSE_HEADERS, *([(b"grpc-encoding", encoding)] if encoding else [])]
    failure = failure_after(pair, body, headers=headers, trailers=OK)

    assert failure.kind == "bad reply"
    assert words in failure.message


def test_a_small_reply_does_not_swell_up_without_end(pair: Pair, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(grpc, "MAX_INFLATED", 10_000)
    headers = [*RESPONSE_HEADERS, (b"grpc-encoding", b"gzip")]

    assert failure_after(pair, compressed(gzip.compress(bytes(10_000))), headers=headers, trailers=OK) is None
    assert failure_after(pair, compressed(gzip.compress(bytes(10_001))), headers=headers, trailers=OK) == Failure(
        "bad reply", "the reply is of more than 10000 bytes when decompressed"
    )


@given(body=st.binary(max_size=60), encoding=st.sampled_from([b"gzip", b"deflate", b"\xff", b""]))
@example(body=compressed(gzip.compress(b"hello")), encoding=b"gzip")
def test_any_bytes_are_a_message_or_a_bad_reply(body: bytes, encoding: bytes):
    exchange = Exchange(None)
    exchange.headers, exchange.trailers = {b"grpc-encoding": encoding}, dict(OK)
    exchange.body += body

    failure = failure_of(exchange)

    assert isinstance(message_of(exchange), bytes) if failure is None else failure.kind == "bad reply"


# The status.


@pytest.mark.parametrize(("code", "name"), STATUSES, ids=[name for _, name in STATUSES])
def test_every_status_comes_through_with_its_message(pair: Pair, code: int, name: str):
    fields = [(b"grpc-status", b"%d" % code), (b"grpc-message", b"because")]

    assert failure_after(pair, b"", trailers=fields) == Failure(name, "because")
    assert failure_of_trailers_only(pair, *RESPONSE_HEADERS, *fields) == Failure(name, "because")


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

    assert failure_after(pair, b"", trailers=trailers).message == message


@pytest.mark.parametrize("code", [b"17", b"99", b"-1", b"", b"five", "²".encode("latin-1"), b"9" * 5000])
def test_a_code_that_is_not_in_the_list_is_unknown(pair: Pair, code: bytes):
    assert failure_after(pair, b"", trailers=[(b"grpc-status", code)]).kind == "UNKNOWN"


def test_an_answer_without_a_code_is_unknown(pair: Pair):
    expected = Failure("UNKNOWN", "the reply carries no grpc-status")

    assert failure_after(pair, MESSAGE, trailers=[(b"x", b"y")]) == expected
    assert failure_after(pair, MESSAGE) == expected
    assert failure_of_trailers_only(pair, *RESPONSE_HEADERS) == expected


@pytest.mark.parametrize(
    ("http_status", "kind"),
    [
        (400, "INTERNAL"),
        (401, "UNAUTHENTICATED"),
        (403, "PERMISSION_DENIED"),
        (404, "UNIMPLEMENTED"),
        (429, "UNAVAILABLE"),
        (502, "UNAVAILABLE"),
        (503, "UNAVAILABLE"),
        (504, "UNAVAILABLE"),
        (418, "UNKNOWN"),
        (500, "UNKNOWN"),
    ],
)
def test_the_answer_of_a_proxy_is_mapped_by_its_http_status(pair: Pair, http_status: int, kind: str):
    # A proxy ends its answer with the body of an error page, or has none.
    headers = [(b":status", b"%d" % http_status), (b"content-type", b"text/html")]
    expected = Failure(kind, f"the server answered with HTTP status {http_status}")

    assert failure_after(pair, b"<h1>no</h1>", headers=headers) == expected
    assert failure_of_trailers_only(pair, *headers) == expected


def test_a_grpc_status_goes_before_the_http_status(pair: Pair):
    # "If the Status is present it must be used" (HTTP to gRPC Status Code Mapping).
    failure = failure_of_trailers_only(pair, (b":status", b"503"), (b"grpc-status", b"7"))

    assert failure == Failure("PERMISSION_DENIED")


def test_a_failure_of_the_stream_goes_before_all_that_came(pair: Pair):
    exchange = pair.client.start(CALL)
    pair.exchange()
    pair.server.send_headers(exchange.stream_id, RESPONSE_HEADERS)
    pair.server.send_data(exchange.stream_id, MESSAGE)
    pair.server.reset_stream(exchange.stream_id, 2)
    pair.exchange()

    assert failure_of(exchange) == Failure("reset", "the server reset the stream with INTERNAL_ERROR")


def test_a_call_that_ended_here_failed_for_our_reason():
    client = ready_client()
    exchange = client.start(CALL)
    client.cancel(exchange, Failure("timeout", "no reply within 1 s"))
    client.receive(RstStreamFrame(1, 8).serialize())

    assert failure_of(exchange) == Failure("timeout", "no reply within 1 s")
