"""How far a figure is to be trusted: confidence intervals, and the samples that a percentile needs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count as counting
from statistics import fmean, stdev

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95

# Student's t for a two-sided interval of 95 %, by degrees of freedom from 1; with more, the last is a little too wide.
_STUDENT_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
# The standard normal distribution's quantile for the same.
_NORMAL_Z = 1.960
# MLPerf's early stopping wants a percentile to be an upper bound with a confidence of 99 %.
_EARLY_STOPPING_RISK = 0.01


@dataclass(frozen=True)
class Interval:
    """From `low` to `high`, where the true figure lies with a confidence of 95 %."""

    low: float
    high: float


def student_t(degrees_of_freedom: int) -> float:
    """Return Student's t for a two-sided interval of 95 %, given one degree of freedom or more."""
    return _STUDENT_T[min(degrees_of_freedom, len(_STUDENT_T)) - 1]


def mean_interval(values: Sequence[float]) -> Interval | None:
    """Return the interval of the mean of a figure that is at least 0, given its value in each window.

    Windows are taken for independent batches: the method of batch means (Law, Simulation Modeling and Analysis,
    section 9.5.3) with Student's t. None for a single window, which says nothing of how it would have moved.
    """
    if len(values) < 2:
        return None
    half = student_t(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Interval(max(0.0, fmean(values) - half), fmean(values) + half)


def percentile_interval(ordered: NDArray[np.int64], percentile: float) -> Interval | None:
    """Return the interval of a percentile, given the sorted latencies; None when there are too few of them.

    Its ends are latencies of the sample, whatever their distribution: how many lie below the true percentile is
    binomial, which is taken for normal, and ranks are rounded outwards (Le Boudec, Performance Evaluation of Computer
    and Communication Systems, chapter 2). Requests are taken for independent, which those that share a batch are
    not: the true interval is a little wider.
    """
    count = len(ordered)
    if count < requests_needed(percentile):
        return None
    share = percentile / 100
    half = _NORMAL_Z * math.sqrt(count * share * (1 - share))
    low = max(1, math.floor(count * share - half))
    high = min(count, math.ceil(count * share + half) + 1)
    return Interval(float(ordered[low - 1]), float(ordered[high - 1]))


@cache
def requests_needed(percentile: float) -> int:
    """Return how many latencies it takes to speak of a percentile.

    So many that MLPerf's early stopping gives an estimate for it (MLPerf inference rules, "Early Stopping Criterion"):
    it would be less likely than 1 % that fewer than two of them lie beyond the percentile. That is 11 for p50, 64 for
    p90, 130 for p95, 662 for p99 and 6636 for p99.9; below the median as many as for the percentile on the other side.
    """
    beyond = min(percentile, 100 - percentile) / 100
    return next(count for count in counting(1) if _at_most_one(count, beyond) < _EARLY_STOPPING_RISK)


def _at_most_one(count: int, share: float) -> float:
    """Return the probability that none or one of `count` things has what a `share` of all have."""
    return (1 - share) ** count + count * share * (1 - share) ** (count - 1)
