"""A load of sequences, none of which is left open."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.load import Load, Recorded
from loadgen.errors import LoadgenError
from loadgen.load.modes import Concurrency, OpenLoad
from loadgen.measure.results import Connections
from loadgen.profile.sequence_requests import SequenceRequests
from loadgen.profile.window_end import first_of

if TYPE_CHECKING:  # a closed loop need not wait for it
    from loadgen.engine.open_loop import OpenLoop

CHANGE_TIMEOUT_S = 60.0


class SequenceLoad:
    """The `Load` that sends `requests`, and ends all open sequences before its level changes and when it is drained.

    Each gets one more request that says so (behaviour section 9.1), and the answers are waited for. After an error that
    is left to the server, which lets go of sequences that it hears nothing of. In an open loop, whose levels are loads,
    there are no more sequences at a time than `at_a_time`.
    """

    def __init__(self, load: "ClosedLoop | OpenLoop", requests: SequenceRequests, at_a_time: int) -> None:
        self._load: Load = load
        self._open_loop = None if isinstance(load, ClosedLoop) else load
        self._requests = requests
        self._at_a_time = at_a_time
        self._in_flight = 0
        """the level of a closed loop"""

    @property
    def records(self) -> Recorded:  # noqa: D102 - as in Load, like those below without a docstring
        return self._load.records

    @property
    def failed(self) -> asyncio.Event:  # noqa: D102
        return self._load.failed

    @property
    def idle(self) -> asyncio.Event:  # noqa: D102
        return self._load.idle

    @property
    def error(self) -> LoadgenError | None:  # noqa: D102
        return self._load.error

    @property
    def in_flight(self) -> int:  # noqa: D102
        return self._load.in_flight

    async def set_level(self, level: int | Concurrency | OpenLoad, *, request_count: int | None = None) -> None:
        """Go to a level, where all sequences begin anew. Raises ConfigError if there are not as many ids."""
        await self.drain(CHANGE_TIMEOUT_S)
        match level:
            case int(at_a_time) | Concurrency(at_a_time):
                pass
            case _:
                at_a_time = min(self._at_a_time, level.max_in_flight or self._at_a_time)
                level = replace(level, max_in_flight=at_a_time)
        self._in_flight = at_a_time
        self._requests.begin(at_a_time)
        await self._load.set_level(level, request_count=request_count)

    def fail(self, error: LoadgenError) -> None:  # noqa: D102
        self._load.fail(error)

    async def drain(self, timeout_s: float) -> None:
        """Send nothing more but the ends of sequences, and wait for what is in flight.

        Each is ended as soon as its request is answered: a server that takes fewer at a time than there are lets the
        next one in when one ends. Raises ServerError when the server does not answer.
        """
        self._requests.end(self._send_ends)
        if self._requests.are_open and not self.error:
            self._send_ends()
            if self._open_loop is None:
                await self._load.set_level(self._in_flight)
            await first_of(self.idle, self.failed, timeout_s=timeout_s)
        await self._load.drain(timeout_s)

    def _send_ends(self) -> None:
        """Have an open loop end the sequences that rest; a closed one goes on with them by itself."""
        if self._open_loop is not None and not self.error:
            self._open_loop.send_now(self._requests.resting_count)

    async def close(self) -> None:  # noqa: D102
        await self._load.close()

    def connection_report(self) -> Connections:  # noqa: D102
        return self._load.connection_report()
