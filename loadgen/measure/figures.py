"""The figures that one reads and asserts, in the units in which people say them."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from loadgen.measure.failures import Failures, failed_count, merged
from loadgen.units import NS_PER_MS

if TYPE_CHECKING:
    from loadgen.measure.results import LevelResult, Summary


class Latencies(ABC):
    """Latencies in milliseconds; NaN without a request that succeeded, so that no assertion about them holds."""

    @property
    @abstractmethod
    def _summary(self) -> "Summary":
        """Where they are read."""

    @property
    def average_ms(self) -> float:
        """The average latency."""
        return self._ms(self._summary.average_ns)

    @property
    def p50_ms(self) -> float:
        """The median of the latencies."""
        return self.percentile_ms(50)

    @property
    def p90_ms(self) -> float:
        """The latency that 90 % of the requests keep within."""
        return self.percentile_ms(90)

    @property
    def p95_ms(self) -> float:
        """The latency that 95 % of the requests keep within."""
        return self.percentile_ms(95)

    @property
    def p99_ms(self) -> float:
        """The latency that 99 % of the requests keep within."""
        return self.percentile_ms(99)

    def percentile_ms(self, percentile: int) -> float:
        """Return 50, 90, 95, 99, or the percentile that the windows name. Raises KeyError for another one."""
        return self._ms(self._summary.percentiles_ns[percentile])

    def _ms(self, value_ns: int) -> float:
        return value_ns / NS_PER_MS if self._summary.request_count else math.nan


class Figures(Latencies):
    """What is read of one level, whether one has the level itself or a report of it.

    Latencies and throughput are those of the judged windows (the last three at most) and of requests that succeeded;
    `failures`, `ended_count` and `error_rate` are about all windows.
    """

    @property
    @abstractmethod
    def _level(self) -> "LevelResult":
        """The level that is read."""

    @property
    def _summary(self) -> "Summary":
        return self._level.summary

    @property
    def stable(self) -> bool:
        """Whether the last windows agree; `reason` says what does not."""
        return self._level.verdict.stable

    @property
    def reason(self) -> str:
        """Why it is not stable, or by how much it is over the latency limit; empty if there is nothing to be said."""
        return self._level.verdict.reason

    @property
    def throughput(self) -> float:
        """Inferences per second."""
        return self._summary.throughput

    @property
    def request_count(self) -> int:
        """How many requests succeeded in the judged windows."""
        return self._summary.request_count

    @property
    def failures(self) -> Failures:
        """The requests that failed, by kind."""
        return merged(trial.failures for trial in self._level.trials)

    @property
    def ended_count(self) -> int:
        """How many requests ended, well or badly."""
        return sum(trial.request_count for trial in self._level.trials) + failed_count(self.failures)

    @property
    def error_rate(self) -> float:
        """The part of the requests that failed, from 0 to 1."""
        return failed_count(self.failures) / max(1, self.ended_count)

    def assert_that(self, threshold: str, *more: str) -> None:
        """Raise AssertionError unless each threshold holds, such as `p99<15ms`, `throughput>1000` or `errors<0.1%`.

        The text has a line for each that does not: `p99 18.2 ms > 15 ms (limit), stable, 12 034 requests`. A report of
        several levels is judged at each of them, and one without a level fails. `loadgen.measure.threshold` says what a
        threshold may be; raises ConfigError for another one.
        """
        # Most who read a figure need neither.
        from loadgen.measure.judgement import failures_of  # noqa: PLC0415
        from loadgen.measure.threshold import threshold as parsed  # noqa: PLC0415

        __tracebackhide__ = True  # pytest then points at the caller's line
        failed = failures_of(self._judged_levels, [parsed(text) for text in (threshold, *more)])
        if failed:
            raise AssertionError("\n".join(failed))

    @property
    def _judged_levels(self) -> "Sequence[LevelResult]":
        """The levels that thresholds judge."""
        return [self._level]
