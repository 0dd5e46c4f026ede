"""The connections of an open loop: one with room for a request that is due, more when they get short of it."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from math import ceil

from loadgen.engine.client import Client
from loadgen.engine.connection import Connection
from loadgen.engine.reconnection import Reconnection
from loadgen.engine.tasks import keep
from loadgen.errors import ServerError
from loadgen.measure.results import Connections
from loadgen.wire.exchange import Exchange, Failure

FIRST_LEVEL = 8
"""It begins with the connections that a closed loop of this level has."""

OPENED_AT_ONCE = 64
REFUSED_PAUSE_S = 1.0
GROWTH = 0.25
"""When all have lost their room, so many more are opened ahead of need, of those that there are."""

OnFinished = Callable[[list[Exchange], int], None]
OnLost = Callable[[list[Exchange], Failure], None]


class Pool:
    """Connections, opened when needed and again when lost, until `close`.

    `on_finished` and `on_lost` are those of all connections; `on_room` is called when there may be room again, and
    `on_failed` when no connection is to be had any more, for as long as Reconnection is patient.
    """

    def __init__(
        self,
        client: Client,
        *,
        on_finished: OnFinished,
        on_lost: OnLost,
        on_room: Callable[[], None],
        on_failed: Callable[[ServerError], None],
    ) -> None:
        self._client = client
        self._on_finished = on_finished
        self._on_lost = on_lost
        self._on_room = on_room
        self._on_failed = on_failed
        self._open: set[Connection] = set()
        """those that take requests, or will when some of theirs have ended"""
        self._roomy: dict[Connection, None] = {}
        """those with room, as far as is known; the last one is the next to be used: it is warm"""
        self._old: set[Connection] = set()
        """going away: they take no more requests, and finish those that they have"""
        self.is_wanted = False
        """whether a connection that goes is to be replaced"""
        self._missing = 0
        """those that went and were not replaced"""
        self._lost = self._reopened = self._goaways = 0
        self._reconnection: Reconnection | None = None
        self._reason = ""
        """what was wrong last"""
        self._growth: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Open the first connections, if there are none. Raises ServerError."""
        if not self._open:
            await self._open_more(self._client.connections(FIRST_LEVEL))

    def take(self) -> Connection | None:
        """Return a connection with room for a request; None if none has any, and then more are opened."""
        while self._roomy:
            connection = next(reversed(self._roomy))
            if connection.room > 0 and not connection.is_going_away:
                return connection
            del self._roomy[connection]
            self.look_at(connection)
        self.grow()
        return None

    def look_at(self, connection: Connection) -> None:
        """Keep a connection among those where it belongs, and close one that is empty and takes no more."""
        if connection.is_going_away:
            self._let_go(connection)
        elif connection.room > 0:
            self._roomy[connection] = None

    def grow(self) -> None:
        """Open more connections, soon."""
        if self._growth is None:
            self._growth = asyncio.create_task(self._grow())

    def connections(self) -> Iterator[Connection]:
        """Yield all that have requests, or may have some."""
        yield from self._open
        yield from self._old

    def report(self, sent_again: int) -> Connections:
        """Return what has become of the connections until now."""
        return Connections(open=len(self._open), reopened=self._reopened, goaways=self._goaways, sent_again=sent_again)

    async def close(self) -> None:
        """Close all connections, whatever is in flight."""
        if self._growth is not None:
            self._growth.cancel()
        for connection in list(self.connections()):
            self._hang_up(connection)
        await asyncio.gather(*filter(None, [self._growth, *self._closing]), return_exceptions=True)

    # What happens on a connection.

    def _adopt(self, connection: Connection) -> None:
        connection.on_finished = partial(self._finished, connection)
        connection.on_lost = partial(self._has_lost, connection)
        self._open.add(connection)
        self._roomy[connection] = None
        self._missing = max(0, self._missing - 1)
        if self._lost:
            self._lost -= 1
            self._reopened += 1

    def _finished(self, connection: Connection, exchanges: list[Exchange], end_ns: int) -> None:
        if exchanges and not exchanges[-1].unprocessed:
            self._reconnection = None
        self._on_finished(exchanges, end_ns)
        self.look_at(connection)
        self._on_room()

    def _has_lost(self, connection: Connection, exchanges: list[Exchange], failure: Failure) -> None:
        self._reason = failure.message
        self._lost += connection in self._open
        self._old.discard(connection)
        self._hang_up(connection)
        self._replace(connection)
        self._on_lost(exchanges, failure)

    def _let_go(self, connection: Connection) -> None:
        """Let a server go that has asked for it; what is in flight there is finished there."""
        if connection in self._open:
            self._goaways += 1
            self._old.add(connection)
            self._replace(connection)
        if connection in self._old and not connection.in_flight:
            self._old.discard(connection)
            self._hang_up(connection)

    def _replace(self, connection: Connection) -> None:
        """Do without a connection, and have another one in its place if it is needed."""
        self._roomy.pop(connection, None)
        if connection in self._open:
            self._open.discard(connection)
            self._missing += 1
            if self.is_wanted:
                self.grow()

    def _hang_up(self, connection: Connection) -> None:
        connection.close()
        keep(asyncio.create_task(connection.wait_closed()), self._closing)

    # More of them.

    async def _grow(self) -> None:
        """Open the connections that are missing, or some more than there are."""
        try:
            if not self._open:
                self._reconnection = self._reconnection or Reconnection()
                self._adopt(await self._reconnection.connect(self._client.connect, self._reason))
                await self._open_more(self._missing)
            else:
                await self._open_more(self._missing or ceil(GROWTH * len(self._open)))
        except ServerError as error:
            if not self._open:
                self._on_failed(error)
                return
            self._missing = 0  # The server takes no more of them, and those that there are have to do.
            await asyncio.sleep(REFUSED_PAUSE_S)
        finally:
            self._growth = None
        self._on_room()

    async def _open_more(self, count: int) -> None:
        """Open so many connections more. Raises ServerError, but keeps those that could be opened."""
        gate = asyncio.Semaphore(OPENED_AT_ONCE)

        async def open_one() -> None:
            async with gate:
                self._adopt(await self._client.connect())

        opened = await asyncio.gather(*(open_one() for _ in range(count)), return_exceptions=True)
        for error in filter(None, opened):
            raise error
