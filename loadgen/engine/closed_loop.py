"""The closed loop: N requests in flight, the next one sent when one ends."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import cycle

from loadgen.engine.connection import Connection
from loadgen.engine.recorder import Recorder
from loadgen.errors import InferenceError, LoadgenError, LocalProtocolError, ServerError
from loadgen.wire.exchange import Exchange, Request
from loadgen.wire.grpc import OK, status_of


class ClosedLoop:
    """Keeps a level of requests in flight over a connection, from the callback that saw one of them end.

    The first failed request, and the loss of the connection, end the load: `failed` is set, `error` says why, and
    nothing more is sent.
    """

    def __init__(self, connection: Connection, requests: Sequence[Request]) -> None:
        self._connection = connection
        self._wire = connection.wire
        self._requests: Iterator[Request] = cycle(requests)
        self._level = 0
        self._idle = asyncio.Event()
        self.records = Recorder()
        self.failed = asyncio.Event()
        self.error: LoadgenError | None = None
        connection.on_finished = self._finished
        connection.on_lost = self._lost

    @property
    def in_flight(self) -> int:
        """The number of requests sent and not answered."""
        return self._wire.in_flight

    def set_level(self, in_flight: int) -> None:
        """Keep this many requests in flight from now on; more are sent at once, fewer as the surplus ends.

        Raises ServerError when the server does not take so many at a time, and what ended the load if something did.
        """
        if self.error:
            raise self.error
        if in_flight - self._wire.in_flight > self._wire.room:
            raise self._refusal(in_flight)
        self._level = in_flight
        self._idle.clear()
        self._fill()

    async def drain(self) -> None:
        """Send nothing more, and wait until every request in flight has ended."""
        self._level = 0
        if self._wire.in_flight:
            await self._idle.wait()

    def _fill(self) -> None:
        start, requests = self._wire.start, self._requests
        started: list[Exchange] = []
        try:
            for _ in range(self._level - self._wire.in_flight):
                started += (start(next(requests)),)
        except LocalProtocolError:
            self._fail(self._refusal(self._level))
        if started:
            sent_ns = self._connection.flush()
            for exchange in started:
                exchange.sent_ns = sent_ns

    def _refusal(self, level: int) -> ServerError:
        """Return why the connection has no room for a level."""
        if self._wire.is_going_away:
            return ServerError("the server is closing the connection")
        limit = self._wire.capacity
        if level > limit:
            return ServerError(f"the server takes at most {limit} at a time on a connection, {level} are asked for")
        return ServerError("the connection has carried all the requests that HTTP/2 allows it")

    def _finished(self, exchanges: list[Exchange], end_ns: int) -> None:
        for exchange in exchanges:
            status = status_of(exchange)
            if status is OK:
                self.records.add(exchange.sent_ns, end_ns)
            else:
                self._fail(InferenceError(str(status)))
        if self._level:
            self._fill()
        elif not self._wire.in_flight:
            self._idle.set()

    def _fail(self, error: LoadgenError) -> None:
        self._level = 0
        self.error = self.error or error
        self.failed.set()

    def _lost(self, error: ServerError) -> None:
        self._idle.set()  # Nobody will answer any more.
        self._fail(error)
