"""Servers on free ports of 127.0.0.1: a real one made with grpcio, and scripted ones that misbehave."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Self

import grpc
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, StreamEnded

from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.connection import connect
from loadgen.load.target import Target
from loadgen.wire.exchange import Request
from loadgen.wire.grpc import unary_request

WORKERS = 16
PATIENCE_S = 20.0
RESPONSE_HEADERS = [(":status", "200"), ("content-type", "application/grpc")]
TRAILERS = [("grpc-status", "0")]
HELLO = b"\x00\x00\x00\x00\x05hello"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Script = Callable[[H2Connection, int, asyncio.StreamWriter], None]


class EchoServer:
    """A real gRPC server that answers `Say` with its own message, `Refuse` with an error, and counts its calls."""

    def __init__(self, **options: int) -> None:
        self._server = grpc.server(
            ThreadPoolExecutor(WORKERS), options=[(f"grpc.{name}", value) for name, value in options.items()]
        )
        methods = {
            "Say": grpc.unary_unary_rpc_method_handler(self._say),
            "Refuse": grpc.unary_unary_rpc_method_handler(self._refuse),
        }
        self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("echo.Echo", methods)])
        self._port = self._server.add_insecure_port("127.0.0.1:0")
        self._changed = threading.Condition()
        self._hold = 0
        self.messages: list[bytes] = []
        self.at_once = 0
        self.peak = 0

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.expect(0)
        self._server.stop(grace=None).wait()

    @property
    def target(self) -> Target:
        return Target(f"127.0.0.1:{self._port}", model="echo")

    def request(self, message: bytes = b"hello", method: str = "Say") -> Request:
        return unary_request(self.target.url, f"/echo.Echo/{method}", message)

    @property
    def calls(self) -> int:
        """The number of calls of `Say`."""
        return len(self.messages)

    def expect(self, at_once: int) -> None:
        """Count the peak anew, and hold calls back until there are so many at once."""
        with self._changed:
            self._hold, self.peak = at_once, self.at_once
            self._changed.notify_all()

    def _say(self, message: bytes, _context: grpc.ServicerContext) -> bytes:
        with self._changed:
            self.messages.append(message)
            self.at_once += 1
            self.peak = max(self.peak, self.at_once)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.peak >= self._hold, PATIENCE_S)
            self.at_once -= 1
        return message

    def _refuse(self, _message: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "shape [2] is 50% of the naïve guess")


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[Target]:
    """Serve every connection with a coroutine, on a free port; at the end all of them are hung up and waited for."""
    connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def serve_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections[asyncio.current_task()] = writer
        with suppress(ConnectionError):
            await serve(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve_and_close, "127.0.0.1", 0)
    try:
        yield Target(f"127.0.0.1:{server.sockets[0].getsockname()[1]}", model="any")
    finally:
        server.close()
        for writer in connections.values():
            writer.close()
        await asyncio.gather(*connections)
        await server.wait_closed()


def speaking_h2(script: Script, *, said: list[object] | None = None) -> Serve:
    """Return a server that runs a script whenever a request is complete, and keeps in `said` what it was told."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = H2Connection(H2Configuration(client_side=False))
        server.initiate_connection()
        writer.write(server.data_to_send())
        while not writer.is_closing() and (data := await reader.read(2**16)):
            for event in server.receive_data(data):
                if said is not None:
                    said.append(event)
                if isinstance(event, DataReceived):
                    server.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, StreamEnded):
                    script(server, event.stream_id, writer)
                elif isinstance(event, ConnectionTerminated):
                    writer.close()
            if not writer.is_closing():
                writer.write(server.data_to_send())

    return serve


def answer(server: H2Connection, stream_id: int, _writer: asyncio.StreamWriter) -> None:
    """Answer one request well."""
    server.send_headers(stream_id, RESPONSE_HEADERS)
    server.send_data(stream_id, HELLO)
    server.send_headers(stream_id, TRAILERS, end_stream=True)


@asynccontextmanager
async def closed_loop(target: Target, *requests: Request, connections: int = 1) -> AsyncIterator[ClosedLoop]:
    """Connect a closed loop that has nothing in flight yet."""
    opened = [await connect(target) for _ in range(connections)]
    try:
        yield ClosedLoop(opened, requests)
    finally:
        for connection in opened:
            connection.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so, or fail."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event to set
            await asyncio.sleep(0.001)
