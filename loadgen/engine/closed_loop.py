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
    """Keeps a level of requests in flight over some connections, from the callback that saw one of them end.

    The first failed request, and the loss of a connection, end the load: `failed` is set, `error` says why, and nothing
    more is sent.
    """

    def __init__(self, connections: Sequence[Connection], requests: Sequence[Request]) -> None:
        self.records = Recorder()
        self.failed = asyncio.Event()
        self.error: LoadgenError | None = None
        self._lanes = [_Lane(self, connection, cycle(requests)) for connection in connections]

    @property
    def in_flight(self) -> int:
        """The number of requests sent and not answered."""
        return sum(lane.in_flight for lane in self._lanes)

    def set_level(self, in_flight: int) -> None:
        """Keep this many requests in flight from now on; more are sent at once, fewer as the surplus ends.

        Raises ServerError when the server does not take so many at a time, and what ended the load if something did.
        """
        if self.error:
            raise self.error
        shares = _shares(in_flight, len(self._lanes))
        for lane, share in zip(self._lanes, shares, strict=True):
            lane.require_room(share)
        for lane, share in zip(self._lanes, shares, strict=True):
            lane.set_level(share)

    async def drain(self) -> None:
        """Send nothing more, and wait until every request in flight has ended."""
        for lane in self._lanes:
            lane.level = 0
        for lane in self._lanes:
            await lane.drain()

    def fail(self, error: LoadgenError) -> None:
        """End the load; the first reason counts."""
        for lane in self._lanes:
            lane.level = 0
        self.error = self.error or error
        self.failed.set()


class _Lane:
    """One connection's share of the load."""

    def __init__(self, loop: ClosedLoop, connection: Connection, requests: Iterator[Request]) -> None:
        self._loop = loop
        self._connection = connection
        self._wire = connection.wire
        self._requests = requests
        self._record = loop.records.add
        self._idle = asyncio.Event()
        self.level = 0
        connection.on_finished = self._finished
        connection.on_lost = self._lost

    @property
    def in_flight(self) -> int:
        return self._wire.in_flight

    def require_room(self, level: int) -> None:
        if level - self._wire.in_flight > self._wire.room:
            raise self._refusal(level)

    def set_level(self, level: int) -> None:
        self.level = level
        self._idle.clear()
        self._fill()

    async def drain(self) -> None:
        if self._wire.in_flight:
            await self._idle.wait()

    def _fill(self) -> None:
        start, requests = self._wire.start, self._requests
        started: list[Exchange] = []
        try:
            for _ in range(self.level - self._wire.in_flight):
                started += (start(next(requests)),)
        except LocalProtocolError:
            self._loop.fail(self._refusal(self.level))
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
                self._record(exchange.sent_ns, end_ns)
            else:
                self._loop.fail(InferenceError(str(status)))
        if self.level:
            self._fill()
        elif not self._wire.in_flight:
            self._idle.set()

    def _lost(self, error: ServerError) -> None:
        self._idle.set()  # Nobody will answer any more.
        self._loop.fail(error)


def _shares(level: int, lanes: int) -> list[int]:
    """Spread a level over lanes, the first ones taking what is left over: 5 over 2 are 3 and 2."""
    return [level // lanes + (lane < level % lanes) for lane in range(lanes)]
