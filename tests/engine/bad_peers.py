"""Servers that misbehave on purpose, on real sockets, and count what was asked of them and what they answered."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, Event, RequestReceived, StreamEnded, StreamReset
from h2.settings import Settings
from hyperframe.frame import GoAwayFrame

from loadgen.load.endpoint import Endpoint

HEADERS = [(":status", "200"), ("content-type", "application/grpc")]
TRAILERS = [("grpc-status", "0")]
END_HEADERS = 0x4
HELLO = b"\x00\x00\x00\x00\x05hello"


class Peer:
    """A server on a free port of 127.0.0.1 that serves each connection with a coroutine.

    `asked` and `answered` are the requests that came whole, and those that were answered well, in this order.
    """

    def __init__(self, serve: Callable[["Talk"], Awaitable[None]]) -> None:
        self.serve = serve
        self._tasks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.connections = 0
        self.open = 0
        self.asked: list[bytes] = []
        self.answered: list[bytes] = []
        self.endpoint = Endpoint("127.0.0.1", 0)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Peer"]:
        """Serve; at the end every connection is hung up and waited for."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.endpoint = Endpoint("127.0.0.1", server.sockets[0].getsockname()[1])
        try:
            yield self
        finally:
            server.close()
            for writer in self._tasks.values():
                writer.close()
            await asyncio.gather(*self._tasks)
            await server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks[asyncio.current_task()] = writer
        self.connections += 1
        self.open += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self.serve(Talk(self, reader, writer))
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        self.open -= 1


class Talk:
    """One connection of a peer, the `number`-th (from 1), for its script.

    After `allowance` more bytes it ends, by `end`; None is no limit.
    """

    def __init__(self, peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.peer = peer
        self.reader = reader
        self.number = peer.connections
        self.written = 0
        self.allowance: int | None = None
        self.end = self.hang_up
        self._writer = writer

    def write(self, data: bytes) -> None:
        if self._writer.is_closing():
            return
        if self.allowance is not None:
            data = data[: self.allowance]
            self.allowance -= len(data)
        self.written += len(data)
        self._writer.write(data)
        if self.allowance == 0:
            self.end()

    def dribble(self, data: bytes) -> None:
        """Send each byte in a packet of its own."""
        for index in range(len(data)):
            self.write(data[index : index + 1])

    def hang_up(self) -> None:
        self._writer.close()

    def reset(self) -> None:
        """What the kernel does for a process that was killed: a reset instead of an end."""
        linger_no_time = struct.pack("ii", 1, 0)
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_no_time)
        self._writer.transport.abort()


class Http2Talk:
    """The same with HTTP/2 over it, spoken by the h2 library; `requests` are the bodies by stream."""

    def __init__(self, talk: Talk, settings: Mapping[int, int], rewrite: Callable[[bytes], bytes]) -> None:
        self.talk = talk
        self.peer = talk.peer
        self.number = talk.number
        self.events: list[Event] = []
        self.requests: dict[int, bytearray] = {}
        self._rewrite = rewrite
        self.h2 = H2Connection(H2Configuration(client_side=False))
        self.h2.local_settings = Settings(client=False, initial_values=dict(settings))
        self.h2.initiate_connection()

    def send(self) -> None:
        self.talk.write(self._rewrite(self.h2.data_to_send()))

    def raw(self, data: bytes) -> None:
        """Send what is due, and then bytes that h2 would not."""
        self.send()
        self.talk.write(data)

    def message(self, stream_id: int) -> bytes:
        """Return the request of a stream."""
        return bytes(self.requests[stream_id][5:])

    def answer(self, stream_id: int, *, headers=(), trailers=(), pad: int | None = None) -> None:
        """Answer one request well."""
        self.h2.send_headers(stream_id, [*HEADERS, *headers])
        self.h2.send_data(stream_id, HELLO, pad_length=pad)
        self.h2.send_headers(stream_id, [*TRAILERS, *trailers], end_stream=True)
        self.peer.answered.append(self.message(stream_id))

    def receive(self, data: bytes) -> list[int]:
        """Take bytes; return the streams whose requests are whole now."""
        asked: list[int] = []
        for event in self.h2.receive_data(data):
            self.events.append(event)
            if isinstance(event, RequestReceived):
                self.requests[event.stream_id] = bytearray()
            elif isinstance(event, DataReceived):
                self.requests[event.stream_id] += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, StreamEnded):
                asked.append(event.stream_id)
            elif isinstance(event, StreamReset):
                asked = [stream_id for stream_id in asked if stream_id != event.stream_id]
            elif isinstance(event, ConnectionTerminated):
                self.talk.hang_up()
        return asked


Reply = Callable[[Http2Talk, int], None]
"""What a peer does when a request has come whole, on this stream."""


def as_it_is(data: bytes) -> bytes:
    return data


def nothing_more(http: Http2Talk) -> None:
    pass


def http2(
    reply: Reply,
    settings: Mapping[int, int] | None = None,
    *,
    greet: Callable[[Http2Talk], None] = nothing_more,
    rewrite: Callable[[bytes], bytes] = as_it_is,
) -> Peer:
    """A server that speaks HTTP/2. `greet` is called at first; `rewrite` has the last word on the bytes that leave."""

    async def serve(talk: Talk) -> None:
        http = Http2Talk(talk, settings or {}, rewrite)
        greet(http)
        http.send()
        while data := await talk.reader.read(2**16):
            for stream_id in http.receive(data):
                http.peer.asked.append(http.message(stream_id))
                reply(http, stream_id)
            http.send()

    return Peer(serve)


def well(http: Http2Talk, stream_id: int) -> None:
    http.answer(stream_id)


def goaway(last_stream_id: int, words: bytes = b"", code: int = 0) -> bytes:
    return GoAwayFrame(last_stream_id=last_stream_id, error_code=code, additional_data=words).serialize()


def cut_short(peer: Peer, after: int, *, by_reset: bool = False) -> Peer:
    """Let the first connection of a peer end after so many bytes."""
    serve = peer.serve

    async def serve_a_part(talk: Talk) -> None:
        if talk.number == 1:
            talk.allowance = after
            talk.end = talk.reset if by_reset else talk.hang_up
        await serve(talk)

    peer.serve = serve_a_part
    return peer


# How bytes may be rewritten.


def frames_of(data: bytes) -> list[bytes]:
    """Cut bytes into frames (RFC 9113 section 4.1)."""
    frames = []
    while data:
        size = 9 + int.from_bytes(data[:3], "big")
        frames.append(data[:size])
        data = data[size:]
    return frames


def split_headers(data: bytes) -> bytes:
    """Give every header block as many CONTINUATION frames as it has bytes (section 6.10)."""
    return b"".join(_split(frame) if frame[3] == 0x1 else frame for frame in frames_of(data))


def _split(frame: bytes) -> bytes:
    flags, stream, block = frame[4] & ~END_HEADERS, frame[5:9], frame[9:]
    last = len(block) - 1
    heads = ((0x1, flags) if index == 0 else (0x9, 0) for index in range(len(block)))
    return b"".join(
        b"\x00\x00\x01" + bytes((kind, flags | END_HEADERS * (index == last))) + stream + block[index : index + 1]
        for index, (kind, flags) in enumerate(heads)
    )


def among_unknown_frames(data: bytes) -> bytes:
    """Put a frame of an unknown kind behind every frame, on the same stream (section 5.5)."""
    return b"".join(frame + b"\x00\x00\x03\xfa\xff" + frame[5:9] + b"???" for frame in frames_of(data))


# HTTP/1.1.

Http1Reply = Callable[[Talk], None]


def http1(reply: Http1Reply) -> Peer:
    """A server that speaks HTTP/1.1, and replies to each request that has come whole."""

    async def serve(talk: Talk) -> None:
        while True:
            head = await talk.reader.readuntil(b"\r\n\r\n")
            (length,) = (
                int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
            )
            talk.peer.asked.append(await talk.reader.readexactly(length))
            reply(talk)

    return Peer(serve)


HTTP1_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def ok(talk: Talk) -> None:
    talk.write(HTTP1_OK)
    talk.peer.answered.append(talk.peer.asked[-1])


HTTP1_CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;why=not\r\n{\r\n01\r\n}\r\n0\r\nX-After: all\r\n\r\n"
)


def chunked(talk: Talk) -> None:
    talk.write(HTTP1_CHUNKED)
    talk.peer.answered.append(talk.peer.asked[-1])
