"""A measurement on the command line: the load in an event loop, its events on display, its end as an exit code."""

import asyncio
from collections.abc import AsyncIterable
from contextlib import aclosing
from dataclasses import dataclass

from loadgen.cli.display import Display, warn_of_failed_request
from loadgen.cli.exit_code import UNSTABLE, exit_code
from loadgen.cli.options import Options
from loadgen.cli.output import warn
from loadgen.cli.signals import stop_on_signals
from loadgen.engine.event_loop import run_in_event_loop
from loadgen.errors import InferenceError, LoadgenError
from loadgen.measure.results import Event
from loadgen.measure.windows import Windows
from loadgen.profile.measurement import profile
from loadgen.profile.plan import Plan

_WINDOW_S_PER_INTERVAL_MS = 1.2 / 1000  # behaviour section 3.1

Unwritten = BrokenPipeError | LoadgenError
"""What `write` raises."""


@dataclass(frozen=True)
class Ending:
    """How a run ended: by a signal, by an error, or (neither) when all was measured."""

    is_interrupted: bool
    error: Unwritten | None


def run(options: Options) -> int:
    """Measure, print what was measured however the run ends, and return the exit code or raise what ended it."""
    display = Display(options)
    ending = run_in_event_loop(_measure(plan_of(options), display))
    display.conclude()
    if isinstance(ending.error, InferenceError):
        warn_of_failed_request(ending.error)
        if options.error_limit is None:
            raise InferenceError(f"the first failed request ended the run: {ending.error}") from ending.error
    if ending.error is not None:
        raise ending.error
    code = exit_code(display.levels, interrupted=ending.is_interrupted)
    if code == UNSTABLE:
        warn("Failed to obtain stable measurement.")
    return code


def plan_of(options: Options) -> Plan:
    """Return what to measure."""
    return Plan(
        target=options.target,
        concurrencies=options.concurrencies,
        windows=Windows(
            length_s=options.interval_ms * _WINDOW_S_PER_INTERVAL_MS,
            tolerance=options.stability_percentage / 100,
            at_most=options.max_trials,
            percentile=options.percentile,
        ),
        batch_size=options.batch_size,
        shapes=options.shapes,
        transport=options.transport,
        error_limit=options.error_limit,
    )


async def _measure(plan: Plan, display: Display) -> Ending:
    with stop_on_signals() as stop:
        try:
            async with aclosing(profile(plan, stop)) as events:
                unwritten = await _show_all(events, display, stop)
        except LoadgenError as error:
            return Ending(stop.is_set(), error)
        return Ending(stop.is_set(), unwritten)


async def _show_all(events: AsyncIterable[Event], display: Display, stop: asyncio.Event) -> Unwritten | None:
    """Show the events to the last. When nobody takes the output, stop the load, which still ends in good order."""
    unwritten: Unwritten | None = None
    async for event in events:
        try:
            display.show(event)
        except (BrokenPipeError, LoadgenError) as error:
            unwritten = error
            stop.set()
    return unwritten
