"""What breaks the rules of the connection ends it; what breaks those of a stream ends that exchange (section 5.4)."""

import pytest
from hpack import Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from loadgen.errors import RemoteProtocolError
from loadgen.wire import connection
from loadgen.wire.connection import MAX_HEADER_BLOCK
from tests.wire.peer import STATUS_200, frames_in, raw_frame, ready_client, request, response_headers

PROTOCOL_ERROR, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, COMPRESSION_ERROR, ENHANCE_YOUR_CALM = 1, 3, 6, 9, 11


DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 2, 3, 4, 6, 7, 8
ENDLESS = HeadersFrame(1, b"").serialize() + ContinuationFrame(1, bytes(16_384)).serialize() * (MAX_HEADER_BLOCK >> 14)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(raw_frame(DATA, b"x", stream_id=0), PROTOCOL_ERROR, id="DATA on the connection (6.1)"),
        pytest.param(raw_frame(HEADERS, STATUS_200, flags=4), PROTOCOL_ERROR, id="HEADERS on the connection (6.2)"),
        pytest.param(raw_frame(RST_STREAM, bytes(4)), PROTOCOL_ERROR, id="RST_STREAM on the connection (6.4)"),
        pytest.param(SettingsFrame().serialize()[:8] + b"\1", PROTOCOL_ERROR, id="SETTINGS on a stream (6.5)"),
        pytest.param(raw_frame(PING, bytes(8), stream_id=1), PROTOCOL_ERROR, id="PING on a stream (6.7)"),
        pytest.param(raw_frame(GOAWAY, bytes(8), stream_id=1), PROTOCOL_ERROR, id="GOAWAY on a stream (6.8)"),
        pytest.param(DataFrame(3, b"x").serialize(), PROTOCOL_ERROR, id="DATA on a stream that is idle (5.1)"),
        pytest.param(response_headers(3).serialize(), PROTOCOL_ERROR, id="HEADERS on a stream that is idle (5.1)"),
        pytest.param(response_headers(2).serialize(), PROTOCOL_ERROR, id="HEADERS on a stream of the server's (5.1.1)"),
        pytest.param(RstStreamFrame(3).serialize(), PROTOCOL_ERROR, id="RST_STREAM on a stream that is idle (6.4)"),
        pytest.param(WindowUpdateFrame(3, 1).serialize(), PROTOCOL_ERROR, id="WINDOW_UPDATE on an idle stream (5.1)"),
        pytest.param(PushPromiseFrame(1, 2, STATUS_200).serialize(), PROTOCOL_ERROR, id="a push (8.4)"),
        pytest.param(raw_frame(RST_STREAM, bytes(3), stream_id=1), FRAME_SIZE_ERROR, id="a short RST_STREAM (6.4)"),
        pytest.param(raw_frame(SETTINGS, bytes(5)), FRAME_SIZE_ERROR, id="SETTINGS cut short (6.5)"),
        pytest.param(raw_frame(SETTINGS, bytes(6), flags=1), FRAME_SIZE_ERROR, id="settings in an ACK (6.5)"),
        pytest.param(raw_frame(PING, bytes(7)), FRAME_SIZE_ERROR, id="a short PING (6.7)"),
        pytest.param(raw_frame(PING, bytes(9)), FRAME_SIZE_ERROR, id="a long PING (6.7)"),
        pytest.param(raw_frame(GOAWAY, bytes(7)), FRAME_SIZE_ERROR, id="a short GOAWAY (6.8)"),
        pytest.param(raw_frame(WINDOW_UPDATE, bytes(5)), FRAME_SIZE_ERROR, id="a long WINDOW_UPDATE (6.9)"),
        pytest.param(raw_frame(WINDOW_UPDATE, bytes(4)), PROTOCOL_ERROR, id="a WINDOW_UPDATE of zero (6.9)"),
        pytest.param(WindowUpdateFrame(0, 2**31 - 1).serialize(), FLOW_CONTROL_ERROR, id="a window too wide (6.9.1)"),
        pytest.param((16_385).to_bytes(3) + bytes(6), FRAME_SIZE_ERROR, id="a frame too large (4.2)"),
        pytest.param(
            response_headers(1).serialize() + raw_frame(DATA, b"\x05abcd", flags=8, stream_id=1),
            PROTOCOL_ERROR,
            id="DATA with more padding than bytes (6.1)",
        ),
        pytest.param(
            raw_frame(HEADERS, b"\x01", flags=12, stream_id=1), PROTOCOL_ERROR, id="nothing but padding (6.2)"
        ),
        pytest.param(raw_frame(HEADERS, b"", flags=12, stream_id=1), PROTOCOL_ERROR, id="padding of no length (6.2)"),
        pytest.param(raw_frame(HEADERS, b"\xbe", flags=4, stream_id=1), COMPRESSION_ERROR, id="a broken block (4.3)"),
        pytest.param(
            raw_frame(HEADERS, bytes(4), flags=0x24, stream_id=1), FRAME_SIZE_ERROR, id="a priority cut short (6.2)"
        ),
        pytest.param(raw_frame(PRIORITY, bytes(5)), PROTOCOL_ERROR, id="PRIORITY on the connection (6.3)"),
        pytest.param(ContinuationFrame(1, b"").serialize(), PROTOCOL_ERROR, id="CONTINUATION of nothing (6.10)"),
        pytest.param(
            HeadersFrame(1, STATUS_200).serialize() + PingFrame(opaque_data=b"12345678").serialize(),
            PROTOCOL_ERROR,
            id="a PING inside a header block (6.10)",
        ),
        pytest.param(
            HeadersFrame(1, STATUS_200).serialize() + raw_frame(0xBA, b""),
            PROTOCOL_ERROR,
            id="an unknown frame inside a header block (5.5)",
        ),
        pytest.param(
            HeadersFrame(1, STATUS_200).serialize() + ContinuationFrame(3, b"", flags=["END_HEADERS"]).serialize(),
            PROTOCOL_ERROR,
            id="CONTINUATION on another stream (6.10)",
        ),
        pytest.param(
            ENDLESS + ContinuationFrame(1, b"x").serialize(), ENHANCE_YOUR_CALM, id="an endless header block (10.5.1)"
        ),
    ],
)
def test_a_broken_rule_ends_the_connection(data: bytes, code: int):
    client = ready_client()
    client.start(request())
    client.take_output()

    with pytest.raises(RemoteProtocolError) as raised:
        client.receive(data)

    assert raised.value.code == code
    *_, goaway = frames_in(client.take_output())
    assert isinstance(goaway, GoAwayFrame)
    assert goaway.error_code == code
    assert client.room == 0
    assert str(raised.value).startswith("the server ")


def test_a_dead_connection_stays_dead():
    client = ready_client()
    with pytest.raises(RemoteProtocolError) as first:
        client.receive(raw_frame(PING, b""))
    client.take_output()

    with pytest.raises(RemoteProtocolError) as second:
        client.receive(PingFrame(opaque_data=b"12345678").serialize())

    assert (str(second.value), second.value.code) == (str(first.value), first.value.code)
    assert client.take_output() == b""


def test_the_goaway_with_the_error_is_the_last_word():
    # Section 5.4.1: after it the connection is closed; a NO_ERROR behind it would take the reason back.
    client = ready_client()
    with pytest.raises(RemoteProtocolError):
        client.receive(raw_frame(PING, b""))

    client.say_goodbye()

    (goaway,) = frames_in(client.take_output())
    assert goaway.error_code == FRAME_SIZE_ERROR


def block(*fields: tuple[bytes, bytes]) -> bytes:
    return Encoder().encode(fields)


def headers(payload: bytes, *flags: str) -> bytes:
    return HeadersFrame(1, payload, flags=["END_HEADERS", *flags]).serialize()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(DataFrame(1, b"x").serialize(), "a body before any headers", id="a body first"),
        pytest.param(
            headers(block((b":status", b"100"))) + DataFrame(1, b"x").serialize(),
            "a body before any headers",
            id="a body after an informational response",
        ),
        pytest.param(headers(block((b"server", b"x"))), "malformed headers", id="no status (8.3.2)"),
        pytest.param(headers(b""), "malformed headers", id="no fields at all"),
        pytest.param(headers(block((b":status", b"20x"))), "malformed headers", id="a status that is no number"),
        pytest.param(headers(block((b":status", b"2000"))), "malformed headers", id="a status of four digits"),
        pytest.param(
            headers(block((b":status", b"200"), (b":status", b"200"))),
            "malformed headers",
            id="two statuses (8.3)",
        ),
        pytest.param(
            headers(block((b":status", b"100")), "END_STREAM"), "with status 100", id="informational, and the end (8.1)"
        ),
        pytest.param(
            headers(STATUS_200) + headers(block((b"grpc-status", b"0"))), "do not end the stream", id="trailers (8.1)"
        ),
        pytest.param(
            headers(STATUS_200) + headers(STATUS_200, "END_STREAM"), "malformed trailers", id="a second status (8.1)"
        ),
        pytest.param(
            headers(STATUS_200) + headers(block((b":path", b"/")), "END_STREAM"),
            "malformed trailers",
            id="another pseudo-field in trailers (8.1)",
        ),
        pytest.param(
            headers(STATUS_200) + headers(block((b"Grpc-Status", b"0")), "END_STREAM"),
            "malformed trailers",
            id="capitals in trailers (8.2)",
        ),
        pytest.param(
            headers(block((b":status", b"200"), (b"x", b"a\nb"))), "malformed headers", id="a line break (8.2.1)"
        ),
    ],
)
def test_a_malformed_response_ends_only_its_exchange(data: bytes, words: str):
    # Section 8.1.1: a stream error of type PROTOCOL_ERROR.
    client = ready_client()
    broken, other = client.start(request()), client.start(request())
    client.take_output()

    assert client.receive(data) == [broken]

    assert broken.failure.kind == "bad reply"
    assert words in broken.failure.message
    (reset,) = frames_in(client.take_output())
    assert isinstance(reset, RstStreamFrame)
    assert (reset.stream_id, reset.error_code) == (1, PROTOCOL_ERROR)
    assert client.receive(response_headers(3, "END_STREAM").serialize()) == [other]
    assert other.failure is None


def test_a_priority_frame_of_a_wrong_size_ends_only_its_exchange():
    # Section 6.3: a stream error of type FRAME_SIZE_ERROR.
    client = ready_client()
    broken, other = client.start(request()), client.start(request())
    client.take_output()

    assert client.receive(raw_frame(PRIORITY, bytes(4), stream_id=1)) == [broken]

    (reset,) = frames_in(client.take_output())
    assert (reset.stream_id, reset.error_code) == (1, FRAME_SIZE_ERROR)
    assert client.receive(response_headers(3, "END_STREAM").serialize()) == [other]


def test_replies_before_a_broken_rule_are_not_lost():
    client = ready_client()
    first, second = client.start(request()), client.start(request())
    replies = response_headers(1, "END_STREAM").serialize()

    with pytest.raises(RemoteProtocolError) as raised:
        client.receive(replies + raw_frame(PING, b"") + response_headers(3, "END_STREAM").serialize())

    assert raised.value.finished == [first]
    assert first.failure is None
    assert client.open_exchanges == [second]
    with pytest.raises(RemoteProtocolError) as again:
        client.receive(b"")
    assert again.value.finished == [], "they are told of once"


def test_an_endless_body_is_stopped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "MAX_BODY", 2**23)
    client = ready_client()
    exchange = client.start(request())
    client.receive(response_headers(1).serialize())
    client.take_output()
    piece = DataFrame(1, bytes(2**14)).serialize()

    finished = [one for _ in range(2**10) for one in client.receive(piece)]  # 16 MiB

    assert finished == [exchange]
    assert "more than 8388608 bytes" in exchange.failure.message
    assert len(exchange.body) < 2**24
