"""Whether two tools that did the same work agree. Pure.

What counts is normally what a user reads: throughput and average latency. They say little about a server that is so
fast that perf_analyzer itself is the limit, which is where more than half of perf_analyzer's latency is its own. There
the server's own queue, compute and cache times per request decide. They may exceed those of perf_analyzer's run

- by the part of perf_analyzer's latency that the latency bound leaves (5 % of it with a bound of 1.05), and
- by what loadgen adds less than perf_analyzer: with a fixed number of requests in flight, the time that a tool saves is
  spent in the server's queue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from loadgen.errors import ConfigError


@dataclass(frozen=True)
class Figures:
    """What one tool measured at one level, in one run or as the medians of several.

    `throughput` is in inferences per second; the others are microseconds. `latency_us` is the client's average,
    `adds_us` the part of it that is not the server (None: the tool did not print the server's share), `cpu_us` the
    processor time of the tool's whole process per request, `server_us` the server's queue, compute and cache time per
    request.
    """

    throughput: float
    latency_us: float
    adds_us: float | None
    cpu_us: float
    server_us: float
    stable: bool = True


@dataclass(frozen=True)
class Level:
    """Both tools at one concurrency; None for a tool that gave no figures."""

    concurrency: int
    theirs: Figures | None
    ours: Figures | None

    @property
    def is_compared(self) -> bool:
        """Whether there are figures of both."""
        return self.theirs is not None and self.ours is not None

    @property
    def is_client_limited(self) -> bool:
        """Whether perf_analyzer itself is the limit: more than half of its latency is its own."""
        if self.theirs is None or self.theirs.adds_us is None:
            return False
        return self.theirs.adds_us > self.theirs.latency_us / 2


@dataclass(frozen=True)
class Bounds:
    """How far the tools may differ: ratios of our figure to theirs.

    Raises ConfigError where no throughput could satisfy them.
    """

    min_throughput_ratio: float = 0.95
    max_throughput_ratio: float = 1.30
    max_latency_ratio: float = 1.05

    def __post_init__(self) -> None:
        if self.min_throughput_ratio > self.max_throughput_ratio:
            raise ConfigError(
                f"--min-throughput-ratio {self.min_throughput_ratio:g}: "
                f"it must not exceed --max-throughput-ratio {self.max_throughput_ratio:g}"
            )


def median_figures(runs: Sequence[Figures]) -> Figures | None:
    """Return the medians of several runs, figure by figure; None of no runs. Stable if every run was."""
    if not runs:
        return None
    adds = [run.adds_us for run in runs if run.adds_us is not None]
    return Figures(
        throughput=median(run.throughput for run in runs),
        latency_us=median(run.latency_us for run in runs),
        adds_us=median(adds) if adds else None,
        cpu_us=median(run.cpu_us for run in runs),
        server_us=median(run.server_us for run in runs),
        stable=all(run.stable for run in runs),
    )


def disagreements(level: Level, bounds: Bounds) -> list[str]:
    """Return what the tools disagree on at one level: a phrase per figure; none if they agree or are not compared."""
    if level.theirs is None or level.ours is None:
        return []
    checks = (_check_server,) if level.is_client_limited else (_check_throughput, _check_latency)
    found = (check(level.theirs, level.ours, bounds) for check in checks)
    return [phrase for phrase in found if phrase]


def _check_throughput(theirs: Figures, ours: Figures, bounds: Bounds) -> str:
    ratio = ours.throughput / theirs.throughput
    said = f"throughput of {ours.throughput:.0f} infer/sec is {ratio:.3f} times {theirs.throughput:.0f}"
    if ratio < bounds.min_throughput_ratio:
        return f"{said}, below {bounds.min_throughput_ratio:g}"
    if ratio > bounds.max_throughput_ratio:
        return f"{said}, above {bounds.max_throughput_ratio:g}"
    return ""


def _check_latency(theirs: Figures, ours: Figures, bounds: Bounds) -> str:
    ratio = ours.latency_us / theirs.latency_us
    if ratio <= bounds.max_latency_ratio:
        return ""
    said = f"latency of {ours.latency_us:.0f} usec is {ratio:.3f} times {theirs.latency_us:.0f}"
    return f"{said}, above {bounds.max_latency_ratio:g}"


def _check_server(theirs: Figures, ours: Figures, bounds: Bounds) -> str:
    saved_us = max(0.0, (theirs.adds_us or 0.0) - (ours.adds_us or 0.0))
    most_us = theirs.server_us + (bounds.max_latency_ratio - 1) * theirs.latency_us + saved_us
    if ours.server_us <= most_us:
        return ""
    said = f"the server's queue and compute time of {ours.server_us:.1f} usec against {theirs.server_us:.1f}"
    return f"{said} is above {most_us:.1f}"
