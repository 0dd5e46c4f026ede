"""MLPerf's early stopping: a percentile that is an upper bound, as far as a sample of its size can say.

MLPerf inference rules, "Early Stopping Criterion", with a tolerance of 0 and a confidence of 99 %: the estimate is the
t-th highest latency, where t is the greatest number of which it would be less likely than 1 % that no more than t
latencies of the sample lie beyond the true percentile. Requests are taken for independent, which those are not that
share a batch: the estimate is a little optimistic then.
"""

from math import exp, lgamma, log

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.99


def early_stopping_ns(latency_ns: NDArray[np.int64], percentile: float) -> int | None:
    """Return the estimate of a percentile above 0 and below 100; None when the sample is too small for any.

    The smallest samples are 11 for p50, 64 for p90, 130 for p95, 662 for p99 and 6636 for p99.9.
    """
    count = len(latency_ns)
    highest = _highest(count, 1 - percentile / 100)
    if not highest:
        return None
    return int(np.partition(latency_ns, count - highest)[count - highest])


def _highest(count: int, beyond: float) -> int:
    """Return t: the most of `count`, each beyond with this probability, that are too few to be likely."""
    cumulated = 0.0
    for number in range(count + 1):
        cumulated += exp(_log_binomial(count, number, beyond))
        if cumulated >= 1 - CONFIDENCE:
            return number - 1 if number else 0
    return count


def _log_binomial(count: int, number: int, share: float) -> float:
    """Return the logarithm of the probability that exactly so many of `count` have what a `share` of all have."""
    ways = lgamma(count + 1) - lgamma(number + 1) - lgamma(count - number + 1)
    return ways + number * log(share) + (count - number) * log(1 - share)
