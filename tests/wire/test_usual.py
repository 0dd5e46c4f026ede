"""What is made or taken at a stroke is the same as what takes the long way, whatever a server sends in between."""

from collections.abc import Iterable

import pytest
from hpack import Encoder
from hyperframe.frame import (
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from hypothesis import given
from hypothesis import strategies as st

from loadgen.errors import RemoteProtocolError
from loadgen.wire.connection import ClientConnection
from loadgen.wire.exchange import Request
from loadgen.wire.frames import MAX_WINDOW
from loadgen.wire.stream import Stream
from tests.wire.peer import REQUEST_HEADERS, RESPONSE_HEADERS, TRAILERS, frames_in, ready_client, request

STREAMS = 12


class TheLongWay(ClientConnection):
    """A client that never learns what is usual."""

    def _learn(self, stream: Stream, last_block: bytes) -> None:
        pass


def _ready(client: ClientConnection, streams: int = STREAMS) -> ClientConnection:
    client.receive(SettingsFrame().serialize())
    for number in range(streams):
        client.start(request(b"question %d" % number))
    client.take_output()
    return client


def _reply(encoder: Encoder, stream_id: int, body: bytes, *, headers=RESPONSE_HEADERS, trailers=TRAILERS) -> bytes:
    frames = (
        HeadersFrame(stream_id, encoder.encode(headers), flags=["END_HEADERS"]),
        DataFrame(stream_id, body),
        HeadersFrame(stream_id, encoder.encode(trailers), flags=["END_HEADERS", "END_STREAM"]),
    )
    return b"".join(frame.serialize() for frame in frames)


def _told(exchanges: Iterable[Stream]) -> list[tuple[object, ...]]:
    return [(one.stream_id, one.headers, bytes(one.body), one.trailers, one.failure) for one in exchanges]


def _outcome(client: ClientConnection, pieces: Iterable[bytes]) -> tuple[list[tuple[object, ...]], bytes, str]:
    """Return what ended, what the client sent, and the protocol error, if there was one."""
    ended: list[tuple[object, ...]] = []
    try:
        for piece in pieces:
            ended += _told(client.receive(piece))
    except RemoteProtocolError as error:
        return ended + _told(error.finished), client.take_output(), str(error)
    return ended, client.take_output(), ""


BODIES = st.sampled_from([b"", b"1234567", b"7654321", b"12345678"])
EXTRA = st.sampled_from([(), ((b"x-id", b"1"),), ((b"x-id", b"2"),), ((b"x-trace", b"c" * 4050),)])


@st.composite
def scripts(draw: st.DrawFn) -> list[bytes]:
    """Return what a server may send on STREAMS streams, cut into pieces; some of it is against the rules."""
    encoder, sent = Encoder(), b""
    for stream_id in draw(st.permutations(range(1, 2 * STREAMS, 2))):
        if draw(st.integers(0, 9)) < 7:
            sent += _reply(encoder, stream_id, draw(BODIES))
        else:
            sent += draw(st.sampled_from(_others(encoder, stream_id, draw(EXTRA))))
        if draw(st.booleans()):
            sent += WindowUpdateFrame(0, draw(st.sampled_from([1, 3000, MAX_WINDOW]))).serialize()
    cuts = sorted(draw(st.lists(st.integers(0, len(sent)), max_size=4)))
    return [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True) if start < end]


def _others(encoder: Encoder, stream_id: int, extra: tuple[tuple[bytes, bytes], ...]) -> list[bytes]:
    headers, trailers = encoder.encode(RESPONSE_HEADERS), encoder.encode(TRAILERS)
    opening = HeadersFrame(stream_id, headers, flags=["END_HEADERS"]).serialize()
    ending = HeadersFrame(stream_id, trailers, flags=["END_HEADERS", "END_STREAM"])
    frames: list[Frame] = [
        RstStreamFrame(stream_id, 8),
        PingFrame(0, b"12345678"),
        GoAwayFrame(0, stream_id, 0),
        WindowUpdateFrame(stream_id, 5),
        DataFrame(stream_id, b"1234567"),
    ]
    whole = opening + DataFrame(stream_id, b"1234567").serialize()
    return [
        *(frame.serialize() for frame in frames),
        _reply(Encoder(), stream_id, b"1234567", trailers=(*TRAILERS, *extra)),  # out of step with the table
        _reply(encoder, stream_id, b"1234567", headers=(*RESPONSE_HEADERS, *extra)),
        opening + DataFrame(stream_id, b"1234567", flags=["PADDED"], pad_length=3).serialize() + ending.serialize(),
        opening
        + DataFrame(stream_id, b"123").serialize()
        + DataFrame(stream_id, b"4567").serialize()
        + ending.serialize(),
        whole + HeadersFrame(stream_id + 2, trailers, flags=["END_HEADERS", "END_STREAM"]).serialize(),
        whole + HeadersFrame(stream_id, trailers, flags=["END_HEADERS"]).serialize(),
        opening + DataFrame(stream_id, b"1234567", flags=["END_STREAM"]).serialize(),
        HeadersFrame(stream_id, headers[:1]).serialize(),
    ]


@given(pieces=scripts())
def test_replies_mean_the_same_either_way(pieces: list[bytes]):
    assert _outcome(_ready(ClientConnection()), pieces) == _outcome(_ready(TheLongWay()), pieces)


def test_what_repeats_is_taken_at_a_stroke(monkeypatch: pytest.MonkeyPatch):
    client, encoder = _ready(ClientConnection()), Encoder()
    for stream_id in (1, 3, 5):
        client.receive(_reply(encoder, stream_id, b"1234567"))
    monkeypatch.setattr(client, "_take_frames", lambda *_: pytest.fail("the long way was taken"))

    many = b"".join(_reply(encoder, stream_id, b"answer%d" % (stream_id % 10)) for stream_id in (9, 7, 11))
    ended = client.receive(many + WindowUpdateFrame(0, 99).serialize())

    assert [(one.stream_id, one.body) for one in ended] == [(9, b"answer9"), (7, b"answer7"), (11, b"answer1")]
    assert {one.headers[b":status"] for one in ended} == {b"200"}
    assert {one.trailers[b"grpc-status"] for one in ended} == {b"0"}


def test_a_block_that_means_something_else_by_now_is_read_anew():
    client, encoder = _ready(ClientConnection()), Encoder()
    for stream_id in (1, 3, 5):
        client.receive(_reply(encoder, stream_id, b"1234567"))
    usual = _reply(encoder, 7, b"1234567")

    client.receive(_reply(encoder, 9, b"1234567", headers=(*RESPONSE_HEADERS, (b"x-id", b"1"))))  # shifts the table
    (ended,) = client.receive(usual)

    assert ended.trailers != {b"grpc-status": b"0"}


def test_the_window_of_the_connection_is_kept_open_by_usual_replies():
    client, encoder = _ready(ClientConnection()), Encoder()
    for stream_id in (1, 3, 5):
        client.receive(_reply(encoder, stream_id, b"1234567"))
    client._receive_window = MAX_WINDOW // 2 + 3  # as after a gigabyte of replies

    client.receive(_reply(encoder, 7, b"1234567"))

    (update,) = frames_in(client.take_output())
    assert (update.stream_id, update.window_increment) == (0, MAX_WINDOW - MAX_WINDOW // 2 + 4)


@given(bodies=st.lists(st.binary(max_size=20), min_size=1, max_size=20), table_size=st.sampled_from([0, 100, 4096]))
def test_requests_say_the_same_either_way(bodies: list[bytes], table_size: int):
    def sent(client: ClientConnection, fields) -> list[tuple[object, ...]]:
        client.receive(SettingsFrame(settings={SettingsFrame.HEADER_TABLE_SIZE: table_size}).serialize())
        client.take_output()
        for body in bodies:
            client.start(Request(fields(), body))
        return [(type(one), one.stream_id, one.flags, one.data) for one in frames_in(client.take_output())]

    # Header fields that are equal, but not the very same object, are coded each time.
    assert sent(ready_client(), lambda: REQUEST_HEADERS) == sent(ready_client(), lambda: (*REQUEST_HEADERS,))
