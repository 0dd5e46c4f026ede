"""The results of a run, as values. Reports and dashboards read these and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loadgen.measure.server_statistics import ServerStatistics
from loadgen.measure.windows import Window
from loadgen.units import whole_us


@dataclass(frozen=True)
class Verdict:
    """Whether a level became stable, and if not, why: one short phrase for the user."""

    stable: bool
    reason: str = ""


@dataclass(frozen=True)
class Summary:
    """The figures of one window, or of several merged (behaviour sections 3.2 and 3.7)."""

    request_count: int
    duration_ns: int
    throughput: float
    """Inferences per second."""
    average_ns: int
    standard_deviation_us: int
    """Of the sample; 0 for a single request."""
    percentiles_ns: Mapping[int, int]
    server: ServerStatistics | None

    def stabilizing_ns(self, percentile: int | None) -> int:
        """Return the latency that has to be stable: the percentile asked for, else the average."""
        return self.average_ns if percentile is None else self.percentiles_ns[percentile]

    @property
    def adds_us(self) -> int | None:
        """The average latency minus the server's own average request latency: what is not the server.

        None when the server does not tell. Its counters are read a little outside the window, so the value may stray by
        a few microseconds.
        """
        if self.server is None or not self.server.success.count:
            return None
        return whole_us(self.average_ns) - self.server.success.average_us


@dataclass(frozen=True)
class LevelResult:
    """What was measured at one concurrency. `summary` merges the last three windows at most."""

    concurrency: int
    summary: Summary
    verdict: Verdict
    windows: tuple[Window, ...] = field(repr=False, default=())


@dataclass(frozen=True)
class LevelStarted:
    """The load has reached a new level."""

    concurrency: int


@dataclass(frozen=True)
class WindowClosed:
    """The window number `index` (from 1) of a level has ended."""

    concurrency: int
    index: int
    summary: Summary


@dataclass(frozen=True)
class LevelFinished:
    """A level is measured, as far as it went: `result.verdict` says why when it did not become stable."""

    result: LevelResult


Event = LevelStarted | WindowClosed | LevelFinished
