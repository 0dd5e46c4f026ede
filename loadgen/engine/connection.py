"""A socket under a wire connection."""

import asyncio
import os
from collections.abc import Callable
from time import perf_counter_ns
from typing import cast

from loadgen.errors import RemoteProtocolError, ServerError
from loadgen.load.target import Target
from loadgen.wire.connection import ClientConnection
from loadgen.wire.exchange import Exchange

CONNECT_TIMEOUT_S = 10.0

OnFinished = Callable[[list[Exchange], int], None]
OnLost = Callable[[ServerError], None]


class Connection(asyncio.Protocol):
    """Carries the bytes of `wire` to and from one server over TCP.

    `on_finished(exchanges, end_ns)` is called from the callback that saw the last byte of these exchanges, with the
    instant of it; `on_lost(error)` when the peer closed the connection or broke the protocol.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self.wire = ClientConnection()
        self._transport: asyncio.Transport | None = None
        self._is_closing = False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_finished: OnFinished = lambda _exchanges, _end_ns: None
        self.on_lost: OnLost = lambda _error: None

    def flush(self) -> int:
        """Send what the wire connection has to say, in one write; return the instant just before it."""
        output = self.wire.take_output()
        sent_ns = perf_counter_ns()
        if output and self._transport is not None:
            self._transport.write(output)
        return sent_ns

    def close(self) -> None:
        """Say goodbye and close the socket."""
        if self._transport is not None and not self._is_closing:
            self._is_closing = True
            self.wire.say_goodbye()
            self.flush()
            self._transport.close()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the server."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not inherit from it
        self.flush()

    def data_received(self, data: bytes) -> None:
        """Pass on what has ended; everything that happens to a request happens in here."""
        now_ns = perf_counter_ns()
        try:
            finished = self.wire.receive(data)
        except RemoteProtocolError as error:
            self._lose(ServerError(f"{self._url}: {error}"))
            return
        if finished:
            self.on_finished(finished, now_ns)
        elif self.wire.is_ready and not self.ready.done():
            self.ready.set_result(None)
        if self.wire.output:
            self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Report it, unless it was our own doing."""
        if not self._is_closing:
            reason = f": {exc.strerror or exc}" if isinstance(exc, OSError) else ""
            self._lose(ServerError(f"{self._url}: the server closed the connection{reason}"))

    def _lose(self, error: ServerError) -> None:
        self.close()
        self.wire.disconnect()
        if not self.ready.done():
            self.ready.set_exception(error)
        else:
            self.on_lost(error)


async def connect(target: Target) -> Connection:
    """Open a connection and wait for the server's SETTINGS. Raises ServerError when there is none to be had."""
    connection = Connection(target.url)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await _open(connection, target)
    except TimeoutError as error:
        raise ServerError(f"{target.url}: no answer within {CONNECT_TIMEOUT_S:g} s") from error
    except OSError as error:
        # asyncio puts a sentence of its own where the system's word for the error should be.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or error
        raise ServerError(f"{target.url}: cannot connect: {reason}") from error
    return connection


async def _open(connection: Connection, target: Target) -> None:
    try:
        # Every event loop sets TCP_NODELAY itself.
        await asyncio.get_running_loop().create_connection(lambda: connection, target.host, target.port)
        await connection.ready
    except BaseException:  # Also when cancelled: nobody else knows of the socket.
        connection.close()
        raise
