"""One measurement: the load goes through its levels, each measured in windows until the figures are stable."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from time import perf_counter_ns

from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.connection import Connection, connect
from loadgen.engine.quiet import collector_off
from loadgen.errors import LoadgenError, ServerError
from loadgen.load.inputs import random_inputs
from loadgen.load.target import Target
from loadgen.measure.records import Records
from loadgen.measure.results import Event, LevelFinished, LevelResult, LevelStarted, Summary, Verdict, WindowClosed
from loadgen.measure.server_statistics import ServerStatistics
from loadgen.measure.stability import JUDGED_WINDOWS, another_window, judge, require_requests
from loadgen.measure.summary import summarize
from loadgen.measure.windows import Window, Windows
from loadgen.triton.control import ControlPlane
from loadgen.triton.request import encode_infer_request
from loadgen.wire.exchange import Request
from loadgen.wire.grpc import unary_request

INFER = "/inference.GRPCInferenceService/ModelInfer"
DRAIN_TIMEOUT_S = 60.0
CONNECTIONS = 4
"""Triton answers more requests from its cache over several connections than over one: over 1, 2, 4 and 8 connections
some 24 000, 26 300, 28 500 and 27 000 a second at concurrency 8 (medians of four short runs), and at 4 some 18 000,
25 600 and 24 700 over 1, 2 and 4."""


@dataclass(frozen=True)
class Plan:
    """What to measure: a model, at each of `concurrencies`, in `windows`.

    The inputs are random, made from `seed`, with `batch_size` and with `shapes` for dynamic inputs.
    """

    target: Target
    concurrencies: tuple[int, ...]
    windows: Windows = field(default_factory=Windows)
    batch_size: int = 1
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    seed: int = 0


async def profile(plan: Plan, stop: asyncio.Event) -> AsyncGenerator[Event, None]:
    """Measure, and yield what happens as it happens.

    When `stop` is set, what has been measured of the level is yielded, the requests in flight are waited for, and the
    iteration ends. An error is raised after the LevelFinished of what was measured before it: ServerError,
    InferenceError, EmptyWindowError; before the first level also ConfigError for what does not fit the model.
    """
    with ControlPlane(plan.target) as control:
        request = await asyncio.to_thread(_request, plan, control)
        connections = await _connect(plan)
        loop = ClosedLoop(connections, [request])
        try:
            with collector_off():
                for concurrency in plan.concurrencies:
                    level = _Level(concurrency, plan, loop, control)
                    async with aclosing(level.measure(stop)) as events:
                        async for event in events:
                            yield event
                    if stop.is_set():
                        break
        finally:
            # On errors too: a server may not survive that its clients leave with calls in flight.
            try:
                await _drain(loop)
            finally:
                for connection in connections:
                    connection.close()


async def measure_level(plan: Plan) -> LevelResult:
    """Measure the one level of a plan; the same errors are raised."""
    async with aclosing(profile(plan, asyncio.Event())) as events:
        (result,) = [event.result async for event in events if isinstance(event, LevelFinished)]
    return result


def _request(plan: Plan, control: ControlPlane) -> Request:
    """Return the one request that is sent again and again, encoded from what the server says of its model."""
    model = control.describe()
    inputs = random_inputs(model, batch_size=plan.batch_size, shapes=plan.shapes, seed=plan.seed)
    return unary_request(plan.target.url, INFER, encode_infer_request(plan.target, model, inputs))


async def _connect(plan: Plan) -> list[Connection]:
    """Open the connections of the load, no more than are used at the highest level."""
    connections: list[Connection] = []
    try:
        for _ in range(min(CONNECTIONS, max(plan.concurrencies))):
            connections += [await connect(plan.target)]
    except BaseException:
        for connection in connections:
            connection.close()
        raise
    return connections


async def _drain(loop: ClosedLoop) -> None:
    try:
        async with asyncio.timeout(DRAIN_TIMEOUT_S):
            await loop.drain()
    except TimeoutError as error:
        unanswered = f"{loop.in_flight} requests are unanswered {DRAIN_TIMEOUT_S:g} s after the last was sent"
        raise ServerError(f"the server has stopped answering: {unanswered}") from error


class _Level:
    """The windows of one level (behaviour section 3.1)."""

    def __init__(self, concurrency: int, plan: Plan, loop: ClosedLoop, control: ControlPlane) -> None:
        self._concurrency = concurrency
        self._plan = plan
        self._loop = loop
        self._control = control
        self._windows: list[Window] = []
        self._summaries: list[Summary] = []
        self._counters: ServerStatistics | None = None
        self._error: LoadgenError | None = None

    async def measure(self, stop: asyncio.Event) -> AsyncGenerator[Event, None]:
        """Open windows, each where the last one ended, until the level is stable or something ends it."""
        yield LevelStarted(self._concurrency)
        self._counters = await asyncio.to_thread(self._control.statistics)
        self._loop.records.take()  # what the level before left
        start_ns = perf_counter_ns()
        self._loop.set_level(self._concurrency)
        while another_window(self._summaries, self._plan.windows) and not (stop.is_set() or self._error):
            await self._sleep(stop)
            # No await between these two: the records are exactly those of requests that ended until now.
            end_ns, records = perf_counter_ns(), self._loop.records.take()
            # The rest happens beside the loop, which goes on serving the load.
            await asyncio.to_thread(self._close_window, start_ns, end_ns, records)
            start_ns = end_ns
            yield WindowClosed(self._concurrency, len(self._windows), self._summaries[-1])
        if any(summary.request_count for summary in self._summaries):
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
        server = None
        try:
            counters = self._control.statistics()
            if counters is not None and self._counters is not None:
                server = counters - self._counters
            self._counters = counters
        except ServerError as error:
            self._error = error
        self._error = self._loop.error or self._error  # What the load met comes before what it made of the statistics.
        window = Window(start_ns, end_ns, records, server, self._plan.batch_size)
        self._windows.append(window)
        self._summaries.append(summarize([window], self._plan.windows.percentile))

    def _result(self, *, interrupted: bool) -> LevelResult:
        verdict = judge(self._summaries, self._plan.windows)
        if not verdict.stable and (interrupted or self._error):
            cause = "interrupted" if interrupted else "ended by an error"
            verdict = Verdict(stable=False, reason=f"{cause} in window {len(self._windows)}")
        summary = summarize(self._windows[-JUDGED_WINDOWS:], self._plan.windows.percentile)
        return LevelResult(self._concurrency, summary, verdict, tuple(self._windows))

    def _raise_what_went_wrong(self, *, interrupted: bool) -> None:
        if self._error:
            raise self._error
        if not interrupted:
            require_requests(self._windows)
