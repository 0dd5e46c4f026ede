"""The windows of one level (behaviour section 3.1)."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from time import perf_counter_ns

from loadgen.engine.load import Load
from loadgen.errors import ConfigError, InferenceError, LoadgenError, ServerError
from loadgen.load.modes import Concurrency, FiniteLoad, FixedSchedule, LoadMode, PeriodicConcurrency
from loadgen.measure.error_rate import too_many_failures
from loadgen.measure.failures import failed_count
from loadgen.measure.metrics import Metrics
from loadgen.measure.results import (
    Event,
    LevelFinished,
    LevelResult,
    LevelStarted,
    Summary,
    Verdict,
    WarmedUp,
    WindowClosed,
)
from loadgen.measure.stability import JUDGED_WINDOWS, another_window, judge, require_requests, with_limit
from loadgen.measure.summary import summarize
from loadgen.measure.windows import Window
from loadgen.profile.client_watch import ClientWatch
from loadgen.profile.counters import Counters
from loadgen.profile.metrics import MetricsPoller
from loadgen.profile.plan import Plan
from loadgen.profile.progress import Progress
from loadgen.profile.server_counters import ServerCounters, read_counters, with_server
from loadgen.profile.settled import settled
from loadgen.profile.stopping import unless_stopped
from loadgen.profile.window_end import first_of, window_end
from loadgen.triton.control import ControlPlane

_NOTHING_MORE = Counters()

DRAIN_TIMEOUT_S = 60.0


class Level:
    """Brings the load to a level and measures it there."""

    def __init__(
        self,
        load: LoadMode,
        plan: Plan,
        loop: Load,
        controls: Mapping[str, ControlPlane],
        *,
        counters: Counters = _NOTHING_MORE,
    ) -> None:
        self._load = load
        self._level = load.in_flight if isinstance(load, Concurrency) and load.max_per_second is None else load
        self._plan = plan if not isinstance(load, FiniteLoad) else replace(plan, request_count=length_of(load))
        self._loop = loop
        self._controls = controls
        self._more = counters
        self._windows: deque[Window] = deque(maxlen=JUDGED_WINDOWS)
        self._trials: list[Summary] = []
        self._counters: ServerCounters = {}
        self._start_ns = 0
        self._client = ClientWatch()
        self._poller = None if plan.metrics is None else MetricsPoller(plan.metrics)
        self._error: LoadgenError | None = None
        self._ran_out = False
        """the inputs came to their end in the last window"""

    async def measure(self, stop: asyncio.Event, progress: Progress) -> AsyncGenerator[Event, None]:
        """Open windows, each where the last one ended, until the level is stable or something ends it.

        `progress` is told of them at once. Where the plan says how many requests are sent there is one window, which
        ends when the last of them has ended.
        """
        yield LevelStarted(self._load)
        if self._plan.warmup_request_count:
            await self._warm_up(stop)
            if not stop.is_set():
                yield WarmedUp(self._load)
        self._counters = await asyncio.to_thread(self._read_first_counters)
        async with self._client, self._poller or nullcontext():
            await unless_stopped(stop, self._begin)
            start_ns = progress.window_start_ns = self._start_ns
            while self._needs_another_window and not (stop.is_set() or self._error):
                await window_end(self._plan, self._loop, stop)
                if isinstance(self._load, PeriodicConcurrency):
                    await self._see_out()
                window = self._take_window(start_ns)
                progress.close(window)
                # The rest happens beside the loop, which goes on serving the load.
                await asyncio.to_thread(self._close_window, window)
                start_ns = window.end_ns
                yield WindowClosed(self._load, len(self._trials), self._trials[-1], self._windows[-1])
        progress.window_start_ns = None
        if any(trial.request_count or trial.failures for trial in self._trials):
            yield LevelFinished(self._result(interrupted=stop.is_set()))
        self._raise_what_went_wrong(interrupted=stop.is_set())

    async def _begin(self) -> None:
        """Go to the level, and forget the replies until then: what the warm-up left, or the level before."""
        await self._loop.set_level(self._level, request_count=self._plan.request_count)
        self._start_ns = self._take_window(0).end_ns  # No await in between, or first replies would be forgotten, too.

    async def _warm_up(self, stop: asyncio.Event) -> None:
        """Send some requests that do not count, nor do the ends of the sequences that they leave open."""
        level = self._load.warm_up if isinstance(self._load, FixedSchedule) else self._level
        await unless_stopped(stop, partial(self._loop.set_level, level, request_count=self._plan.warmup_request_count))
        await first_of(stop, self._loop.failed, self._loop.idle)
        await self._loop.drain(DRAIN_TIMEOUT_S)

    async def _see_out(self) -> None:
        """Wait for what is in flight, which is a large part of a periodic load that is broken off."""
        try:
            await self._loop.drain(DRAIN_TIMEOUT_S)
        except ServerError as error:
            self._error = error

    @property
    def _needs_another_window(self) -> bool:
        return not (self._has_sent_all or self._ran_out) and another_window(self._trials, self._plan.windows)

    @property
    def _has_sent_all(self) -> bool:
        """There are only so many requests to be sent, and all have ended."""
        ended = sum(trial.request_count + failed_count(trial.failures) for trial in self._trials)
        return ended == self._plan.request_count

    def _take_window(self, start_ns: int) -> Window:
        """Return the window that ends now, without what the server did: exactly the requests that ended in it."""
        # No await in here, so that none ends between these.
        end_ns, records = perf_counter_ns(), self._loop.records.take()
        responses = self._more.responses.take() if self._more.responses else None
        sequences = self._more.sequences.take() if self._more.sequences else None
        self._ran_out = self._plan.inputs.are_drawn and self._loop.idle.is_set()
        batch_size, client = self._plan.inputs.batch_size, self._client.take()
        window = Window(start_ns, end_ns, records, None, batch_size, responses, client, sequences)
        return window if self._more.models is None else self._more.models.told_apart(window)

    def _close_window(self, window: Window) -> None:
        before, self._counters = self._counters, self._read_last_counters()
        window = with_server(window, before, self._counters)
        if self._plan.request_count is not None:
            window = window.clamped()
        self._windows.append(window)
        self._trials.append(summarize([window], self._plan.windows.percentile))
        # What the load met comes before what it made of the statistics.
        self._error = self._loop.error or self._too_many_failures() or self._error or self._metrics_error

    def _read_first_counters(self) -> ServerCounters:
        read = partial(read_counters, self._controls)
        return settled(read) if self._plan.warmup_request_count else read()

    def _read_last_counters(self) -> ServerCounters:
        read = self._read_counters
        return settled(read) if self._loop.idle.is_set() else read()

    def _read_counters(self) -> ServerCounters:
        """Return the server's counters. Where failures are tolerated, a server that is away has none."""
        try:
            return read_counters(self._controls)
        except ServerError as error:
            if self._plan.error_limit is None:
                self._error = error
            return dict.fromkeys(self._controls)

    @property
    def _metrics_error(self) -> LoadgenError | None:
        """Where failures are tolerated, metrics that cannot be read are a gap."""
        return None if self._poller is None or self._plan.error_limit is not None else self._poller.error

    def _metrics(self) -> Metrics | None:
        if self._poller is None:
            return None
        return self._poller.between(self._windows[0].start_ns, self._windows[-1].end_ns)

    def _too_many_failures(self) -> InferenceError | None:
        limit = self._plan.error_limit
        reason = None if limit is None else too_many_failures(self._trials, limit)
        return None if reason is None else InferenceError(reason)

    def _result(self, *, interrupted: bool) -> LevelResult:
        summary = summarize(self._windows, self._plan.windows.percentile)
        verdict = self._verdict(interrupted=interrupted)
        return LevelResult(
            self._load,
            summary,
            with_limit(verdict, self._plan.windows, summary=summary, trials=self._trials),
            trials=tuple(self._trials),
            windows=tuple(self._windows),
            connections=self._loop.connection_report(),
            metrics=self._metrics(),
        )

    def _verdict(self, *, interrupted: bool) -> Verdict:
        if self._has_sent_all:
            return Verdict(stable=True)
        verdict, cause = judge(self._trials, self._plan.windows), self._early_end(interrupted=interrupted)
        if not verdict.stable and cause:
            verdict = Verdict(stable=False, reason=f"{cause} in window {len(self._trials)}")
        return verdict

    def _early_end(self, *, interrupted: bool) -> str | None:
        """Return what kept the level from having as many windows as it needed."""
        if interrupted:
            return "interrupted"
        if self._error:
            return "ended by an error"
        return "the inputs ended" if self._ran_out else None

    def _raise_what_went_wrong(self, *, interrupted: bool) -> None:
        if self._error:
            raise self._error
        if self._ran_out and not any(trial.request_count for trial in self._trials):
            raise ConfigError("Inputs(arrays=...): they ended before a request was measured")
        if not (interrupted or self._ran_out):
            require_requests(self._trials)


def length_of(load: FiniteLoad) -> int:
    """Return how many requests a load has that ends by itself: all of them are one window."""
    if isinstance(load, PeriodicConcurrency):
        return load.end
    from loadgen.load.schedule import schedule_of  # noqa: PLC0415 - other loads need not wait for it

    return len(schedule_of(load).offsets_ns)
