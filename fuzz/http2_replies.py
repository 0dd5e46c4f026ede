"""A coverage-guided fuzzer of what a server may send over HTTP/2: to unary calls, and to calls on streams.

It needs `atheris` (`pip install atheris`; Linux). From the folder of the project, to fuzz for five minutes, starting
from what is known already and keeping what leads to new code:

    mkdir -p /tmp/found && python -m fuzz.http2_replies -max_total_time=300 -max_len=600 /tmp/found fuzz/corpus

What breaks a promise stops the run with a traceback and leaves a `crash-...` file; give it as the only argument to see
it again. The promises: bytes are accepted, or a RemoteProtocolError says that they are not, however they are cut into
pieces; a call ends once; and memory stays within bounds.

The first byte of an input chooses the connection and how the rest is read: as bytes, or as frames whose length is made
right, so that the fuzzer need not guess it. Each of those is kind, flags, stream, length, and that many bytes.
"""

import sys

import atheris

with atheris.instrument_imports(include=["loadgen.wire", "hpack"]):
    from loadgen.errors import RemoteProtocolError
    from loadgen.wire import grpc, streaming
    from loadgen.wire.connection import MAX_HEADER_BLOCK, ClientConnection
    from loadgen.wire.exchange import Exchange, Failure
    from loadgen.wire.frames import DEFAULT_MAX_FRAME_SIZE, HEAD_LENGTH, frame, settings
    from loadgen.wire.headers import MAX_REMEMBERED
    from loadgen.wire.streaming import StreamingConnection, StreamReply

Connection = ClientConnection | StreamingConnection

HEADERS = ((b":method", b"POST"), (b":path", b"/"))
# Two requests leave at once, and one needs windows which it does not have at first.
REQUESTS = [grpc.unary_request(HEADERS, bytes(size)) for size in (1, 1, 70_000)]
LOST = Failure("connection lost")
STREAMING, AS_FRAMES, COMPRESSED, WITHOUT_SETTINGS = 1, 2, 4, 8


def main() -> None:
    """Fuzz until something breaks or the time is over."""
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


def check(data: bytes) -> None:
    """Feed an input to a connection at once, and again in pieces; both must keep their promises and agree."""
    how, replies = (data[0], data[1:]) if data else (0, b"")
    if how & AS_FRAMES:
        replies = b"".join(_frames(replies))
    if not how & WITHOUT_SETTINGS:
        replies = settings({}) + replies
    size = ((how >> 4) + 1) ** 2
    at_once = _outcome(how, [replies])
    in_pieces = _outcome(how, [replies[start : start + size] for start in range(0, len(replies), size)])
    assert at_once == in_pieces, (at_once, in_pieces)


def _frames(data: bytes) -> list[bytes]:
    found = []
    while len(data) >= 4:
        kind, flags, stream_id, length = data[:4]
        found.append(frame(kind, flags, stream_id, data[4 : 4 + length]))
        data = data[4 + length :]
    return found


def _outcome(how: int, pieces: list[bytes]) -> object:
    """Return all that can be seen of a connection from outside after it took the pieces."""
    connection = _connection(how)
    started = [connection.start(request) for request in REQUESTS]
    output, ended, words = [connection.take_output()], [], ""
    for piece in pieces:
        try:
            ended += connection.receive(piece)
        except RemoteProtocolError as error:
            ended += error.finished
            words = str(error)
        output.append(connection.take_output())
        _check_memory(connection)
        if words:
            break
    assert not words or connection.room == 0, "what is dead takes nothing new"
    was_open = connection.disconnect(LOST)
    assert sorted(map(id, ended + was_open)) == sorted(map(id, started)), "each ends once"
    return b"".join(output), words, [_outcome_of(exchange) for exchange in ended]


def _connection(how: int) -> Connection:
    if not how & STREAMING:
        return ClientConnection()
    compression: grpc.Compression | None = "gzip" if how & COMPRESSED else None
    return StreamingConnection(HEADERS, _read_reply, compression=compression)


def _read_reply(message: bytes) -> StreamReply:
    """Take a message apart that a fuzzer finds easily: an id of one character, and a byte of flags."""
    if len(message) < 2:
        raise RemoteProtocolError("the reply is too short")
    flags = message[1]
    return StreamReply(message[:1].decode("latin-1"), "no" if flags & 4 else "", bool(flags & 1), flags & 3 == 3)


def _outcome_of(exchange: Exchange) -> object:
    if isinstance(exchange, streaming.StreamCall):
        return exchange.number, streaming.failure_of(exchange), exchange.responses
    failure = grpc.failure_of(exchange)
    message = None if failure else grpc.message_of(exchange)
    return exchange.headers, bytes(exchange.body), exchange.trailers, failure, message


def _check_memory(connection: Connection) -> None:
    wire = connection if isinstance(connection, ClientConnection) else connection._wire
    assert len(wire._input) < HEAD_LENGTH + DEFAULT_MAX_FRAME_SIZE
    assert wire._open_block is None or len(wire._open_block[2]) <= MAX_HEADER_BLOCK
    assert len(wire._decoder.known) <= MAX_REMEMBERED


if __name__ == "__main__":
    main()
