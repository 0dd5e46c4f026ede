"""A connection through grpc.aio, the official library: for comparison, and for those who trust no other."""

import asyncio
from collections.abc import Iterable
from time import perf_counter_ns
from typing import Any

import grpc
import grpc.aio

from loadgen.engine.connect import CONNECT_TIMEOUT_S
from loadgen.engine.connection import OnFinished, OnLost
from loadgen.errors import ServerError
from loadgen.load.target import Target
from loadgen.load.transport import Transport
from loadgen.net.dial import dial, dial_tls
from loadgen.net.grpcio_channel import metadata_of, open_channel, security_of
from loadgen.net.tls import ssl_context, tls_words
from loadgen.wire.exchange import CONNECTION_LOST, Exchange, Failure, Request
from loadgen.wire.grpc import MESSAGE_PREFIX, framed

_MS_PER_S = 1_000
_COMPRESSION = {
    None: grpc.Compression.NoCompression,
    "gzip": grpc.Compression.Gzip,
    "deflate": grpc.Compression.Deflate,
}
_OK = {b"grpc-status": b"0"}


async def connect_grpcio(target: Target, transport: Transport, path: str) -> "GrpcioConnection":
    """Open a connection for unary calls of `path` (`/package.Service/Method`), with the target's headers.

    Raises ServerError, one sentence that names the endpoint, when there is no connection to be had, and ConfigError for
    a TLS file or a header that cannot be used.
    """
    metadata = metadata_of(target.headers)
    security = await asyncio.to_thread(security_of, target)
    channel = open_channel(grpc.aio, target, security, _keepalive(transport.keepalive_s))
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await _become_ready(channel, target)
    except BaseException as error:
        await channel.close()
        if isinstance(error, TimeoutError):
            raise ServerError(f"{target.endpoint}: no answer within {CONNECT_TIMEOUT_S:g} s") from error
        raise
    settings = {
        "timeout": transport.request_timeout_s,
        "metadata": metadata,
        "compression": _COMPRESSION[transport.compression],
    }
    return GrpcioConnection(channel, path, settings)


class GrpcioConnection:
    """Carries unary calls over one channel of grpc.aio; a `Connection`.

    A call takes a Request whose message is not compressed, and ignores its headers: the library has some of its own,
    and compresses by itself. It also holds back by itself what is more than the server takes at a time.
    """

    capacity = 2**31 - 1
    is_going_away = False

    def __init__(self, channel: grpc.aio.Channel, path: str, settings: dict[str, Any]) -> None:
        self._channel = channel
        self._call = channel.unary_unary(path)
        self._settings = settings
        self._open: dict[Exchange, asyncio.Task[None] | None] = {}
        self._queued: list[Exchange] = []
        self._closing: asyncio.Task[None] | None = None
        self.on_finished: OnFinished = lambda _exchanges, _end_ns: None
        self.on_lost: OnLost = lambda _exchanges, _failure: None

    @property
    def in_flight(self) -> int:
        """The number of exchanges that have not ended."""
        return len(self._open)

    @property
    def room(self) -> int:
        """How many more exchanges may start now."""
        return self.capacity - len(self._open)

    @property
    def open_exchanges(self) -> Iterable[Exchange]:
        """Those that have not ended, oldest first."""
        return self._open.keys()

    def start(self, request: Request) -> Exchange:
        """Queue a request until `flush`."""
        exchange = Exchange(request)
        self._open[exchange] = None
        self._queued.append(exchange)
        return exchange

    def flush(self) -> int:
        """Make the calls that are queued; return the instant just before it."""
        queued, self._queued = self._queued, []
        sent_ns = perf_counter_ns()
        for exchange in queued:
            if exchange in self._open:
                self._open[exchange] = asyncio.create_task(self._carry(exchange))
        return sent_ns

    def cancel(self, exchange: Exchange, failure: Failure) -> None:
        """End an exchange now; `on_finished` will not be called for it."""
        exchange.failure = failure
        task = self._open.pop(exchange)
        if task is not None:
            task.cancel()

    def close(self) -> None:
        """Close the channel, which takes a moment; `on_lost` is not called."""
        if self._closing is None:
            for exchange in list(self._open):
                self.cancel(exchange, Failure(CONNECTION_LOST, "the connection was closed"))
            self._closing = asyncio.create_task(self._channel.close())

    async def wait_closed(self) -> None:
        """Wait until the channel is closed, after `close`."""
        if self._closing is not None:
            await self._closing

    async def _carry(self, exchange: Exchange) -> None:
        """Make one call, and report its end."""
        message = exchange.request.body[MESSAGE_PREFIX.size :]
        try:
            reply = await self._call(message, **self._settings)
        except grpc.aio.AioRpcError as error:
            exchange.failure = Failure(error.code().name, error.details() or "")
            if error.code() is grpc.StatusCode.UNAVAILABLE and not self._is_connected:
                self._lose(exchange.failure)
                return
        else:
            exchange.add_to_body(framed(reply))
            exchange.headers = exchange.trailers = _OK
        del self._open[exchange]
        self.on_finished([exchange], perf_counter_ns())

    @property
    def _is_connected(self) -> bool:
        return self._channel.get_state() is grpc.ChannelConnectivity.READY

    def _lose(self, failure: Failure) -> None:
        """Give up a channel that has lost its connection: when to try again is for the owner to say.

        The channel may learn of the loss a moment after its calls, of which the first then end as failed ones.
        """
        exchanges = list(self._open)
        for exchange in exchanges:
            self.cancel(exchange, failure)
        self.close()
        self.on_lost(exchanges, failure)


def _keepalive(keepalive_s: float | None) -> tuple[tuple[str, int], ...]:
    if keepalive_s is None:
        return ()
    keepalive_ms = round(keepalive_s * _MS_PER_S)
    return (
        ("grpc.keepalive_time_ms", keepalive_ms),
        ("grpc.keepalive_timeout_ms", keepalive_ms),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
    )


async def _become_ready(channel: grpc.aio.Channel, target: Target) -> None:
    """Wait until the channel has a connection. Raises ServerError when the first attempt fails."""
    while (state := channel.get_state(try_to_connect=True)) is not grpc.ChannelConnectivity.READY:
        if state is grpc.ChannelConnectivity.TRANSIENT_FAILURE:
            raise ServerError(f"{target.endpoint}: {await asyncio.to_thread(_why_not_connected, target)}")
        await channel.wait_for_state_change(state)


def _why_not_connected(target: Target) -> str:
    """Return the reason, which the library does not tell, by trying to connect without it."""
    endpoint, tls = target.endpoint, target.tls
    try:
        if tls is None:
            dial(endpoint, timeout_s=CONNECT_TIMEOUT_S).close()
            return "the server does not speak gRPC"
        context = ssl_context(tls, protocols=["h2"])
        dial_tls(endpoint, context, timeout_s=CONNECT_TIMEOUT_S, server_name=tls.server_name).close()
    except OSError as error:
        return tls_words(error)
    return tls_words(None)
