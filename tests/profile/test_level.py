"""The beginning of a level: what is heard and counted from the first step on."""

import asyncio
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any, cast

import pytest

from loadgen.engine.recorder import Recorder
from loadgen.load.modes import Concurrency, RequestRate
from loadgen.load.target import Target
from loadgen.measure.results import Connections, Event, LevelFinished, LevelStarted
from loadgen.measure.search import LinearSearch
from loadgen.measure.server_statistics import ServerStatistics
from loadgen.profile.level import Level
from loadgen.profile.plan import Plan
from loadgen.profile.progress import Progress
from tests.engine.servers import PATIENCE_S

RATE = RequestRate(100)


class BackedUp:
    """A load that never comes to a level, for the one before has not ended; `on_wait` is called when it waits for that.

    With `so_far` it comes to so many levels first, each of which ends at once.
    """

    def __init__(self, on_wait: Callable[[], None], *, so_far: int = 0) -> None:
        self.records = self
        self.failed, self.idle = asyncio.Event(), asyncio.Event()
        self.idle.set()
        self.asked: list[int | None] = []
        self.is_waiting = False
        self._on_wait = on_wait
        self._so_far = so_far

    async def set_level(self, level: Any, *, request_count: int | None = None) -> None:
        assert level == RATE
        self.asked.append(request_count)
        if len(self.asked) > self._so_far:
            self.is_waiting = True
            try:
                self._on_wait()
                await asyncio.Event().wait()
            finally:
                self.is_waiting = False

    async def drain(self, timeout_s: float) -> None:
        self._on_wait()

    def take(self) -> None:
        """There are no records, and nobody looks at them."""


class Prompt:
    """A load whose every request ends in the step of the event loop after the one that sent it."""

    def __init__(self) -> None:
        self.records = Recorder()
        self.failed, self.idle = asyncio.Event(), asyncio.Event()
        self.error = None

    async def set_level(self, level: Any, *, request_count: int | None = None) -> None:
        assert request_count is not None
        asyncio.get_running_loop().call_soon(self._answer, request_count)

    def connection_report(self) -> Connections:
        return Connections(open=1)

    def _answer(self, missing: int) -> None:
        self.records.add(perf_counter_ns(), perf_counter_ns() + 1)
        if missing > 1:
            asyncio.get_running_loop().call_soon(self._answer, missing - 1)
        else:
            self.idle.set()


class Uncounted:
    """A server that keeps no statistics."""

    def statistics(self) -> ServerStatistics | None:
        return None


@pytest.mark.parametrize(
    ("so_far", "warm_up", "asked"),
    [
        pytest.param(0, 0, [None], id="while the level before ends"),
        pytest.param(0, 5, [5], id="while the level before ends, before a warm-up"),
        pytest.param(1, 5, [5], id="while the warm-up ends"),
    ],
)
def test_a_stop_before_the_level_is_heard_and_nothing_more_is_sent(so_far: int, warm_up: int, asked: list[int | None]):
    async def main() -> list[Event]:
        stop = asyncio.Event()
        load = BackedUp(stop.set, so_far=so_far)
        plan = Plan(Target("host:1", "m"), LinearSearch(1, 1), warmup_request_count=warm_up)
        level = Level(RATE, plan, cast(Any, load), {"m": cast(Any, Uncounted())})
        async with asyncio.timeout(PATIENCE_S):
            events = [event async for event in level.measure(stop, Progress())]
        assert load.asked == asked
        assert not load.is_waiting
        return events

    assert asyncio.run(main()) == [LevelStarted(RATE)]


def test_the_first_reply_counts_however_soon_it_comes():
    async def main() -> list[int]:
        plan = Plan(Target("host:1", "m"), LinearSearch(1, 1), request_count=20)
        level = Level(Concurrency(1), plan, cast(Any, Prompt()), {"m": cast(Any, Uncounted())})
        async with asyncio.timeout(PATIENCE_S):
            events = [event async for event in level.measure(asyncio.Event(), Progress())]
        return [event.result.summary.request_count for event in events if isinstance(event, LevelFinished)]

    assert asyncio.run(main()) == [20]
