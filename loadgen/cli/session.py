"""A measurement on the command line: the load in an event loop, its events on display, its end as an exit code."""

import asyncio
from collections.abc import AsyncIterable, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from loadgen.cli.display import Display, warn_of_failed_request
from loadgen.cli.ending import Ending, Unwritten
from loadgen.cli.exit_code import UNSTABLE, exit_code
from loadgen.cli.files import require_writable, write_files
from loadgen.cli.options import Options
from loadgen.cli.output import warn
from loadgen.cli.reports import Outcome, reports
from loadgen.cli.signals import stop_on_signals
from loadgen.cli.ui import display_for
from loadgen.engine.event_loop import run_in_event_loop
from loadgen.errors import InferenceError, LoadgenError
from loadgen.measure.results import Event, LevelResult
from loadgen.measure.windows import Windows
from loadgen.profile.measurement import profile
from loadgen.profile.plan import Plan
from loadgen.units import ms

if TYPE_CHECKING:  # see _capture
    from loadgen.profile.capture import Capture

_WINDOW_S_PER_INTERVAL_MS = 1.2 / 1000  # behaviour section 3.1


def run(options: Options) -> int:
    """Measure, tell what was measured however the run ends, and return the exit code or raise what ended it."""
    require_writable(options)
    plan, capture = plan_of(options), _capture(options)
    display = display_for(options, plan)
    started_at = datetime.now(UTC).astimezone()

    def tell(ending: Ending) -> bool:
        """Tell what was measured in all; return whether every file was written."""
        try:
            return write_files(reports(options, Outcome(plan, display.levels, started_at, ending, capture)))
        finally:
            display.conclude()

    def leave() -> None:
        display.close()
        tell(Ending(is_interrupted=True, error=None))

    ending = run_in_event_loop(_measure(plan, display, capture, leave))
    is_written = tell(ending)
    _raise_error(ending, options)
    failed = _failed_thresholds(options, display.levels)
    for sentence in failed:
        warn(f"loadgen: {sentence}")
    code = exit_code(
        display.levels,
        interrupted=ending.is_interrupted,
        binary_search=options.binary_search or options.find_max is not None,
        threshold_failed=bool(failed) or not _has_answer(options, display.levels),
    )
    if code == UNSTABLE:
        warn("Failed to obtain stable measurement.")
    return code if is_written else LoadgenError.exit_code


def plan_of(options: Options) -> Plan:
    """Return what to measure."""
    return Plan(
        target=options.target,
        search=options.search,
        windows=Windows(
            length_s=options.interval_ms * _WINDOW_S_PER_INTERVAL_MS,
            tolerance=options.stability_percentage / 100,
            at_most=options.max_trials,
            percentile=options.percentile,
            request_count=options.window_request_count if options.counts_requests else None,
            latency_limit_ns=ms(options.latency_limit_ms) or None,
        ),
        inputs=options.inputs,
        transport=options.transport,
        error_limit=options.tolerated,
        request_count=options.request_count,
        warmup_request_count=options.warmup_request_count,
        metrics=options.metrics,
        trace=options.trace,
        condition=options.find_max,
        sequences=options.sequences,
        mix=options.mix,
        load_at=options.load_at,
    )


def _capture(options: Options) -> "Capture | None":
    """Return what keeps the requests and responses of a run that is to be exported."""
    if not options.export_file:
        return None
    from loadgen.profile.capture import Capture  # noqa: PLC0415 - most runs need not pay for it

    return Capture()


def _failed_thresholds(options: Options, levels: Sequence[LevelResult]) -> list[str]:
    if not options.thresholds:
        return []
    from loadgen.report.thresholds import failed_thresholds  # noqa: PLC0415 - most runs need not pay for it

    return list(failed_thresholds(levels, options.thresholds))


def _has_answer(options: Options, levels: Sequence[LevelResult]) -> bool:
    if options.find_max is None or not levels:
        return True
    from loadgen.measure.capacity import highest  # noqa: PLC0415 - as above

    return highest(levels, options.find_max).level is not None


def _raise_error(ending: Ending, options: Options) -> None:
    """Raise what ended the run, if it was an error; of a failed request the lines come first that scripts look for."""
    if isinstance(ending.error, InferenceError):
        warn_of_failed_request(ending.error)
        if options.tolerated is None:
            raise InferenceError(f"the first failed request ended the run: {ending.error}") from ending.error
    if ending.error is not None:
        raise ending.error


async def _measure(plan: Plan, display: Display, capture: "Capture | None", leave: Callable[[], None]) -> Ending:
    with display, stop_on_signals(on_stop=display.stopping, on_leave=leave) as stop:
        try:
            await display.ready()
            async with aclosing(profile(plan, stop, capture=capture, progress=display.progress)) as events:
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
