"""Both tools in turn on one running server: first one, then the other, then the other way round."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from loadgen.compare.judgement import Figures, Level, median_figures
from loadgen.compare.printed import read_level
from loadgen.compare.tools import Finished, Tool, run_process
from loadgen.errors import LoadgenError
from loadgen.measure.server_statistics import ServerStatistics

UNSTABLE = 2
"""The exit code of both tools for a level that never became stable (behaviour section 0)."""

_ATTEMPTS = 2
_ERROR_LINES = 3

# Three windows whatever they show: of a repeated option the last one holds.
_QUICK = ("--measurement-interval", "500", "--stability-percentage", "999")

Counters = Callable[[], ServerStatistics]
"""Reads the server's counters of the model."""


@dataclass(frozen=True)
class Plan:
    """Which tools to run, `repeat` times each at every level, with which `arguments` beside the concurrency."""

    theirs: Tool
    ours: Tool
    arguments: tuple[str, ...]
    repeat: int = 3


@dataclass(frozen=True)
class Run:
    """One run of a tool. Without `figures`, the tool found itself unstable and printed none."""

    tool: Tool
    figures: Figures | None


def warm_up(plan: Plan, concurrency: int) -> None:
    """Load the server for two seconds, so that the first run that counts does not find it cold.

    Raises LoadgenError when perf_analyzer cannot do the work at all.
    """
    finished = run_process(_command(plan.theirs, (*plan.arguments, *_QUICK), concurrency))
    if finished.exit_code != 0:
        raise _failure(plan.theirs, finished)


def runs_at(concurrency: int, plan: Plan, counters: Counters) -> Iterator[Run]:
    """Run the tools at one level, and yield each run as it ends. Raises LoadgenError when a tool fails."""
    for tool in _in_turn(plan):
        yield Run(tool, run_once(tool, plan.arguments, concurrency, counters))


def run_once(tool: Tool, arguments: Sequence[str], concurrency: int, counters: Counters) -> Figures | None:
    """Run a tool until it prints figures; None if it never does.

    Figures that take a second attempt are marked as unstable.
    """
    for attempt in range(_ATTEMPTS):
        before = counters()
        finished = run_process(_command(tool, arguments, concurrency))
        figures = figures_of(tool, finished, counters() - before)
        if figures is not None:
            return replace(figures, stable=figures.stable and attempt == 0)
    return None


def level_of(concurrency: int, runs: Sequence[Run], plan: Plan) -> Level:
    """Return the medians of the runs at one level."""
    theirs, ours = (
        median_figures([run.figures for run in runs if run.tool == tool and run.figures is not None])
        for tool in (plan.theirs, plan.ours)
    )
    return Level(concurrency, theirs, ours)


def _in_turn(plan: Plan) -> Iterator[Tool]:
    """Yield A B, B A, A B: what drifts with time, or weighs on whoever comes second, falls on both alike."""
    for index in range(plan.repeat):
        yield from (plan.theirs, plan.ours) if index % 2 == 0 else (plan.ours, plan.theirs)


def _command(tool: Tool, arguments: Sequence[str], concurrency: int) -> list[str]:
    return [*tool.command, *arguments, "--concurrency-range", str(concurrency)]


def figures_of(tool: Tool, finished: Finished, server: ServerStatistics) -> Figures | None:
    """Return what a run measured, where `server` counts what the server did from its start to its end.

    None when the tool found the level unstable and printed no figures. Raises LoadgenError when the tool failed, with
    its own words.
    """
    if finished.exit_code not in (0, UNSTABLE):
        raise _failure(tool, finished)
    printed = read_level(finished.output)
    if printed is None and finished.exit_code == UNSTABLE:
        return None
    requests = server.success.count
    if printed is None or not requests:
        raise LoadgenError(f"{tool.name} ended without figures, and the server counted {requests} requests")
    return Figures(
        throughput=printed.throughput,
        latency_us=printed.latency_us,
        adds_us=printed.adds_us,
        cpu_us=finished.cpu_s * 1e6 / requests,
        server_us=(server.queue.total_ns + server.cache_and_compute.total_ns) / requests / 1000,
        stable=finished.exit_code == 0,
    )


def _failure(tool: Tool, finished: Finished) -> LoadgenError:
    """Return the tool's own words as one sentence; an option error is followed by a usage text, which is left out."""
    words, _, _ = finished.errors.partition("Usage:")
    lines = [line.strip().rstrip(".") for line in words.splitlines() if line.strip()]
    reason = "; ".join(lines[:_ERROR_LINES]) or "it gives no reason"
    return LoadgenError(f"{tool.name} failed with exit code {finished.exit_code}: {reason}")
