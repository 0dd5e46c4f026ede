"""Whatever bytes come, there are two outcomes: exchanges that ended, or RemoteProtocolError."""

from hpack import Encoder
from hyperframe.frame import GoAwayFrame
from hypothesis import given
from hypothesis import strategies as st

from loadgen.errors import RemoteProtocolError
from loadgen.wire.connection import ClientConnection
from loadgen.wire.exchange import Exchange, Failure
from loadgen.wire.grpc import failure_of, message_of
from tests.wire.peer import client_with_two_calls, frames_in, raw_frame, ready_client, request, two_answers

ANSWERS = two_answers()
BLOCKS = st.one_of(
    st.binary(max_size=30),
    st.lists(
        st.tuples(
            st.sampled_from([b":status", b"grpc-status", b"grpc-message", b"x"]),
            st.sampled_from([b"200", b"100", b"0", b"5", b"%E4%", b"9" * 5000, b"\xff"]),
        ),
        max_size=4,
    ).map(lambda fields: Encoder().encode(fields)),
)
# Frames that are well-formed outside, with all kinds, the streams 0 to 4, and payloads that often make sense.
FRAMES = st.builds(
    lambda kind, payload, flags, stream_id: raw_frame(kind, payload, flags=flags, stream_id=stream_id),
    st.integers(min_value=0, max_value=10),
    st.one_of(BLOCKS, st.binary(min_size=4, max_size=4), st.just(bytes(8))),
    st.one_of(st.sampled_from([0, 1, 4, 5]), st.integers(min_value=0, max_value=255)),
    st.integers(min_value=0, max_value=4),
)


def assert_two_outcomes(client: ClientConnection, pieces: list[bytes]) -> None:
    before = client.in_flight
    finished, error = feed(client, pieces)
    sent = frames_in(client.take_output())
    if error is None:
        assert client.in_flight == before - len(finished)
    else:
        assert isinstance(sent[-1], GoAwayFrame)
        assert sent[-1].error_code == error.code
        assert client.room == 0
    assert len({exchange.stream_id for exchange in finished}) == len(finished)
    for exchange in finished:
        failure = failure_of(exchange)
        assert isinstance(failure, Failure) if failure else isinstance(message_of(exchange), bytes)


def feed(client: ClientConnection, pieces: list[bytes]) -> tuple[list[Exchange], RemoteProtocolError | None]:
    finished: list[Exchange] = []
    for piece in pieces:
        try:
            finished += client.receive(piece)
        except RemoteProtocolError as error:
            return finished + error.finished, error
    return finished, None


@given(pieces=st.lists(st.binary(max_size=60), max_size=5))
def test_random_bytes_to_a_new_connection(pieces: list[bytes]):
    client = ClientConnection()
    client.start(request())
    assert_two_outcomes(client, pieces)


def client_with_a_small_and_a_large_request() -> ClientConnection:
    client = ready_client()
    client.start(request())
    client.start(request(bytes(100_000)))
    client.take_output()
    return client


@given(frames=st.lists(FRAMES, max_size=12))
def test_random_frames(frames: list[bytes]):
    assert_two_outcomes(client_with_a_small_and_a_large_request(), frames)


@given(frames=st.lists(FRAMES, max_size=12), size=st.integers(1, 30))
def test_frames_mean_the_same_however_they_are_cut(frames: list[bytes], size: int):
    data = b"".join(frames)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    at_once, in_pieces = client_with_a_small_and_a_large_request(), client_with_a_small_and_a_large_request()

    (finished, error), (finished_in_pieces, error_in_pieces) = feed(at_once, [data]), feed(in_pieces, pieces)

    assert [repr(exchange) for exchange in finished] == [repr(exchange) for exchange in finished_in_pieces]
    assert str(error) == str(error_in_pieces)
    assert at_once.take_output() == in_pieces.take_output()


@given(
    edits=st.lists(
        st.tuples(st.integers(0, len(ANSWERS) - 1), st.integers(0, 12), st.binary(max_size=12)), min_size=1, max_size=4
    ),
    split=st.integers(0, len(ANSWERS)),
)
def test_two_answers_with_some_bytes_changed(edits: list[tuple[int, int, bytes]], split: int):
    data = ANSWERS
    for position, length, replacement in edits:
        data = data[:position] + replacement + data[position + length :]
    assert_two_outcomes(client_with_two_calls(), [data[:split], data[split:]])


@given(position=st.integers(0, len(ANSWERS) - 1), bit=st.integers(0, 7))
def test_two_answers_with_one_bit_turned(position: int, bit: int):
    data = bytearray(ANSWERS)
    data[position] ^= 1 << bit
    assert_two_outcomes(client_with_two_calls(), [bytes(data)])
