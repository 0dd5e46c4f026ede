"""A measurement on the command line: the load in an event loop, its events on display, its end as an exit code."""

from contextlib import aclosing
from dataclasses import dataclass

from loadgen.cli.display import Display, warn, warn_of_failed_request
from loadgen.cli.exit_code import UNSTABLE, exit_code
from loadgen.cli.options import Options
from loadgen.cli.signals import stop_on_signals
from loadgen.engine.event_loop import run_in_event_loop
from loadgen.errors import InferenceError, LoadgenError
from loadgen.load.target import Target
from loadgen.measure.windows import Windows
from loadgen.profile import Plan, profile

_WINDOW_S_PER_INTERVAL_MS = 1.2 / 1000  # behaviour section 3.1


@dataclass(frozen=True)
class Ending:
    """How a run ended: by a signal, by an error, or (neither) when all was measured."""

    is_interrupted: bool
    error: LoadgenError | None


def run(options: Options) -> int:
    """Measure, print what was measured however the run ends, and return the exit code or raise what ended it."""
    display = Display(options)
    ending = run_in_event_loop(_measure(plan_of(options), display))
    display.conclude()
    if isinstance(ending.error, InferenceError):
        warn_of_failed_request(ending.error)
    if ending.error is not None:
        raise ending.error
    code = exit_code(display.levels, interrupted=ending.is_interrupted)
    if code == UNSTABLE:
        warn("Failed to obtain stable measurement.")
    return code


def plan_of(options: Options) -> Plan:
    """Return what to measure."""
    return Plan(
        target=Target(options.url, options.model, options.version),
        concurrencies=options.concurrencies,
        windows=Windows(
            length_s=options.interval_ms * _WINDOW_S_PER_INTERVAL_MS,
            tolerance=options.stability_percentage / 100,
            at_most=options.max_trials,
            percentile=options.percentile,
        ),
        batch_size=options.batch_size,
        shapes=options.shapes,
    )


async def _measure(plan: Plan, display: Display) -> Ending:
    with stop_on_signals() as stop:
        async with aclosing(profile(plan, stop)) as events:
            try:
                async for event in events:
                    try:
                        display.show(event)
                    except BrokenPipeError:
                        # Nobody reads on. The load still ends in good order; the next print will find out once more.
                        stop.set()
            except LoadgenError as error:
                return Ending(stop.is_set(), error)
        return Ending(stop.is_set(), None)
