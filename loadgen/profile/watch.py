"""A run that is seen from outside while it lasts, and that its caller may end."""

import asyncio
from datetime import UTC, datetime
from typing import Self

from loadgen.errors import LoadgenError
from loadgen.measure.results import LevelFinished, LevelResult, WindowClosed
from loadgen.profile.measurement import profile
from loadgen.profile.plan import Plan
from loadgen.report.environment import environment
from loadgen.report.report import Report


class Watch:
    """Iterates over the windows of a run as they close; the load goes on meanwhile, and ends with the `async with`.

    Leaving the block, for whatever reason, sends nothing more and waits for what is in flight; then `report` has the
    figures of all windows that were seen. An error that ends the run has that report too.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._stop = asyncio.Event()
        self._events = profile(plan, self._stop)
        self._started_at = datetime.now(UTC).astimezone()
        self._levels: list[LevelResult] = []
        self._error = ""

    @property
    def report(self) -> Report:
        """What has been measured: the levels that have ended."""
        levels = tuple(self._levels)
        return Report(
            self._plan.target,
            self._plan.windows,
            self._started_at,
            environment(),
            levels=levels,
            error=self._error,
            mix=self._plan.mix,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        async for _window in self:  # None is left, but what has been measured is.
            pass

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> WindowClosed:
        try:
            async for event in self._events:
                if isinstance(event, WindowClosed):
                    return event
                if isinstance(event, LevelFinished):
                    self._levels.append(event.result)
        except LoadgenError as error:
            self._error = str(error)
            error.report = self.report
            raise
        raise StopAsyncIteration
