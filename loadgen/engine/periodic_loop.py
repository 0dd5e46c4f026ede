"""The periodic load: requests to a decoupled model join those before them while these are being answered."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from loadgen.engine.client import Client
from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.load import Recorded
from loadgen.errors import LoadgenError
from loadgen.load.modes import PeriodicConcurrency
from loadgen.measure.failures import ErrorLimit
from loadgen.measure.results import Connections
from loadgen.wire.streaming import OnResponse, StreamCall


class PeriodicLoop:
    """The `Load` that sends more each time that all of its latest requests have had enough responses, or have ended.

    `client_for` makes the client that tells of each response. What is in flight is kept there by a closed loop, whose
    level rises by what is sent and falls with each request that ends.
    """

    def __init__(
        self,
        client_for: Callable[[OnResponse], Client],
        requests: Iterator[Any],
        *,
        error_limit: ErrorLimit | None = None,
    ) -> None:
        self.idle = asyncio.Event()
        self.idle.set()
        client = client_for(self._responded)
        self._loop = ClosedLoop(client, requests, error_limit=error_limit, on_retired=self._ended)
        self._step = self._period = 0
        self._unsent_count = self._sent_count = self._ended_count = 0

    @property
    def records(self) -> Recorded:  # noqa: D102 - as in Load, like those below without a docstring
        return self._loop.records

    @property
    def failed(self) -> asyncio.Event:  # noqa: D102
        return self._loop.failed

    @property
    def error(self) -> LoadgenError | None:  # noqa: D102
        return self._loop.error

    @property
    def in_flight(self) -> int:  # noqa: D102
        return self._loop.in_flight

    async def set_level(self, load: PeriodicConcurrency, *, request_count: int | None = None) -> None:
        """Begin a load when nothing is in flight; with a `request_count` it sends so many, whatever its end."""
        self._step, self._period = load.step, load.period
        self._unsent_count = load.end if request_count is None else request_count
        self._sent_count = self._ended_count = 0
        self.idle.clear()
        await self._send(load.start)

    def fail(self, error: LoadgenError) -> None:  # noqa: D102
        self._loop.fail(error)

    async def drain(self, timeout_s: float) -> None:  # noqa: D102
        self._unsent_count = 0
        await self._loop.drain(timeout_s)
        self.idle.set()

    async def close(self) -> None:  # noqa: D102
        await self._loop.close()

    def connection_report(self) -> Connections:  # noqa: D102
        return self._loop.connection_report()

    # What is sent, and when.

    async def _send(self, count: int) -> None:
        count = min(count, self._unsent_count)
        self._unsent_count -= count
        self._sent_count += count
        await self._loop.set_level(self._sent_count - self._ended_count, request_count=count)

    def _responded(self, call: StreamCall) -> None:
        if len(call.responses) == self._period:
            self._go_on()

    def _ended(self, count: int) -> None:
        self._ended_count += count
        if self._ended_count == self._sent_count and not self._unsent_count:
            self.idle.set()
        self._go_on()

    def _go_on(self) -> None:
        if self._is_next_due:
            self._loop.spawn(self._send_next())  # Not at once: who calls is in the middle of its work.

    async def _send_next(self) -> None:
        if self._is_next_due:  # Another response may have been told of meanwhile, and what was due is sent.
            try:
                await self._send(self._step)
            except LoadgenError as error:
                self._loop.fail(error)

    @property
    def _is_next_due(self) -> bool:
        """Whether there is more to be sent, and all requests so far have had enough responses, or have ended."""
        if not self._unsent_count:
            return False
        return self._ended_count + sum(map(self._has_enough, self._loop.open_exchanges)) == self._sent_count

    def _has_enough(self, call: Any) -> bool:  # noqa: ANN401 - a StreamCall, which a closed loop need not know
        return len(call.responses) >= self._period
