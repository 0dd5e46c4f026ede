"""One measurement: the load goes through the levels of a search, each measured until its figures are stable."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, aclosing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import repeat
from typing import TYPE_CHECKING

from loadgen.engine.client import Client
from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.load import Load
from loadgen.engine.quiet import collector_off
from loadgen.errors import ConfigError, LoadgenError
from loadgen.load.model import Model
from loadgen.load.modes import Concurrency, LoadMode, PeriodicConcurrency
from loadgen.load.region import Region
from loadgen.load.sequence_options import Sequences
from loadgen.measure.results import Event, LevelFinished, LevelResult, LoadPrepared
from loadgen.profile.counters import Counters
from loadgen.profile.fit import require_fit
from loadgen.profile.level import DRAIN_TIMEOUT_S, Level
from loadgen.profile.metrics import read_metrics
from loadgen.profile.plan import Plan
from loadgen.profile.progress import Progress
from loadgen.profile.responses import ResponseRecorder
from loadgen.profile.traffic import Traffic, drawn_traffic, known_traffic, sequence_traffic
from loadgen.triton.control import ControlPlane, control_plane
from loadgen.wire.streaming import OnResponse

if TYPE_CHECKING:  # a run without them need not import them
    from loadgen.engine.open_loop import OpenLoop
    from loadgen.profile.capture import Capture


@dataclass(frozen=True)
class _Prepared:
    """A load that has not begun, what is counted of it besides requests, and the memory to be shared."""

    loop: Load
    event: LoadPrepared
    counters: Counters
    regions: Sequence[Region]


async def profile(
    plan: Plan, stop: asyncio.Event, *, capture: "Capture | None" = None, progress: Progress | None = None
) -> AsyncGenerator[Event, None]:
    """Measure, and yield what happens as it happens.

    `capture` keeps what was sent and what came back; `progress` tells others where the measurement is.
    When `stop` is set, what has been measured of the level is yielded, the requests in flight are waited for, and the
    iteration ends. An error is raised after the LevelFinished of what was measured before it: ServerError,
    InferenceError, EmptyWindowError; before the first level also ConfigError for what does not fit the model.
    """
    with _control_planes(plan) as controls:
        control = next(iter(controls.values()))  # for what is said of the server as a whole
        prepared = await asyncio.to_thread(_prepare, plan, controls, capture)
        loop = prepared.loop
        progress = progress or Progress()
        progress.loop = loop
        if plan.metrics is not None:
            await asyncio.to_thread(read_metrics, plan.metrics)  # so that a wrong url is told at once
        with _shared(prepared.regions, plan, control), control.traced(plan.trace) if plan.trace else nullcontext():
            try:
                yield prepared.event
                with collector_off():
                    async with aclosing(_levels(plan, stop, prepared, controls, progress)) as events:
                        async for event in events:
                            yield event
            finally:
                # On errors too: a server may not survive that its clients leave with calls in flight.
                try:
                    await loop.drain(DRAIN_TIMEOUT_S)
                finally:
                    await loop.close()


@contextmanager
def _control_planes(plan: Plan) -> Iterator[Mapping[str, ControlPlane]]:
    """Open a control plane for each model."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(control_plane(target)) for name, target in plan.targets.items()}


@contextmanager
def _shared(regions: Sequence[Region], plan: Plan, control: ControlPlane) -> Iterator[None]:
    """Share the regions with the server. It blocks, so that no cancellation comes between."""
    with ExitStack() as stack:
        if regions:
            from loadgen.triton.shared_memory import shared  # noqa: PLC0415 - most runs share nothing

            for region in regions:
                stack.enter_context(shared(region, plan.target, control))
        yield


async def _levels(
    plan: Plan,
    stop: asyncio.Event,
    prepared: _Prepared,
    controls: Mapping[str, ControlPlane],
    progress: Progress,
) -> AsyncGenerator[Event, None]:
    """Measure one level after the other, as long as the search asks for another one."""
    visited: list[tuple[float, bool]] = []
    while not stop.is_set() and (level := plan.search.next_level(visited)) is not None:
        measured = Level(plan.load_at(level), plan, prepared.loop, controls, counters=prepared.counters)
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


def _prepare(plan: Plan, controls: Mapping[str, ControlPlane], capture: "Capture | None") -> _Prepared:
    """Prepare the load from what the server says of its models."""
    models = {name: control.describe() for name, control in controls.items()}

    def fail(error: LoadgenError) -> None:
        loop.fail(error)

    traffic = _traffic(plan, models, capture, fail)
    client = traffic.client
    is_decoupled = any(model.is_decoupled for model in models.values())
    responses = ResponseRecorder() if is_decoupled else None
    if responses is not None:
        client = responses.watch(client)
    loop = _load(plan, client, traffic, models.values())
    prepared = LoadPrepared(traffic.stream_sizes, is_decoupled)
    return _Prepared(loop, prepared, Counters(responses, traffic.sequences, traffic.by_model), traffic.regions)


def _traffic(
    plan: Plan, models: Mapping[str, Model], capture: "Capture | None", on_error: Callable[[LoadgenError], object]
) -> Traffic:
    """Return what is sent. Raises ConfigError for what does not fit the models."""
    if plan.mix is not None:
        from loadgen.profile.mixed_traffic import mixed_traffic  # noqa: PLC0415 - few runs need it

        return mixed_traffic(plan, models, capture)
    (model,) = models.values()
    if model.is_sequence:
        return sequence_traffic(plan, model, capture)
    if plan.sequences is not None:
        raise ConfigError(f'model "{model.name}" takes no sequences of requests: leave out what is said of sequences')
    if plan.inputs.are_drawn:
        return drawn_traffic(plan, model, on_error)
    return known_traffic(plan, model, capture).around()


def _load(plan: Plan, client: Client, traffic: Traffic, models: Collection[Model]) -> Load:
    """Return what sends the requests: of whatever kind the first level is, all are. Raises ConfigError."""
    first = plan.load_at(plan.search.next_level([]))
    for model in models:
        require_fit(first, model)
    if isinstance(first, PeriodicConcurrency):
        return _periodic(plan, client, traffic, first)
    loop = _loop(plan, client, traffic, first)
    if traffic.sequences is None:
        return loop
    from loadgen.profile.sequence_load import SequenceLoad  # noqa: PLC0415 - few runs need it

    return SequenceLoad(loop, traffic.sequences, (plan.sequences or Sequences()).at_a_time)


def _loop(plan: Plan, client: Client, traffic: Traffic, first: LoadMode) -> "ClosedLoop | OpenLoop":
    if isinstance(first, Concurrency) and first.max_per_second is None:
        return ClosedLoop(client, traffic.requests, error_limit=plan.error_limit)
    from loadgen.engine.open_loop import OpenLoop  # noqa: PLC0415 - a closed loop need not wait for it

    if traffic.sequences is None:
        return OpenLoop(client, traffic.requests, error_limit=plan.error_limit)
    from loadgen.profile.late_requests import NEXT, choosing_late  # noqa: PLC0415 - few runs need it

    # Which sequence has no request in flight is known when one is sent, and not when an open loop asks for it.
    return OpenLoop(choosing_late(client, traffic.requests), repeat(NEXT), error_limit=plan.error_limit)


def _periodic(plan: Plan, client: Client, traffic: Traffic, load: PeriodicConcurrency) -> Load:
    from loadgen.engine.periodic_loop import PeriodicLoop  # noqa: PLC0415 - few runs need them
    from loadgen.profile.streaming_client import opener  # noqa: PLC0415

    def client_for(on_response: OnResponse) -> Client:
        # All connections are opened at first, so that no request has to wait for one.
        connect, count = opener(plan.target, plan.transport, on_response), client.connections(load.end)
        return replace(client, connect=connect, connections=lambda _level: count)

    return PeriodicLoop(client_for, traffic.requests, error_limit=plan.error_limit)
