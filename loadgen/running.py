"""A run from Python, as a whole or window by window."""

from collections.abc import Sequence
from typing import Unpack

from loadgen.engine.event_loop import run_in_event_loop
from loadgen.errors import ConfigError
from loadgen.load.modes import LoadMode, PeriodicConcurrency
from loadgen.load.target import Target
from loadgen.measure.littles_law import is_kept_full
from loadgen.measure.search import LinearSearch
from loadgen.profile.options import Options
from loadgen.profile.plan import Plan
from loadgen.profile.watch import Watch
from loadgen.report.report import Report


def run(target: Target, load: LoadMode | Sequence[LoadMode], **options: Unpack[Options]) -> Report:
    """Measure a model under a load, or under several one after the other; `run_async` says how.

    Inside a running event loop, as in a Jupyter notebook, the load runs in a thread of its own; that event loop stands
    still until it is over. Ctrl-C ends the load in good order before KeyboardInterrupt is raised.
    """
    return run_in_event_loop(run_async(target, load, **options))


async def run_async(target: Target, load: LoadMode | Sequence[LoadMode], **options: Unpack[Options]) -> Report:
    """Measure a model under a load in windows until the figures are stable, and report them.

    Several loads are measured one after the other; with a `latency_limit_ns` in the windows the first one that is over
    it is the last. A result that did not become stable is a result too: `report.stable` says so, and `report.reason`
    why. The first failed request ends the run, unless an `error_limit` tolerates some: then they are in
    `report.failures`, by kind. When the run is cancelled, its requests in flight are waited for.

    Raises ConfigError, ServerError, InferenceError, and EmptyWindowError when the windows are too short for a request;
    what was measured before is the `report` of the error.
    """
    async with watch(target, load, **options) as windows:
        async for _ in windows:
            pass
    return windows.report


def watch(target: Target, load: LoadMode | Sequence[LoadMode], **options: Unpack[Options]) -> Watch:
    """Measure as `run_async` does, and see each window as it closes, so that the end is for the caller to choose.

        async with loadgen.watch(target, Concurrency(8)) as windows:
            async for window in windows:
                if window.summary.p99_ms > 20:
                    break
        print(windows.report.throughput)

    With `Windows(tolerance=0, at_most=1000)` the caller's rule is the only one.
    """
    loads = load if isinstance(load, Sequence) else [load]
    if not loads:
        raise ConfigError("give at least one load")
    if len({(is_kept_full(one), isinstance(one, PeriodicConcurrency)) for one in loads}) > 1:
        raise ConfigError("give loads that all send as soon as one ends, or none of them, or periodic ones alone")
    numbers = LinearSearch(1, len(loads))
    return Watch(Plan(target, numbers, load_at=lambda number: loads[number - 1], **options))
