"""The closed loop: N requests in flight, the next one sent when one ends."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from itertools import islice
from math import ceil
from time import perf_counter_ns
from typing import Any

from loadgen.engine.client import Client
from loadgen.engine.connection import Connection
from loadgen.engine.lane import Lane
from loadgen.engine.recorder import Recorder
from loadgen.engine.shares import shares
from loadgen.engine.silence import silence
from loadgen.engine.tasks import keep
from loadgen.engine.tolerance import Tolerance
from loadgen.errors import LoadgenError, ServerError
from loadgen.measure.failures import ErrorLimit
from loadgen.measure.results import Connections
from loadgen.units import seconds
from loadgen.wire.exchange import TIMEOUT, Exchange, Failure

CONNECTING_AT_ONCE = 64


class ClosedLoop:
    """Keeps a level of requests in flight over some connections, from the callback that saw one of them end.

    `requests` are sent one after the other, and the last of them ends the load. Connections that are lost are opened
    again. The first failed request ends the load as well, or, with an `error_limit` that is a count, the first one
    beyond it: `failed` is set, `error` says why, and nothing more is sent. A limit that is a rate is for the caller to
    judge, who knows over what time. `idle` is set while nothing is in flight and nothing will be sent. `on_retired` is
    called when requests have ended and none was left to follow them, with their number.
    """

    def __init__(
        self,
        client: Client,
        requests: Iterator[Any],
        *,
        error_limit: ErrorLimit | None = None,
        on_retired: Callable[[int], object] | None = None,
    ) -> None:
        self.records = Recorder()
        self.failed = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()
        self.error: LoadgenError | None = None
        self._tolerance = Tolerance(error_limit)
        self._on_retired = on_retired
        self._level = 0
        self._slots = 0
        self._lanes: list[Lane] = []
        self._short: deque[Lane] = deque()
        """lanes that have fewer slots than their share"""
        self._arranging = asyncio.Lock()
        self._is_making_room = False
        self._was_silent = False
        """the server has not answered in time, and is waited for no more"""
        self._must_queue = False
        """there is no more room to be made"""
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._limit: int | None = None
        self._deadlines: asyncio.TimerHandle | None = None
        self._source = requests
        # For the lanes:
        self.client = client
        self.requests: Iterator[Any] = self._source
        self.waiting: deque[Exchange] = deque()
        """requests to be sent before any other: those that had no room, and those sent that were not processed"""
        self.reopened = self.goaways = self.sent_again = 0

    @property
    def in_flight(self) -> int:
        """The number of requests sent and not answered."""
        return sum(lane.in_flight for lane in self._lanes)

    @property
    def open_exchanges(self) -> Iterator[Exchange]:
        """Those in flight."""
        return (exchange for lane in self._lanes for exchange in lane.open_exchanges)

    async def set_level(self, in_flight: int, *, request_count: int | None = None) -> None:
        """Keep this many requests in flight from now on; more are sent at once, fewer as the surplus ends.

        With a `request_count` exactly so many are sent from now on, and the load is `idle` when the last of them has
        ended. Opens the connections that are missing. Raises ServerError when there are none to be had, and then stays
        at the level before; raises what ended the load if something did.
        """
        self._raise_error()
        self._provide(request_count)
        before, self._level = self._level, in_flight
        try:
            await self._arrange()
        except BaseException:
            self._level = min(before, self._level)  # It is 0 if the load was stopped meanwhile.
            raise
        self._raise_error()
        if self.client.request_timeout_s is not None and self._deadlines is None:
            self._check_deadlines(self.client.request_timeout_s)

    async def drain(self, timeout_s: float) -> None:
        """Send nothing more, and wait until every request in flight has ended.

        Raises ServerError when that takes longer than `timeout_s`, and from then on at once.
        """
        self._stop()
        try:
            async with asyncio.timeout(0 if self._was_silent else timeout_s):
                await self.idle.wait()
        except TimeoutError as error:
            self._was_silent = True
            raise ServerError(silence(exchange.sent_ns for exchange in self.open_exchanges)) from error
        finally:
            self.waiting.clear()

    async def close(self) -> None:
        """Close the connections, whatever is in flight."""
        self._stop()
        if self._deadlines is not None:
            self._deadlines.cancel()
        for task in self._tasks:
            task.cancel()
        for lane in self._lanes:
            lane.close()
        await asyncio.gather(*self._tasks, *self._closing, return_exceptions=True)

    def connection_report(self) -> Connections:
        """Return what has become of the connections until now."""
        return Connections(
            open=sum(lane.is_open for lane in self._lanes),
            reopened=self.reopened,
            goaways=self.goaways,
            sent_again=self.sent_again,
            limit=self._limit,
        )

    # What the lanes report.

    def fail(self, error: LoadgenError) -> None:
        """End the load; the first reason counts."""
        self.error = self.error or error
        self.failed.set()
        self._stop()

    def add_failure(self, exchange: Exchange, failure: Failure) -> None:
        """Count a failed request, and end the load if it is one too many."""
        self.records.add_failure(failure)
        if self.client.on_failed is not None:
            self.client.on_failed(exchange.request, failure)
        error = self._tolerance.add(failure)
        if error is not None:
            self.fail(error)

    def release(self, slots: int) -> None:
        """Take slots back from a lane that had too many."""
        self._slots -= slots
        self._hand_out()

    def retire(self, slots: int) -> None:
        """Lower the level by slots for which there are no more requests."""
        self._level -= slots
        self._slots -= slots
        if not self._slots:
            self._stop()
        if self._on_retired is not None:
            self._on_retired(slots)

    def make_room(self) -> None:
        """Find room for requests elsewhere, soon: a connection has too little of it."""
        if self._level and not self._is_making_room and not self._must_queue:
            self._is_making_room = True
            self.spawn(self._make_room())

    def capacity_changed(self) -> None:
        """Spread the load anew, soon: the server takes more or fewer on a connection than before."""
        self._must_queue = False
        self.make_room()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the load, at most until `close`."""
        keep(asyncio.create_task(work), self._tasks)

    def hang_up(self, connection: Connection) -> None:
        """Close a connection; `close` waits for the end of it."""
        connection.close()
        keep(asyncio.create_task(connection.wait_closed()), self._closing)

    # The level, spread over lanes.

    def _provide(self, request_count: int | None) -> None:
        """Have so many requests to be sent from now on; None is as many as there are."""
        self.requests = self._source if request_count is None else islice(self._source, request_count)
        for lane in self._lanes:
            lane.requests = self.requests

    def _stop(self) -> None:
        self._level = 0
        self._spread(0)

    async def _make_room(self) -> None:
        try:
            await self._arrange()
        finally:
            self._is_making_room = False

    async def _arrange(self) -> None:
        """Open the connections that the level needs, and spread it over them. Raises ServerError."""
        async with self._arranging:
            wanted = self.client.connections(self._level)
            await self._open(wanted)
            used = await self._open_more(wanted)
            capacities = [lane.capacity for lane in self._lanes[:used]]
            self._must_queue = sum(capacities) < self._level
            narrowest = min(capacities, default=0)
            self._limit = narrowest if narrowest * wanted < self._level else None
            self._spread(used)

    async def _open_more(self, used: int) -> int:
        """Open connections beyond those that are wanted, until the level fits; return how many there are to be used.

        There is at most one for each request in flight. Requests that fit nowhere even so wait for room, and so they
        do when the server takes no more connections.
        """
        while (needed := self._needed(used)) > used:
            try:
                await self._open(needed)
            except ServerError:
                return len(self._lanes)
            used = needed
        return used

    def _needed(self, used: int) -> int:
        """Return how many connections the level needs, judging by the first ones."""
        capacities = [lane.capacity for lane in self._lanes[:used]]
        missing = self._level - sum(capacities)
        return used if missing <= 0 else min(self._level, used + ceil(missing / max(1, *capacities)))

    async def _open(self, count: int) -> None:
        """Have so many lanes. Raises ServerError, but keeps those that could be opened."""
        gate = asyncio.Semaphore(CONNECTING_AT_ONCE)

        async def open_one() -> None:
            async with gate:
                self._lanes.append(Lane(self, await self.client.connect()))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(count - len(self._lanes)):
                    group.create_task(open_one())
        except ExceptionGroup as errors:
            first = errors.exceptions[0]
            raise first from first.__cause__

    def _spread(self, used: int) -> None:
        """Give each of the first lanes its share of the level."""
        spread = shares(self._level, [lane.capacity for lane in self._lanes[:used]])
        for index, lane in enumerate(self._lanes):
            lane.share = spread[index] if index < used else 0
        self._short = deque(lane for lane in self._lanes if lane.slots < lane.share)
        for lane in self._lanes:
            lane.settle()
        self._hand_out()

    def _hand_out(self) -> None:
        """Give free slots to lanes that have fewer than their share."""
        while self._short and self._slots < self._level:
            lane = self._short[0]
            missing = lane.share - lane.slots
            slots = min(missing, self._level - self._slots)
            self._slots += slots
            if slots == missing:
                self._short.popleft()
            lane.grant(slots)
        if self._slots:
            self.idle.clear()
        else:
            self.idle.set()

    # What ends it.

    def _raise_error(self) -> None:
        if self.error:
            raise self.error

    def _check_deadlines(self, timeout_s: float) -> None:
        """Give up the requests that have waited too long; look again soon."""
        failure = Failure(TIMEOUT, f"no answer within {timeout_s:g} s")
        sent_until_ns = perf_counter_ns() - seconds(timeout_s)
        for lane in self._lanes:
            lane.expire(sent_until_ns, failure)
        again_s = min(max(timeout_s / 20, 0.001), 0.05)
        self._deadlines = asyncio.get_running_loop().call_later(again_s, self._check_deadlines, timeout_s)
