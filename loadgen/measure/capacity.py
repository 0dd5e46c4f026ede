"""Whether a level keeps to the condition of a search for the highest one that does (MLPerf's Server scenario)."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loadgen.measure.early_stopping import early_stopping_ns
from loadgen.measure.judgement import judge
from loadgen.measure.records import joined
from loadgen.measure.results import LevelResult
from loadgen.measure.threshold import NS_PER, Threshold
from loadgen.units import NS_PER_S

SUSTAINED = 0.95
"""A rate is sustained when so large a part of what was sent per second was answered."""


@dataclass(frozen=True)
class Kept:
    """Whether a level keeps to a condition, with the figure in the condition's unit; None where it is not known."""

    holds: bool
    figure: float | None

    @property
    def may_be_exceeded(self) -> bool:
        """Whether a search goes beyond the level: also where too few requests say nothing, for there it has more."""
        return self.holds or self.figure is None


def kept(level: LevelResult, condition: Threshold) -> Kept:
    """Judge a level. A percentile counts with its early-stopping estimate, in an open loop from the planned instant."""
    if condition.percentile is None:
        (judgement,) = judge(level, [condition])
        return Kept(judgement.holds and _is_sustained(level), judgement.actual)
    estimate_ns = early_stopping_ns(felt_latency_ns(level), condition.percentile)
    if estimate_ns is None:
        return Kept(holds=False, figure=None)
    figure = estimate_ns / NS_PER[condition.unit]
    return Kept(condition.allows(figure) and _is_sustained(level), figure)


@dataclass(frozen=True)
class Highest:
    """What a search has found: the highest level that holds, and the lowest one above it that does not.

    None for a level that was not found: nothing may be above the highest one, if the search was told to stop there.
    """

    level: LevelResult | None
    beyond: LevelResult | None


def highest(levels: Iterable[LevelResult], condition: Threshold) -> Highest:
    """Return what the levels of a search, in any order, say of its condition."""
    ascending = [(level, kept(level, condition)) for level in sorted(levels, key=lambda level: level.load.value)]
    holding = [level for level, found in ascending if found.holds]
    if not holding:
        return Highest(None, None)
    best = holding[-1]
    failing = (level for level, found in ascending if not found.may_be_exceeded)
    return Highest(best, next((level for level in failing if level.load.value > best.load.value), None))


def felt_latency_ns(level: LevelResult) -> NDArray[np.int64]:
    """Return the latencies of the judged windows, from the instants at which a user would have begun to wait."""
    if not level.windows:
        return np.array([], np.int64)
    records = joined([window.records for window in level.windows])
    return records.end_ns - (records.start_ns if records.planned_ns is None else records.planned_ns)


def _is_sustained(level: LevelResult) -> bool:
    """Whether requests are answered as often as they are sent: otherwise they pile up."""
    summary = level.summary
    if summary.planned is None:
        return True
    answered_per_s = summary.request_count * NS_PER_S / summary.duration_ns
    return answered_per_s >= SUSTAINED * level.load.value
