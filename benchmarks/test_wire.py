"""What the wire core costs without sockets. A round is a thousand calls, so milliseconds are microseconds per call.

The replies are what Triton sends to a small classifier: headers, one message, trailers, all from HPACK's dynamic table
after the first.
"""

from collections.abc import Sequence

import pytest
from hpack import Encoder
from pytest_benchmark.fixture import BenchmarkFixture

from loadgen.wire import frames
from loadgen.wire.connection import ClientConnection
from loadgen.wire.frames import Flag, Kind
from loadgen.wire.grpc import call_headers, failure_of, framed, unary_request

CALLS = 1000
ROUNDS = 30
HEADERS = call_headers("localhost:8500", "/inference.GRPCInferenceService/ModelInfer")
REQUEST = unary_request(HEADERS, bytes(3200))
REPLY = framed(bytes(80))
RESPONSE_HEADERS = [
    (":status", "200"),
    ("content-type", "application/grpc"),
    ("grpc-accept-encoding", "identity, gzip"),
]
TRAILERS = [("grpc-status", "0"), ("grpc-message", "")]

Start = tuple[tuple[ClientConnection, Sequence[bytes]], dict[str, object]]


def _connection_and_replies() -> Start:
    """Return a fresh connection that knows its server, and the server's replies to its next calls."""
    client, encoder = ClientConnection(), Encoder()
    client.receive(frames.settings({}))
    client.receive(frames.window_update(0, frames.MAX_WINDOW - frames.DEFAULT_WINDOW))
    client.take_output()
    return (client, [_reply(encoder, 2 * index + 1) for index in range(CALLS)]), {}


def _reply(encoder: Encoder, stream_id: int) -> bytes:
    headers = frames.frame(Kind.HEADERS, Flag.END_HEADERS, stream_id, encoder.encode(RESPONSE_HEADERS))
    trailers = encoder.encode(TRAILERS)
    message = frames.frame(Kind.DATA, 0, stream_id, REPLY)
    return headers + message + frames.frame(Kind.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, stream_id, trailers)


def _calls(client: ClientConnection, replies: Sequence[bytes], in_flight: int) -> int:
    """Make all calls, `in_flight` at a time, whose replies arrive in one read; return how many went well."""
    went_well = 0
    for first in range(0, len(replies), in_flight):
        for _ in range(in_flight):
            client.start(REQUEST)
        client.take_output()
        finished = client.receive(b"".join(replies[first : first + in_flight]))
        went_well += sum(failure_of(exchange) is None for exchange in finished)
    return went_well


@pytest.mark.parametrize("in_flight", [1, 8])
def test_a_thousand_calls(benchmark: BenchmarkFixture, in_flight: int) -> None:
    """Make a thousand calls, as many in flight as are answered in one read."""
    done = benchmark.pedantic(
        lambda client, replies: _calls(client, replies, in_flight), setup=_connection_and_replies, rounds=ROUNDS
    )
    assert done == CALLS
