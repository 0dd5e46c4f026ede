"""A connection of the load, and a socket under a wire connection, which makes one."""

import asyncio
import ssl
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter_ns
from typing import Any, Protocol, cast

from loadgen.errors import RemoteProtocolError, ServerError
from loadgen.net.tls import tls_words
from loadgen.units import NS_PER_S
from loadgen.wire.exchange import CONNECTION_LOST, Exchange, Failure

GOODBYE_TIMEOUT_S = 0.1

OnFinished = Callable[[list[Exchange], int], None]
OnLost = Callable[[list[Exchange], Failure], None]


class Connection(Protocol):
    """What carries requests to one server.

    `on_finished(exchanges, end_ns)` is called from the callback that saw the last byte of these exchanges, with the
    instant of it; without exchanges when the server has changed how many it takes. `on_lost(exchanges, failure)` is
    called once when the connection is gone for good: these were open, and have ended with this failure. Exchanges that
    ended before, in the same bytes, may still come after it.
    """

    on_finished: OnFinished
    on_lost: OnLost

    @property
    def capacity(self) -> int:
        """So many exchanges may be open at a time."""

    @property
    def in_flight(self) -> int:
        """The number of exchanges that have not ended."""

    @property
    def room(self) -> int:
        """How many more exchanges may start now."""

    @property
    def is_going_away(self) -> bool:
        """No more exchanges may start for good; those that are open go on."""

    @property
    def open_exchanges(self) -> Iterable[Exchange]:
        """Those that have not ended, oldest first."""

    def start(self, request: Any, /) -> Exchange:  # noqa: ANN401 - each protocol has a form of its own
        """Queue a request until `flush`. Raises LocalProtocolError when there is no `room`."""

    def flush(self) -> int:
        """Send what is queued in one write; return the instant just before it (perf_counter_ns)."""

    def cancel(self, exchange: Exchange, failure: Failure, /) -> None:
        """End an exchange now, and tell the server; `on_finished` will not be called for it."""

    def close(self) -> None:
        """Say goodbye and close the socket; `on_lost` is not called."""

    async def wait_closed(self) -> None:
        """Wait until nothing is left of a connection that was closed or lost."""


class WireConnection(Protocol):
    """A protocol without a socket: HTTP/2, HTTP/1.1. The members that `Connection` has, too, mean the same."""

    @property
    def output(self) -> Sequence[bytes | memoryview]:
        """What is on its way out."""

    @property
    def capacity(self) -> int: ...  # noqa: D102 - as in Connection, like those below without a docstring
    @property
    def is_ready(self) -> bool:
        """The peer has shown that it speaks the protocol."""

    @property
    def is_going_away(self) -> bool: ...  # noqa: D102
    @property
    def in_flight(self) -> int: ...  # noqa: D102
    @property
    def room(self) -> int: ...  # noqa: D102
    @property
    def open_exchanges(self) -> Iterable[Exchange]: ...  # noqa: D102
    @property
    def awaits_pong(self) -> bool:
        """A `ping` is unanswered."""

    def start(self, request: Any, /) -> Exchange: ...  # noqa: ANN401, D102
    def receive(self, data: bytes, now_ns: int = 0) -> list[Any]:
        """Take bytes from the peer; return the exchanges that ended by them. Raises RemoteProtocolError."""

    def end_of_input(self) -> list[Any]:
        """Take the end of the peer's bytes; return the exchanges that ended by it."""

    def take_output(self) -> bytes:
        """Return the bytes to be sent, which the connection then forgets."""

    def cancel(self, exchange: Any, failure: Failure) -> None: ...  # noqa: ANN401, D102
    def disconnect(self, failure: Failure) -> list[Any]:
        """End all open exchanges with a failure and return them: the socket is gone."""

    def ping(self) -> None:
        """Ask whether the peer is alive, if the protocol can."""

    def say_goodbye(self) -> None:
        """Tell the peer that nothing more will come, if the protocol can."""


class SocketConnection(asyncio.Protocol):
    """Carries the bytes of a wire connection over TCP, TLS or a Unix socket; a `Connection`, after `greet`.

    `peer` names the server in messages. When nothing has come for `keepalive_s`, the server is asked whether it is
    alive, and is given up when that is not answered in the same time.
    """

    def __init__(self, peer: str, wire: WireConnection, *, keepalive_s: float | None = None) -> None:
        self._peer = peer
        self._wire = wire
        self._capacity = wire.capacity
        self._keepalive_s = keepalive_s
        self._keepalive: asyncio.TimerHandle | None = None
        self._received_ns = 0
        self._transport: asyncio.Transport | None = None
        self._is_closing = False
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_finished: OnFinished = lambda _exchanges, _end_ns: None
        self.on_lost: OnLost = lambda _exchanges, _failure: None
        self.start = wire.start  # not a method around it, which every request would pay for

    @property
    def capacity(self) -> int:
        """So many exchanges may be open at a time."""
        return self._wire.capacity

    @property
    def in_flight(self) -> int:
        """The number of exchanges that have not ended."""
        return self._wire.in_flight

    @property
    def room(self) -> int:
        """How many more exchanges may start now."""
        return self._wire.room

    @property
    def is_going_away(self) -> bool:
        """No more exchanges may start for good; those that are open go on."""
        return self._is_closing or self._wire.is_going_away

    @property
    def open_exchanges(self) -> Iterable[Exchange]:
        """Those that have not ended, oldest first."""
        return self._wire.open_exchanges

    @property
    def agreed_protocol(self) -> str | None:
        """What both sides agreed to speak over TLS (ALPN, RFC 7301); None: nothing."""
        return self._tls.selected_alpn_protocol() if self._tls else None

    async def greet(self) -> None:
        """Begin to speak, and wait until the server has shown that it speaks the same. Raises ServerError."""
        self._received_ns = self.flush()
        self._notice()
        await self._ready
        if self._keepalive_s is not None:
            self._check_alive(self._keepalive_s)

    def flush(self) -> int:
        """Send what the wire connection has to say, in one write; return the instant just before it."""
        output = self._wire.take_output()
        sent_ns = perf_counter_ns()
        if output and self._transport is not None:
            self._transport.write(output)
        return sent_ns

    def cancel(self, exchange: Exchange, failure: Failure) -> None:
        """End an exchange now, and tell the server; `on_finished` will not be called for it."""
        self._wire.cancel(exchange, failure)
        self.flush()

    def close(self) -> None:
        """Say goodbye and close the socket; `on_lost` is not called."""
        if not self._is_closing:
            self._wire.say_goodbye()
            self._hang_up()

    async def wait_closed(self) -> None:
        """Wait until the socket is closed; a server that does not let us say goodbye is left without."""
        await asyncio.wait((self._closed,), timeout=GOODBYE_TIMEOUT_S)
        self.abort()
        await self._closed

    def abort(self) -> None:
        """Close the socket without a word; `on_lost` is not called."""
        self._is_closing = True
        if self._transport is not None and not self._closed.done():  # Python 3.11.2 fails where there is nothing left.
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, unless nobody waits for it any more."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not inherit from it
        if self._is_closing:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Pass on what has ended; everything that happens to a request happens in here."""
        self._received_ns = now_ns = perf_counter_ns()
        wire = self._wire
        try:
            finished = wire.receive(data, now_ns)
        except RemoteProtocolError as error:
            self._lose(str(error))
            if error.finished:
                self.on_finished(error.finished, now_ns)
            return
        if finished:
            self.on_finished(finished, now_ns)
        else:
            self._notice()
        if wire.output:
            self.flush()

    def eof_received(self) -> None:
        """Pass on what has ended by the end of the server's bytes; the transport closes itself after it."""
        now_ns = perf_counter_ns()
        if finished := self._wire.end_of_input():
            self.on_finished(finished, now_ns)

    def connection_lost(self, exc: Exception | None) -> None:
        """Report it, unless it was our own doing."""
        self._closed.set_result(None)
        self._lose(self._why_lost(exc))

    def _why_lost(self, error: Exception | None) -> str:
        # A server that refuses our certificate, or misses it, lets us believe first that we are connected.
        if isinstance(error, ssl.SSLError) or (not self._ready.done() and self._tls):
            return tls_words(error)
        reason = f": {error.strerror or error}" if isinstance(error, OSError) else ""
        return f"the server closed the connection{reason}"

    @property
    def _tls(self) -> ssl.SSLObject | None:
        return None if self._transport is None else self._transport.get_extra_info("ssl_object")

    def _notice(self) -> None:
        """See whether something other than the end of an exchange has changed."""
        if self._wire.capacity != self._capacity:
            self._capacity = self._wire.capacity
            self.on_finished([], self._received_ns)
        if not self._ready.done() and self._wire.is_ready:
            self._ready.set_result(None)

    def _check_alive(self, keepalive_s: float) -> None:
        """Ask a server that is silent whether it is alive, or find that it has not answered that."""
        silent_s = (perf_counter_ns() - self._received_ns) / NS_PER_S
        wait_s = keepalive_s - silent_s
        if wait_s <= 0 and self._wire.awaits_pong:
            self._lose(f"the server does not answer PINGs: nothing has come for {silent_s:.1f} s")
            return
        if wait_s <= 0:
            self._wire.ping()
            self.flush()
            wait_s = keepalive_s
        self._keepalive = asyncio.get_running_loop().call_later(wait_s, self._check_alive, keepalive_s)

    def _lose(self, words: str) -> None:
        if self._is_closing:
            return
        self._hang_up()
        failure = Failure(CONNECTION_LOST, f"{self._peer}: {words}")
        open_exchanges = self._wire.disconnect(failure)
        if self._ready.done():
            self.on_lost(open_exchanges, failure)
        else:
            self._ready.set_exception(ServerError(failure.message))

    def _hang_up(self) -> None:
        self._is_closing = True
        if self._keepalive is not None:
            self._keepalive.cancel()
        if self._transport is not None:
            self.flush()
            self._transport.close()
