"""A run from Python: as a whole, window by window, or as a search for the highest load that the model bears."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, Unpack

from loadgen.engine.event_loop import run_in_event_loop
from loadgen.errors import ConfigError
from loadgen.load.mix import Mix
from loadgen.load.modes import Concurrency, LoadMode, PeriodicConcurrency, RequestRate
from loadgen.load.target import Target
from loadgen.measure.failures import ErrorLimit
from loadgen.measure.littles_law import is_kept_full
from loadgen.measure.search import HighestLevel, LinearSearch, Search
from loadgen.measure.threshold import condition as parsed_condition
from loadgen.profile.options import Options
from loadgen.profile.plan import Plan
from loadgen.profile.watch import Watch
from loadgen.report.find_max import Capacity
from loadgen.report.report import Report

SEARCH_START: Final = RequestRate(100, arrivals="poisson")
"""Where a search begins that is told nothing of loads, as on the command line."""


def run(target: Target | Mix, load: LoadMode | Sequence[LoadMode], **options: Unpack[Options]) -> Report:
    """Measure a model under a load, or under several one after the other; `run_async` says how.

    Inside a running event loop, as in a Jupyter notebook, the load runs in a thread of its own; that event loop stands
    still until it is over. Ctrl-C ends the load in good order before KeyboardInterrupt is raised.
    """
    return run_in_event_loop(run_async(target, load, **options))


async def run_async(target: Target | Mix, load: LoadMode | Sequence[LoadMode], **options: Unpack[Options]) -> Report:
    """Measure a model under a load in windows until the figures are stable, and report them.

    A `Mix` is several models that share the load; the figures are then those of all requests, and those of each model
    are in `report.level.models`.

    Several loads are measured one after the other; with a `latency_limit_ns` in the windows the first one that is over
    it is the last. A result that did not become stable is a result too: `report.stable` says so, and `report.reason`
    why. The first failed request ends the run, unless an `error_limit` tolerates some: then they are in
    `report.failures`, by kind. When the run is cancelled, its requests in flight are waited for.

    Raises ConfigError, ServerError, InferenceError, and EmptyWindowError when the windows are too short for a request;
    what was measured before is the `report` of the error.
    """
    return await _reported(watch(target, load, **options))


def watch(target: Target | Mix, load: LoadMode | Sequence[LoadMode], **options: Unpack[Options]) -> Watch:
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
    return Watch(_plan(target, numbers, lambda number: loads[number - 1], **options))


def find_max(
    condition: str,
    target: Target | Mix,
    load: RequestRate | Concurrency = SEARCH_START,
    *,
    at_most: float | None = None,
    **options: Unpack[Options],
) -> Capacity:
    """Look for the highest load at which a condition holds, such as `p99<10ms`, `avg<5ms` or `errors<0.1%`.

        capacity = loadgen.find_max("p99<10ms", target, windows=Windows(length_s=2))
        print(capacity.load, capacity.confidence)

    From `load` on each is twice the one before until one does not hold, or half of it until one does; then the middle
    of what is left between the two, until the highest is known to 5 % or one request in flight. `at_most` is the
    highest number that is tried. A percentile has to hold with a confidence of 99 % (MLPerf's early stopping), for p99
    in 662 requests at least; at a rate it is that of the latency from the planned instant, and a rate whose requests
    are not answered as often as they are sent does not hold.

    Each level is measured as `run` does it, with the same options, errors and Ctrl-C. Raises ConfigError as well for a
    condition that is no figure below a limit, for another kind of load, and for a `request_count`.
    """
    if "request_count" in options:
        raise ConfigError(f"request_count={options['request_count']}: a search measures in windows, leave it out")
    load_at, wanted = _like(load), parsed_condition(condition)
    if wanted.figure == "errors":
        options.setdefault("error_limit", ErrorLimit(rate=1.0))  # The condition judges them.
    plan = replace(_plan(target, HighestLevel(load.value, at_most), load_at, **options), condition=wanted)
    return Capacity(wanted, run_in_event_loop(_reported(Watch(plan))))


def _plan(target: Target | Mix, search: Search, load_at: Callable[[Any], LoadMode], **options: Unpack[Options]) -> Plan:
    first, mix = (target.first, target) if isinstance(target, Mix) else (target, None)
    return Plan(first, search, load_at=load_at, mix=mix, **options)


def _like(load: LoadMode) -> Callable[[Any], LoadMode]:
    """Return what makes such a load of another number."""
    match load:
        case RequestRate():
            return lambda per_second: replace(load, per_second=per_second)
        case Concurrency():
            return lambda in_flight: replace(load, in_flight=in_flight)
        case _:
            raise ConfigError(f"{load}: find_max looks for the highest RequestRate or Concurrency")


async def _reported(windows: Watch) -> Report:
    """Measure to the end."""
    async with windows:
        async for _ in windows:
            pass
    return windows.report
