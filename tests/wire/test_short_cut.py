"""Frames that take the short cut of the hot path do just what the handlers do."""

from hpack import Encoder, NeverIndexedHeaderTuple
from hypothesis import given
from hypothesis import strategies as st

from loadgen.errors import RemoteProtocolError
from loadgen.wire.connection import ClientConnection
from loadgen.wire.exchange import Exchange
from loadgen.wire.frames import HEAD, HEAD_LENGTH
from tests.wire.peer import raw_frame, ready_client, request

DATA, HEADERS, RST_STREAM, SETTINGS, CONTINUATION = 0, 1, 3, 4, 9
END_STREAM, END_HEADERS, PADDED = 1, 4, 8
# None of these blocks uses the dynamic table, so each of them is remembered from its second use on.
BLOCKS = [
    Encoder().encode([NeverIndexedHeaderTuple(*field) for field in fields])
    for fields in (
        [(b":status", b"200")],
        [(b":status", b"200"), (b"grpc-status", b"5")],
        [(b":status", b"404")],
        [(b":status", b"103")],
        [(b"server", b"x")],
        [(b"grpc-status", b"0")],
        [],
    )
]
STREAMS = st.sampled_from([1, 3, 5])
FRAMES = st.one_of(
    st.builds(
        lambda block, flags, stream_id: raw_frame(HEADERS, block, flags=flags, stream_id=stream_id),
        st.sampled_from(BLOCKS),
        st.sampled_from([END_HEADERS, END_HEADERS | END_STREAM, END_HEADERS | 0x40, END_STREAM]),
        STREAMS,
    ),
    st.builds(
        lambda flags, stream_id: raw_frame(DATA, b"\x01body", flags=flags, stream_id=stream_id),
        st.sampled_from([0, 0, END_STREAM, PADDED, 0x40]),
        STREAMS,
    ),
    st.builds(lambda stream_id: raw_frame(RST_STREAM, bytes(4), stream_id=stream_id), STREAMS),
    st.builds(lambda stream_id: raw_frame(CONTINUATION, b"", flags=END_HEADERS, stream_id=stream_id), STREAMS),
    st.just(raw_frame(SETTINGS, b"")),
)


class WithoutShortCut(ClientConnection):
    """The same connection, whose frames all go to their handlers."""

    def _take_frames(self, data: bytes) -> None:
        position = 0
        while position < len(data):
            length_and_kind, flags, stream_id = HEAD.unpack_from(data, position)
            end = position + HEAD_LENGTH + (length_and_kind >> 8)
            self._take_frame(length_and_kind & 0xFF, flags, stream_id, data[position + HEAD_LENGTH : end])
            position = end


def remembering(client: ClientConnection) -> ClientConnection:
    """Return a client that knows all BLOCKS, and has two requests under way and a third that is not sent yet."""
    client.receive(raw_frame(SETTINGS, b""))
    for block in BLOCKS:
        client._decoder.decode(block)
    for size in (10, 10, 100_000):
        client.start(request(bytes(size)))
    client.take_output()
    return client


def outcome(client: ClientConnection, frames: list[bytes]) -> tuple[object, ...]:
    finished: list[Exchange] = []
    error = None
    for frame in frames:
        try:
            finished += client.receive(frame)
        except RemoteProtocolError as raised:
            error = str(raised)
            break
    ended = [(one.stream_id, one.headers, bytes(one.body), one.trailers, one.failure) for one in finished]
    return ended, error, client.take_output(), client.in_flight, client._receive_window


@given(frames=st.lists(FRAMES, max_size=12))
def test_it_makes_no_difference(frames: list[bytes]):
    assert outcome(remembering(ClientConnection()), frames) == outcome(remembering(WithoutShortCut()), frames)


def test_a_whole_answer_takes_it():
    # Else the comparison above would compare the handlers with themselves.
    client = ready_client()
    remembering(client)
    client._on_frame.clear()

    (exchange,) = client.receive(
        raw_frame(HEADERS, BLOCKS[0], flags=END_HEADERS, stream_id=1)
        + raw_frame(DATA, b"answer", stream_id=1)
        + raw_frame(HEADERS, BLOCKS[5], flags=END_HEADERS | END_STREAM, stream_id=1)
    )

    assert (exchange.body, exchange.trailers) == (b"answer", {b"grpc-status": b"0"})
