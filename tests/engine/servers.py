"""A real gRPC server on a free port of this machine, and a closed loop to put it under load."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from typing import Self

import grpc

from loadgen.engine.client import Client
from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.connect import connect
from loadgen.engine.connection import Connection
from loadgen.engine.shares import at_most, one_for_each
from loadgen.load.endpoint import Endpoint, grpc_endpoint
from loadgen.measure.failures import ErrorLimit
from loadgen.wire.connection import ClientConnection
from loadgen.wire.exchange import Request
from loadgen.wire.grpc import call_headers, failure_of, unary_request

WORKERS = 16
PATIENCE_S = 20.0
REQUEST = unary_request(call_headers("localhost", "/echo.Echo/Say"), b"hello")


class EchoServer:
    """A real gRPC server that answers `Say` with its own message, `Refuse` with an error, and counts its calls.

    `certificate` is the PEM file of its chain and key, for TLS; its clients' come from the `authority`, if any.
    """

    def __init__(
        self,
        address: str = "127.0.0.1:0",
        *,
        certificate: str | None = None,
        authority: str | None = None,
        **options: int,
    ) -> None:
        self._server = grpc.server(
            ThreadPoolExecutor(WORKERS), options=[(f"grpc.{name}", value) for name, value in options.items()]
        )
        methods = {
            "Say": grpc.unary_unary_rpc_method_handler(self._say),
            "Refuse": grpc.unary_unary_rpc_method_handler(self._refuse),
        }
        self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("echo.Echo", methods)])
        self._address = address
        if certificate is None:
            self._port = self._server.add_insecure_port(address)
        else:
            self._port = self._server.add_secure_port(address, _credentials(certificate, authority))
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
    def endpoint(self) -> Endpoint:
        return grpc_endpoint(self._address.replace(":0", f":{self._port}"))

    def request(self, message: bytes = b"hello", method: str = "Say") -> Request:
        return unary_request(call_headers(self.endpoint.authority, f"/echo.Echo/{method}"), message)

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


def _credentials(certificate: str, authority: str | None) -> grpc.ServerCredentials:
    pem = Path(certificate).read_bytes()
    trusted = Path(authority).read_bytes() if authority else None
    return grpc.ssl_server_credentials([(pem, pem)], trusted, require_client_auth=authority is not None)


def spread_over(connections: int | None) -> Callable[[int], int]:
    """Return what spreads a level over so many connections; None is one for each request in flight."""
    return one_for_each if connections is None else at_most(connections)


def client_of(endpoint: Endpoint, *, connections: int | None = 1, request_timeout_s: float | None = None) -> Client:
    """Return what reaches a gRPC server without TLS."""

    async def open_one() -> Connection:
        return await connect(endpoint, ClientConnection(), tls=None, alpn=None)

    return Client(open_one, failure_of, spread_over(connections), request_timeout_s)


@asynccontextmanager
async def closed_loop(
    endpoint: Endpoint,
    *requests: Request,
    connections: int | None = 1,
    error_limit: ErrorLimit | None = None,
    request_timeout_s: float | None = None,
) -> AsyncIterator[ClosedLoop]:
    """Return a closed loop that has nothing in flight yet; its connections are closed at the end."""
    client = client_of(endpoint, connections=connections, request_timeout_s=request_timeout_s)
    loop = ClosedLoop(client, cycle(requests), error_limit=error_limit)
    try:
        yield loop
    finally:
        await loop.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so, or fail."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event to set
            await asyncio.sleep(0.001)
