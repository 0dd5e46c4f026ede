"""The windows of one level (behaviour section 3.1)."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from time import perf_counter_ns

from loadgen.engine.closed_loop import ClosedLoop
from loadgen.errors import InferenceError, LoadgenError, ServerError
from loadgen.measure.error_rate import too_many_failures
from loadgen.measure.records import Records
from loadgen.measure.results import Event, LevelFinished, LevelResult, LevelStarted, Summary, Verdict, WindowClosed
from loadgen.measure.server_statistics import ServerStatistics
from loadgen.measure.stability import JUDGED_WINDOWS, another_window, judge, require_requests
from loadgen.measure.summary import summarize
from loadgen.measure.windows import Window
from loadgen.profile.plan import Plan
from loadgen.triton.control import ControlPlane


class Level:
    """Brings the load to a concurrency and measures it there."""

    def __init__(self, concurrency: int, plan: Plan, loop: ClosedLoop, control: ControlPlane) -> None:
        self._concurrency = concurrency
        self._plan = plan
        self._loop = loop
        self._control = control
        self._windows: deque[Window] = deque(maxlen=JUDGED_WINDOWS)
        self._trials: list[Summary] = []
        self._counters: ServerStatistics | None = None
        self._error: LoadgenError | None = None

    async def measure(self, stop: asyncio.Event) -> AsyncGenerator[Event, None]:
        """Open windows, each where the last one ended, until the level is stable or something ends it."""
        yield LevelStarted(self._concurrency)
        self._counters = await asyncio.to_thread(self._control.statistics)
        await self._loop.set_level(self._concurrency)
        self._loop.records.take()  # what the level before left
        start_ns = perf_counter_ns()
        while another_window(self._trials, self._plan.windows) and not (stop.is_set() or self._error):
            await self._sleep(stop)
            # No await between these two: the records are exactly those of requests that ended until now.
            end_ns, records = perf_counter_ns(), self._loop.records.take()
            # The rest happens beside the loop, which goes on serving the load.
            await asyncio.to_thread(self._close_window, start_ns, end_ns, records)
            start_ns = end_ns
            yield WindowClosed(self._concurrency, len(self._trials), self._trials[-1])
        if any(trial.request_count or trial.failures for trial in self._trials):
            yield LevelFinished(self._result(interrupted=stop.is_set()))
        self._raise_what_went_wrong(interrupted=stop.is_set())

    async def _sleep(self, stop: asyncio.Event) -> None:
        """Let a window pass; return early when there is nothing more to wait for."""
        ends = [asyncio.ensure_future(event.wait()) for event in (stop, self._loop.failed)]
        try:
            await asyncio.wait(ends, timeout=self._plan.windows.length_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()

    def _close_window(self, start_ns: int, end_ns: int, records: Records) -> None:
        before, self._counters = self._counters, self._read_counters()
        window = Window(start_ns, end_ns, records, _difference(before, self._counters), self._plan.batch_size)
        self._windows.append(window)
        self._trials.append(summarize([window], self._plan.windows.percentile))
        # What the load met comes before what it made of the statistics.
        self._error = self._loop.error or self._too_many_failures() or self._error

    def _read_counters(self) -> ServerStatistics | None:
        """Return the server's counters. Where failures are tolerated, a server that is away has none."""
        try:
            return self._control.statistics()
        except ServerError as error:
            if self._plan.error_limit is None:
                self._error = error
            return None

    def _too_many_failures(self) -> InferenceError | None:
        limit = self._plan.error_limit
        reason = None if limit is None else too_many_failures(self._trials, limit)
        return None if reason is None else InferenceError(reason)

    def _result(self, *, interrupted: bool) -> LevelResult:
        verdict = judge(self._trials, self._plan.windows)
        if not verdict.stable and (interrupted or self._error):
            cause = "interrupted" if interrupted else "ended by an error"
            verdict = Verdict(stable=False, reason=f"{cause} in window {len(self._trials)}")
        return LevelResult(
            self._concurrency,
            summarize(self._windows, self._plan.windows.percentile),
            verdict,
            trials=tuple(self._trials),
            windows=tuple(self._windows),
            connections=self._loop.connection_report(),
        )

    def _raise_what_went_wrong(self, *, interrupted: bool) -> None:
        if self._error:
            raise self._error
        if not interrupted:
            require_requests(self._trials)


def _difference(before: ServerStatistics | None, after: ServerStatistics | None) -> ServerStatistics | None:
    """Return what the server did between two readings; None if one is missing, or it was restarted in between."""
    if before is None or after is None or after.success.count < before.success.count:
        return None
    return after - before
