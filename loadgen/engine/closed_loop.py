"""The closed loop: N requests in flight, the next one sent when one ends."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import cycle, islice

from loadgen.engine.connection import Connection
from loadgen.engine.recorder import Recorder
from loadgen.errors import InferenceError, LoadgenError, ServerError
from loadgen.wire.exchange import Exchange, Request
from loadgen.wire.grpc import OK, status_of


class ClosedLoop:
    """Keeps a level of requests in flight over a connection, from the callback that saw one of them end.

    The first failed request, and the loss of the connection, end the load: `failed` is set, `error` says why, and
    nothing more is sent.
    """

    def __init__(self, connection: Connection, requests: Sequence[Request]) -> None:
        self._connection = connection
        self._requests: Iterator[Request] = cycle(requests)
        self._level = 0
        self._sent_ns: dict[Exchange, int] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self.records = Recorder()
        self.failed = asyncio.Event()
        self.error: LoadgenError | None = None
        connection.on_finished = self._finished
        connection.on_lost = self._lost

    @property
    def in_flight(self) -> int:
        """The number of requests sent and not answered."""
        return len(self._sent_ns)

    def set_level(self, in_flight: int) -> None:
        """Keep this many requests in flight from now on; more are sent at once, fewer as the surplus ends.

        Raises ServerError when the server does not take so many at a time.
        """
        self._level = in_flight
        missing = in_flight - self.in_flight
        if missing > self._connection.room and not self.error:
            limit = self.in_flight + self._connection.room
            raise ServerError(f"the server takes {limit} requests at a time on a connection, {in_flight} are asked for")
        self._fill()

    async def drain(self) -> None:
        """Send nothing more, and wait until every request in flight has ended."""
        self._level = 0
        await self._idle.wait()

    def _fill(self) -> None:
        missing = self._level - len(self._sent_ns)
        if missing <= 0:
            return
        if missing > self._connection.room:
            self._fail(ServerError("the server is closing the connection"))
            return
        exchanges, sent_ns = self._connection.send(list(islice(self._requests, missing)))
        for exchange in exchanges:
            self._sent_ns[exchange] = sent_ns
        self._idle.clear()

    def _finished(self, exchanges: list[Exchange], end_ns: int) -> None:
        for exchange in exchanges:
            sent_ns = self._sent_ns.pop(exchange)
            status = status_of(exchange)
            if status is OK:
                self.records.add(sent_ns, end_ns)
            else:
                self._fail(InferenceError(str(status)))
        self._fill()
        if not self._sent_ns:
            self._idle.set()

    def _fail(self, error: LoadgenError) -> None:
        self._level = 0
        self.error = self.error or error
        self.failed.set()

    def _lost(self, error: ServerError) -> None:
        self._sent_ns.clear()  # Nobody will answer them any more.
        self._idle.set()
        self._fail(error)
