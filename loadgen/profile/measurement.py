"""One measurement: the load goes through the levels of a search, each measured until its figures are stable."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractContextManager, aclosing, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loadgen.engine.client import Client
from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.load import Load
from loadgen.engine.quiet import collector_off
from loadgen.errors import LoadgenError
from loadgen.load.modes import Concurrency
from loadgen.load.region import Region
from loadgen.measure.results import Event, LevelFinished, LevelResult, LoadPrepared
from loadgen.profile.level import Level
from loadgen.profile.metrics import read_metrics
from loadgen.profile.plan import Plan
from loadgen.profile.progress import Progress
from loadgen.profile.responses import ResponseCounter
from loadgen.profile.traffic import drawn_traffic, known_traffic
from loadgen.triton.control import ControlPlane, control_plane

if TYPE_CHECKING:  # a run without a capture need not import it
    from loadgen.profile.capture import Capture

DRAIN_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class _Prepared:
    """A load that has not begun, what counts the responses of a decoupled model, and the memory to be shared."""

    loop: Load
    event: LoadPrepared
    responses: ResponseCounter | None
    region: Region | None


async def profile(
    plan: Plan, stop: asyncio.Event, *, capture: "Capture | None" = None, progress: Progress | None = None
) -> AsyncGenerator[Event, None]:
    """Measure, and yield what happens as it happens.

    `capture` keeps what was sent and what came back; `progress` tells others where the measurement is.
    When `stop` is set, what has been measured of the level is yielded, the requests in flight are waited for, and the
    iteration ends. An error is raised after the LevelFinished of what was measured before it: ServerError,
    InferenceError, EmptyWindowError; before the first level also ConfigError for what does not fit the model.
    """
    with control_plane(plan.target) as control:
        prepared = await asyncio.to_thread(_prepare, plan, control, capture)
        loop = prepared.loop
        progress = progress or Progress()
        progress.loop = loop
        if plan.metrics is not None:
            await asyncio.to_thread(read_metrics, plan.metrics)  # so that a wrong url is told at once
        with _shared(prepared.region, plan, control):
            try:
                yield prepared.event
                with collector_off():
                    async with aclosing(_levels(plan, stop, prepared, control, progress)) as events:
                        async for event in events:
                            yield event
            finally:
                # On errors too: a server may not survive that its clients leave with calls in flight.
                try:
                    await loop.drain(DRAIN_TIMEOUT_S)
                finally:
                    await loop.close()


def _shared(region: Region | None, plan: Plan, control: ControlPlane) -> AbstractContextManager[None]:
    """Return what shares the region with the server. It blocks, so that no cancellation comes between."""
    if region is None:
        return nullcontext()
    from loadgen.triton.shared_memory import shared  # noqa: PLC0415 - most runs share nothing

    return shared(region, plan.target, control)


async def _levels(
    plan: Plan, stop: asyncio.Event, prepared: _Prepared, control: ControlPlane, progress: Progress
) -> AsyncGenerator[Event, None]:
    """Measure one level after the other, as long as the search asks for another one."""
    visited: list[tuple[float, bool]] = []
    while not stop.is_set() and (level := plan.search.next_level(visited)) is not None:
        measured = Level(plan.load_at(level), plan, prepared.loop, control, responses=prepared.responses)
        async with aclosing(measured.measure(stop, progress)) as events:
            async for event in events:
                yield event
                if isinstance(event, LevelFinished):
                    visited.append((level, _holds(event.result, plan)))


def _holds(result: LevelResult, plan: Plan) -> bool:
    """Whether a search may go beyond a level."""
    if plan.condition is None:
        return not result.verdict.over_limit
    from loadgen.measure.capacity import kept  # noqa: PLC0415 - few searches have a condition

    return kept(result, plan.condition).may_be_exceeded and not result.verdict.over_limit


def _prepare(plan: Plan, control: ControlPlane, capture: "Capture | None") -> _Prepared:
    """Prepare the load from what the server says of its model."""
    model = control.describe()

    def fail(error: LoadgenError) -> None:
        loop.fail(error)

    traffic = drawn_traffic(plan, model, fail) if plan.inputs.are_drawn else known_traffic(plan, model, capture)
    client = traffic.client
    responses = ResponseCounter() if model.is_decoupled else None
    if responses is not None:
        client = responses.watch(client)
    loop = _load(plan, client, traffic.requests)
    return _Prepared(loop, LoadPrepared(traffic.stream_sizes, model.is_decoupled), responses, traffic.region)


def _load(plan: Plan, client: Client, requests: Iterator[Any]) -> Load:
    """Return what sends the requests: of whatever kind the first level is, all are."""
    first = plan.load_at(plan.search.next_level([]))
    if isinstance(first, Concurrency) and first.max_per_second is None:
        return ClosedLoop(client, requests, error_limit=plan.error_limit)
    from loadgen.engine.open_loop import OpenLoop  # noqa: PLC0415 - a closed loop need not wait for it

    return OpenLoop(client, requests, error_limit=plan.error_limit)
