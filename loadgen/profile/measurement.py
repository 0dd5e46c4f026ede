"""One measurement: the load goes through its levels, each measured in windows until the figures are stable."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.quiet import collector_off
from loadgen.load.inputs import random_inputs
from loadgen.measure.results import Event, LevelFinished, LevelResult
from loadgen.profile.client import client_for, requests_for
from loadgen.profile.level import Level
from loadgen.profile.plan import Plan
from loadgen.triton.control import ControlPlane, control_plane

DRAIN_TIMEOUT_S = 60.0


async def profile(plan: Plan, stop: asyncio.Event) -> AsyncGenerator[Event, None]:
    """Measure, and yield what happens as it happens.

    When `stop` is set, what has been measured of the level is yielded, the requests in flight are waited for, and the
    iteration ends. An error is raised after the LevelFinished of what was measured before it: ServerError,
    InferenceError, EmptyWindowError; before the first level also ConfigError for what does not fit the model.
    """
    with control_plane(plan.target) as control:
        loop = await asyncio.to_thread(_prepare, plan, control)
        try:
            with collector_off():
                for concurrency in plan.concurrencies:
                    level = Level(concurrency, plan, loop, control)
                    async with aclosing(level.measure(stop)) as events:
                        async for event in events:
                            yield event
                    if stop.is_set():
                        break
        finally:
            # On errors too: a server may not survive that its clients leave with calls in flight.
            try:
                await loop.drain(DRAIN_TIMEOUT_S)
            finally:
                await loop.close()


async def measure_level(plan: Plan) -> LevelResult:
    """Measure the one level of a plan; the same errors are raised."""
    async with aclosing(profile(plan, asyncio.Event())) as events:
        (result,) = [event.result async for event in events if isinstance(event, LevelFinished)]
    return result


def _prepare(plan: Plan, control: ControlPlane) -> ClosedLoop:
    """Return a load that has not begun, with all its requests encoded from what the server says of its model."""
    model = control.describe()
    inputs = random_inputs(model, batch_size=plan.batch_size, shapes=plan.shapes, seed=plan.seed)
    requests = requests_for(plan.target, plan.transport, model, [inputs])
    client = client_for(plan.target, plan.transport)
    return ClosedLoop(client, requests, error_limit=plan.error_limit)
