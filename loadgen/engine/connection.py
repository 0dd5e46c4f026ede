"""A socket under a wire connection."""

import asyncio
import socket
from collections.abc import Callable
from time import perf_counter_ns
from typing import cast

from loadgen.errors import RemoteProtocolError, ServerError
from loadgen.load.target import Target
from loadgen.wire.connection import ClientConnection
from loadgen.wire.exchange import Exchange, Request

CONNECT_TIMEOUT_S = 10.0

OnFinished = Callable[[list[Exchange], int], None]
OnLost = Callable[[ServerError], None]


class Connection(asyncio.Protocol):
    """Carries requests to one server over TCP.

    `on_finished(exchanges, end_ns)` is called from the callback that saw the last byte of these exchanges, with the
    instant of it; `on_lost(error)` when the peer closed the connection or broke the protocol.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._wire = ClientConnection()
        self._transport: asyncio.Transport | None = None
        self._is_closing = False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_finished: OnFinished = lambda _exchanges, _end_ns: None
        self.on_lost: OnLost = lambda _error: None

    @property
    def in_flight(self) -> int:
        """The number of requests without a complete response."""
        return self._wire.in_flight

    @property
    def room(self) -> int:
        """How many more requests may be sent now."""
        return self._wire.room

    @property
    def is_going_away(self) -> bool:
        """The server finishes what it has and wants nothing new."""
        return self._wire.is_going_away

    def send(self, requests: list[Request]) -> tuple[list[Exchange], int]:
        """Send requests in one write; return their exchanges and the instant just before the bytes were handed over."""
        exchanges = [self._wire.start(request) for request in requests]
        output = self._wire.take_output()
        assert self._transport is not None
        sent_ns = perf_counter_ns()
        self._transport.write(output)
        return exchanges, sent_ns

    def close(self) -> None:
        """Say goodbye and close the socket."""
        if self._transport is not None and not self._is_closing:
            self._is_closing = True
            self._wire.say_goodbye()
            self._flush()
            self._transport.close()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the server."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not inherit from it
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Pass on what has ended; everything that happens to a request happens in here."""
        now_ns = perf_counter_ns()
        try:
            finished = self._wire.receive(data)
        except RemoteProtocolError as error:
            self._lose(ServerError(f"{self._url}: {error}"))
            return
        if finished:
            self.on_finished(finished, now_ns)
        if self._wire.is_ready and not self.ready.done():
            self.ready.set_result(None)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Report it, unless it was our own doing."""
        if not self._is_closing:
            reason = f": {exc.strerror or exc}" if isinstance(exc, OSError) else ""
            self._lose(ServerError(f"{self._url}: the server closed the connection{reason}"))

    def _lose(self, error: ServerError) -> None:
        self.close()
        if not self.ready.done():
            self.ready.set_exception(error)
        else:
            self.on_lost(error)

    def _flush(self) -> None:
        output = self._wire.take_output()
        if output and self._transport is not None:
            self._transport.write(output)


async def connect(target: Target) -> Connection:
    """Open a connection and wait for the server's SETTINGS. Raises ServerError when there is none to be had."""
    connection = Connection(target.url)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            transport, _ = await asyncio.get_running_loop().create_connection(
                lambda: connection, target.host, target.port
            )
            sock: socket.socket = transport.get_extra_info("socket")
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await connection.ready
    except TimeoutError as error:
        connection.close()
        raise ServerError(f"{target.url}: no answer within {CONNECT_TIMEOUT_S:g} s") from error
    except OSError as error:
        raise ServerError(f"{target.url}: cannot connect: {error.strerror or error}") from error
    return connection
