"""The open loop: requests are sent at planned instants, whatever has become of those before."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, repeat, takewhile
from time import perf_counter_ns
from typing import Any

from loadgen.engine.ceiling import Ceiling
from loadgen.engine.client import Client
from loadgen.engine.connection import Connection
from loadgen.engine.pacer import Pacer, pacer
from loadgen.engine.planned_recorder import PlannedRecorder
from loadgen.engine.pool import Pool
from loadgen.engine.silence import silence
from loadgen.engine.tolerance import Tolerance
from loadgen.errors import LoadgenError, ServerError
from loadgen.load.modes import Concurrency, OpenLoad
from loadgen.load.schedule import schedule_of
from loadgen.measure.failures import ErrorLimit
from loadgen.measure.results import Connections
from loadgen.measure.sends import CLIENT, CONNECTION, IN_FLIGHT
from loadgen.units import seconds
from loadgen.wire.exchange import TIMEOUT, Exchange, Failure

BURST = 64
"""Requests sent before replies are read again, at most: after a pause all that were missed are due."""

CHANGE_TIMEOUT_S = 60.0
REFUSALS_IN_A_ROW = 100
REFUSAL_PAUSE_S = 0.01


class OpenLoop:
    """Sends `requests` one after the other when the schedule of a load says, over as many connections as that takes.

    A request that is due and cannot be sent, because as many are in flight as may be or no connection has room, is sent
    as soon as it can be, and none is ever left out. It is also what keeps a closed loop under a ceiling: then a request
    is due when it may be sent, and one that was held back puts off those after it. Connections that are
    lost are opened again. `failed`, `error` and `idle` are those of `ClosedLoop`.
    """

    def __init__(
        self,
        client: Client,
        requests: Iterator[Any],
        *,
        error_limit: ErrorLimit | None = None,
    ) -> None:
        self.records = PlannedRecorder()
        self.failed = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()
        self.error: LoadgenError | None = None
        self._client = client
        self._requests = requests
        self._max_in_flight: int | None = None
        self._ceiling: Ceiling | None = None
        self._tolerance = Tolerance(error_limit)
        self._plan: Iterator[tuple[int, Any]] = iter(())
        self._next: tuple[int, Any] | None = None
        """when the next request is due, and which it is; None: no more are to be sent"""
        self._again: deque[tuple[Exchange, int]] = deque()
        """sent and not processed, each with its planned instant: these come before any other"""
        self._in_flight: dict[Exchange, tuple[int, Connection]] = {}
        """each with its planned instant, the oldest first"""
        self._was_silent = False
        """the server has not answered in time, and is waited for no more"""
        self._hindrance = CLIENT
        """what has held back the requests that are due"""
        self._refusals = 0
        self._pause: asyncio.TimerHandle | None = None
        self._deadlines: asyncio.TimerHandle | None = None
        self._answers = self._sent_again = 0
        self._pacer: Pacer | None = None
        self._pool = Pool(
            client, on_finished=self._finished, on_lost=self._lost, on_room=self._has_room, on_failed=self.fail
        )

    @property
    def in_flight(self) -> int:
        """The number of requests sent and not answered."""
        return len(self._in_flight)

    async def set_level(self, load: Concurrency | OpenLoad, *, request_count: int | None = None) -> None:
        """Send by the schedule of a load from now on, which begins when all requests before have ended.

        With a `request_count` exactly so many are sent, and the load is `idle` when the last of them has ended. Raises
        ServerError when there is no connection to be had, and when the server has stopped answering; raises what ended
        the load if something did.
        """
        await self.drain(CHANGE_TIMEOUT_S)
        self._raise_error()
        await self._pool.open()
        self._raise_error()
        if self._client.request_timeout_s is not None and self._deadlines is None:
            self._check_deadlines(self._client.request_timeout_s)
        instants_ns = self._instants_of(load)(perf_counter_ns())
        self._max_in_flight = load.in_flight if isinstance(load, Concurrency) else load.max_in_flight
        self._hindrance = CLIENT
        self._follow(islice(instants_ns, request_count))
        asyncio.get_running_loop().call_soon(self._send_due)  # Who counts what is sent from now on comes first.

    def send_now(self, count: int) -> None:
        """Send so many requests as soon as each can be, in place of what is planned, beside those in flight."""
        self._follow(repeat(perf_counter_ns(), count))
        self._send_due()

    def _follow(self, instants_ns: Iterator[int]) -> None:
        self._plan = zip(instants_ns, self._requests, strict=False)
        self._next = next(self._plan, None)
        self._pool.is_wanted = True
        self.idle.clear()

    def _instants_of(self, load: Concurrency | OpenLoad) -> Callable[[int], Iterator[int]]:
        """Return what makes the instants of a load that begins at one."""
        self.records.has_plan = not isinstance(load, Concurrency)
        self._ceiling = None
        if not isinstance(load, Concurrency):
            return schedule_of(load).instants_ns
        assert load.max_per_second is not None  # A closed loop without a ceiling is ClosedLoop's.
        self._ceiling = Ceiling(load.max_per_second)
        return self._ceiling.instants_ns

    async def drain(self, timeout_s: float) -> None:
        """Send nothing more, and wait until every request in flight has ended.

        Raises ServerError when none has ended for `timeout_s`, and from then on at once.
        """
        self._stop()
        while not self.idle.is_set():
            answers = self._answers
            try:
                async with asyncio.timeout(0 if self._was_silent else timeout_s):
                    await self.idle.wait()
            except TimeoutError as error:
                if self._answers == answers:
                    self._was_silent = True
                    raise ServerError(silence(exchange.sent_ns for exchange in self._in_flight)) from error

    async def close(self) -> None:
        """Close the connections, whatever is in flight."""
        self._stop()
        if self._pacer is not None:
            self._pacer.close()
        for timer in (self._pause, self._deadlines):
            if timer is not None:
                timer.cancel()
        await self._pool.close()

    def fail(self, error: LoadgenError) -> None:
        """End the load; the first reason counts."""
        self.error = self.error or error
        self.failed.set()
        self._stop()

    def connection_report(self) -> Connections:
        """Return what has become of the connections until now."""
        return self._pool.report(self._sent_again)

    # The hot path.

    def _send_due(self) -> None:
        """Send what is due, and what comes due meanwhile, and be woken for what comes next."""
        room = BURST
        while sent := self._send_together(room, now_ns := perf_counter_ns()):
            room -= sent
        if self._next is None:
            self._settle()
        elif self._next[0] > now_ns:
            self._hindrance = CLIENT
            self._wake_at(self._next[0])
        elif not room:
            self._wake_at(now_ns)

    def _send_together(self, at_most: int, now_ns: int) -> int:
        """Send what is due, in one write for each connection; return how much that was."""
        count, started = 0, dict[Connection, list[Exchange]]()
        while count < at_most and (self._again or self._is_due(now_ns)):
            connection = self._place()
            if connection is None:
                break
            started.setdefault(connection, []).append(self._start(connection))
            count += 1
        for connection, exchanges in started.items():
            self._flush(connection, exchanges)
        return count

    def _wake_at(self, instant_ns: int) -> None:
        if self._pacer is None:
            # A ceiling is kept by whoever is late as well: not worth a busy core.
            self._pacer = pacer(self._send_due) if self._ceiling is None else pacer(self._send_due, least_watched_ns=0)
        self._pacer.wake_at(instant_ns)

    def _is_due(self, now_ns: int) -> bool:
        return self._next is not None and self._next[0] <= now_ns

    def _place(self) -> Connection | None:
        """Return where the next request can be sent; None if something hinders it, which calls when it does no more."""
        if self._max_in_flight is not None and len(self._in_flight) >= self._max_in_flight:
            self._hindrance = IN_FLIGHT
            return None
        connection = None if self._pause else self._pool.take()
        if connection is None:
            self._hindrance = CONNECTION
        return connection

    def _start(self, connection: Connection) -> Exchange:
        if self._again:
            before, planned_ns = self._again.popleft()
            exchange = connection.start(before.request)
            exchange.sent_ns = before.sent_ns  # It counts from when it was first sent.
            self._sent_again += 1
        else:
            assert self._next is not None  # something is due
            planned_ns, request = self._next
            exchange = connection.start(request)
            self._next = next(self._plan, None)
        self._in_flight[exchange] = planned_ns, connection
        return exchange

    def _flush(self, connection: Connection, exchanges: Sequence[Exchange]) -> None:
        sent_ns = connection.flush()
        for exchange in exchanges:
            if not exchange.sent_ns:
                exchange.sent_ns = sent_ns
                self.records.add_sent(sent_ns - self._in_flight[exchange][0], self._hindrance)
                if self._ceiling is not None:
                    self._ceiling.add(sent_ns)

    def _finished(self, exchanges: list[Exchange], end_ns: int) -> None:
        self._answers += len(exchanges)
        failure_of, record = self._client.failure_of, self.records.add
        for exchange in exchanges:
            planned_ns, connection = self._in_flight.pop(exchange)
            failure = failure_of(exchange)
            if failure is None:
                self._refusals = 0
                record(planned_ns, exchange.sent_ns, exchange.end_ns or end_ns)
            else:
                self._failed(exchange, planned_ns, failure, refused=not connection.is_going_away)

    def _has_room(self) -> None:
        """Go on after something has ended, or a connection was opened."""
        if self._again or self._hindrance != CLIENT:
            self._send_due()
        elif self._next is None:
            self._settle()

    def _settle(self) -> None:
        if self._next is None and not self._again and not self._in_flight:
            self.idle.set()

    # What does not go well.

    def _failed(self, exchange: Exchange, planned_ns: int, failure: Failure, *, refused: bool = False) -> None:
        """Count a failed request, or send it again if the server has promised that it did nothing with it."""
        if not exchange.unprocessed or self._refusals > REFUSALS_IN_A_ROW:
            self._add_failure(exchange, failure)
            return
        self._again.append((exchange, planned_ns))
        if refused and self._pause is None:
            self._refusals += 1
            self._pause = asyncio.get_running_loop().call_later(REFUSAL_PAUSE_S, self._resume)

    def _resume(self) -> None:
        self._pause = None
        self._send_due()

    def _lost(self, exchanges: list[Exchange], failure: Failure) -> None:
        for exchange in exchanges:
            planned_ns, _ = self._in_flight.pop(exchange)
            self._failed(exchange, planned_ns, self._client.failure_of(exchange) or failure)
        self._has_room()

    def _check_deadlines(self, timeout_s: float) -> None:
        """Give up the requests that have waited too long; look again soon."""
        failure = Failure(TIMEOUT, f"no answer within {timeout_s:g} s")
        sent_until_ns = perf_counter_ns() - seconds(timeout_s)
        for exchange in list(takewhile(lambda exchange: exchange.sent_ns <= sent_until_ns, self._in_flight)):
            _, connection = self._in_flight.pop(exchange)
            connection.cancel(exchange, failure)
            self._add_failure(exchange, failure)
            self._pool.look_at(connection)
        self._has_room()
        again_s = min(max(timeout_s / 20, 0.001), 0.05)
        self._deadlines = asyncio.get_running_loop().call_later(again_s, self._check_deadlines, timeout_s)

    def _add_failure(self, exchange: Exchange, failure: Failure) -> None:
        self.records.add_failure(failure)
        if self._client.on_failed is not None:
            self._client.on_failed(exchange.request, failure)
        error = self._tolerance.add(failure)
        if error is not None:
            self.fail(error)

    def _stop(self) -> None:
        """Send nothing more."""
        self._next = None
        self._again.clear()
        self._pool.is_wanted = False
        self._settle()

    def _raise_error(self) -> None:
        if self.error:
            raise self.error
