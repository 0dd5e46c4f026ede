"""One connection's share of the load, and what becomes of it when the connection does not last."""

import asyncio
import sys
from collections.abc import Iterator
from functools import partial
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from loadgen.engine.connection import Connection
from loadgen.engine.reconnection import Reconnection
from loadgen.errors import LocalProtocolError, ServerError
from loadgen.wire.exchange import Exchange, Failure

if TYPE_CHECKING:
    from loadgen.engine.closed_loop import ClosedLoop

REFUSALS_IN_A_ROW = 100
REFUSAL_PAUSE_S = 0.01


class Lane:
    """Keeps `slots` requests in flight over a connection, and over the next one when that is gone.

    A slot is the right to have one request in flight; the lanes of a load have as many together as the level. `share`
    is how many this lane should have: what it has above that goes back to the load as it gets free.
    """

    def __init__(self, load: "ClosedLoop", connection: Connection) -> None:
        self._load = load
        self._failure_of = load.client.failure_of
        self._record = load.records.add
        self.requests = load.requests
        """those to be sent from now on, in turn"""
        self._waiting = load.waiting
        self.share = 0
        self.slots = 0
        self._taken = 0
        """slots whose request is in flight, or held back"""
        self._held = 0
        """slots whose request was refused: each stays empty until the server has answered another request"""
        self._refused_rounds = 0
        self._pause: asyncio.TimerHandle | None = None
        self._is_reopening = False
        self._reconnection: Reconnection | None = None
        self._reason = "the server closed the connection"
        """what was wrong last"""
        self._is_on_trial = False
        """something went wrong, and the server has not answered since"""
        self._old: set[Connection] = set()
        """going away: they take no more requests, and finish those that they have"""
        self._connection: Connection | None = None
        self._adopt(connection)

    # What the load sees of it.

    @property
    def in_flight(self) -> int:
        """The number of requests sent and not answered."""
        return self._taken - self._held

    @property
    def is_open(self) -> bool:
        """There is a connection that takes requests."""
        return self._connection is not None

    @property
    def capacity(self) -> int:
        """So many requests the server takes at a time here, as far as is known."""
        connection = self._connection
        return sys.maxsize if connection is None or connection.is_going_away else connection.capacity

    @property
    def open_exchanges(self) -> Iterator[Exchange]:
        """Those in flight, the oldest of each connection first."""
        for connection in self._connections():
            yield from connection.open_exchanges

    def settle(self) -> None:
        """Do what a new share asks for: give up free slots above it, have a connection if it is not 0."""
        self._let_go(self._held)
        self._refill()
        if self.share:
            self._reopen()
        else:
            self._reconnection = None  # Patience begins anew when there is something to do.

    def grant(self, slots: int) -> None:
        """Take more slots, and fill them."""
        self.slots += slots
        self.fill()

    def expire(self, sent_until_ns: int, failure: Failure) -> None:
        """Give up the requests that were sent at this instant or before it."""
        for connection in list(self._connections()):
            # The oldest come first: this looks at no more than those that are late, and one.
            late = list(takewhile(lambda exchange: exchange.sent_ns <= sent_until_ns, connection.open_exchanges))
            for exchange in late:
                connection.cancel(exchange, failure)
                self._taken -= 1
                self._load.add_failure(exchange, failure)
            if late:
                self._see_whether_it_goes_on(connection)
                self._refill()

    def close(self) -> None:
        """Close the connections, whatever is in flight."""
        if self._pause is not None:
            self._pause.cancel()
        for connection in self._connections():
            self._load.hang_up(connection)

    # The hot path.

    def fill(self) -> None:
        """Send a request for each free slot, as far as the connection has room, in one write."""
        connection = self._connection
        if connection is None:  # It is being opened, and the slots are filled then.
            return
        if self._waiting:
            self._send_waiting(connection)
            return
        missing = self.slots - self._taken
        if not missing:
            return
        start = connection.start
        started: list[Exchange] = []
        try:
            for request in islice(self.requests, missing):
                started += (start(request),)
        except LocalProtocolError:
            self._waiting.append(Exchange(request))
        if started:
            self._taken += len(started)
            sent_ns = connection.flush()
            for exchange in started:
                exchange.sent_ns = sent_ns
        elif not self._waiting:  # Those that were to be sent are sent: the slots are not needed any more.
            self.slots -= missing
            self._load.retire(missing)
        if self._waiting:
            self._no_room(connection)

    def _finished(self, exchanges: list[Exchange], end_ns: int) -> None:
        self._taken -= len(exchanges)
        failure_of, record = self._failure_of, self._record
        unprocessed = 0
        for exchange in exchanges:
            failure = failure_of(exchange)
            if failure is None:
                record(exchange.sent_ns, exchange.end_ns or end_ns)
            else:
                unprocessed += exchange.unprocessed
                self._failed(exchange, failure)
        if unprocessed == len(exchanges):
            self._nothing_answered()
            return
        if self._is_on_trial:
            self._answered()
        if self.slots > self.share:
            self._give_up_surplus()
        self.fill()

    # Requests that have to be sent again.

    def _send_waiting(self, connection: Connection) -> None:
        """Fill free slots with what had no room or was not processed, which counts from when it was first sent."""
        sent = []
        for _ in range(min(len(self._waiting), self.slots - self._taken, connection.room)):
            before = self._waiting.popleft()
            sent.append((before.sent_ns, connection.start(before.request)))
        self._taken += len(sent)
        now_ns = connection.flush()
        for first_sent_ns, exchange in sent:
            exchange.sent_ns = first_sent_ns or now_ns
            self._load.sent_again += bool(first_sent_ns)
        if self._taken < self.slots:
            if self._waiting:
                self._no_room(connection)
            else:
                self.fill()

    def _failed(self, exchange: Exchange, failure: Failure) -> None:
        self._reason = failure.message
        if not exchange.unprocessed or self._refused_rounds > REFUSALS_IN_A_ROW:
            self._load.add_failure(exchange, failure)
        else:
            self._waiting.append(exchange)
        is_refused = exchange.unprocessed and self._connection is not None and not self._connection.is_going_away
        if is_refused and self.slots <= self.share:
            self._is_on_trial = True
            self._held += 1
            self._taken += 1

    def _let_go(self, count: int) -> None:
        """Free slots that were held back."""
        self._held -= count
        self._taken -= count

    def _answered(self) -> None:
        """Take heart: what was refused is tried again bit by bit, and the next loss is the first one."""
        self._refused_rounds = 0
        self._reconnection = None
        self._let_go(min(1, self._held))
        self._is_on_trial = self._held > 0

    def _nothing_answered(self) -> None:
        """React to refusals alone, or, without any, to a change of what the server takes."""
        connection = self._connection
        if connection is not None and connection.is_going_away:
            self._say_goodbye(connection)
        elif not self._held:
            self._load.capacity_changed()
            self._refill()
        elif not self.in_flight and self._pause is None:
            self._refused_rounds += 1
            self._pause = asyncio.get_running_loop().call_later(REFUSAL_PAUSE_S, self._try_one)
        if self.slots > self.share:
            self._give_up_surplus()

    def _try_one(self) -> None:
        self._pause = None
        self._let_go(min(1, self._held))
        self.fill()

    # Slots.

    def _give_up_surplus(self) -> None:
        """Give free slots above the share back to the load."""
        count = min(self.slots - self.share, self.slots - self._taken)
        if count > 0:
            self.slots -= count
            self._load.release(count)

    def _refill(self) -> None:
        self._give_up_surplus()
        self.fill()

    def _no_room(self, connection: Connection) -> None:
        if connection.is_going_away:
            self._say_goodbye(connection)
        else:
            self._load.make_room()

    # The connection, and those before and after it.

    def _connections(self) -> Iterator[Connection]:
        yield from self._old
        if self._connection is not None:
            yield self._connection

    def _adopt(self, connection: Connection) -> None:
        connection.on_finished = self._finished
        connection.on_lost = partial(self._lost, connection)
        self._connection = connection

    def _say_goodbye(self, connection: Connection) -> None:
        """Let the server go, which has asked for it; what is in flight there is finished there."""
        self._load.goaways += 1
        self._replace(connection)

    def _replace(self, connection: Connection) -> None:
        self._connection = None
        self._old.add(connection)
        connection.on_finished = partial(self._finished_on_old, connection)
        self._see_whether_it_goes_on(connection)
        self._reopen()

    def _finished_on_old(self, connection: Connection, exchanges: list[Exchange], end_ns: int) -> None:
        self._finished(exchanges, end_ns)
        self._let_go(self._held)  # What was not processed there is for the new connection, at once.
        self.fill()
        self._see_whether_it_goes_on(connection)

    def _see_whether_it_goes_on(self, connection: Connection) -> None:
        """Close an old connection that is empty, and replace one that will take no more requests."""
        if connection is self._connection:
            if connection.is_going_away:
                self._replace(connection)
        elif not connection.in_flight:
            self._old.discard(connection)
            self._load.hang_up(connection)

    def _lost(self, connection: Connection, exchanges: list[Exchange], failure: Failure) -> None:
        self._old.discard(connection)
        if connection is self._connection:
            self._connection = None
        self._reason = failure.message
        self._taken -= len(exchanges)
        for exchange in exchanges:
            self._failed(exchange, self._failure_of(exchange) or failure)
        self._load.hang_up(connection)
        self._refill()
        self._reopen()

    def _reopen(self) -> None:
        if self.share and self._connection is None and not self._is_reopening:
            self._let_go(self._held)
            self._is_on_trial = self._is_reopening = True
            self._load.spawn(self._open_again())

    async def _open_again(self) -> None:
        self._reconnection = self._reconnection or Reconnection()
        try:
            connection = await self._reconnection.connect(self._load.client.connect, self._reason)
        except ServerError as error:
            self._load.fail(error)
            return
        finally:
            self._is_reopening = False
        self._load.reopened += 1
        self._adopt(connection)
        self.fill()
