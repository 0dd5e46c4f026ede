"""Watches what the client takes of the time while a level is measured, from outside the load."""

import asyncio
from contextlib import suppress
from pathlib import Path
from threading import get_native_id
from time import perf_counter_ns, thread_time_ns
from typing import NamedTuple, Self

from loadgen.measure.client_use import ClientUse
from loadgen.units import NS_PER_S

TIMER_S = 0.05
"""Twenty times a second: nothing beside the load, and some dozens of values in a window."""


class ClientWatch:
    """Times the thread of the event loop, and how late it comes to a timer, while its `async with` block runs."""

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._lags_ns: list[int] = []
        self._before = _clocks()
        self._wind()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._timer.cancel()

    def take(self) -> ClientUse:
        """Return the use that was made of the time since the last call, or since the block began."""
        before, self._before = self._before, _clocks()
        lags_ns, self._lags_ns = self._lags_ns, []
        return ClientUse(
            duration_ns=self._before.now_ns - before.now_ns,
            cpu_ns=self._before.cpu_ns - before.cpu_ns,
            waiting_ns=None if before.waited_ns is None else (self._before.waited_ns or 0) - before.waited_ns,
            lags=len(lags_ns),
            lag_ns=sum(lags_ns),
            worst_lag_ns=max(lags_ns, default=0),
        )

    def _wind(self) -> None:
        self._due_ns = perf_counter_ns() + int(TIMER_S * NS_PER_S)
        self._timer = self._loop.call_later(TIMER_S, self._ring)

    def _ring(self) -> None:
        self._lags_ns.append(max(0, perf_counter_ns() - self._due_ns))
        self._wind()


class _Clocks(NamedTuple):
    """What has passed, of which this thread ran, and waited for a core."""

    now_ns: int
    cpu_ns: int
    waited_ns: int | None


def _clocks() -> _Clocks:
    return _Clocks(perf_counter_ns(), thread_time_ns(), _waited_ns())


def _waited_ns() -> int | None:
    """Return for how long this thread has been on a run queue (Linux, Documentation/scheduler/sched-stats)."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/self/task/{get_native_id()}/schedstat").read_text().split()[1])
    return None
