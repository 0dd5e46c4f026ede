"""What the receiver's clock says of a client that sends at a rate. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loadgen.units import NS_PER_S, NS_PER_US


@dataclass(frozen=True)
class Arrivals:
    """Requests as they came: how many per second, and how their gaps keep to those that were asked for.

    Jitter is how much a gap differs from the period, in microseconds. `distance` is that of Kolmogorov and Smirnov
    between the gaps and the exponential distribution of the rate that was asked for; `variation` is their standard
    deviation over their mean, which is 1 for that distribution.
    """

    count: int
    rate: float
    jitter_p50_us: float
    jitter_p99_us: float
    variation: float
    distance: float


def arrivals(instants_ns: NDArray[np.int64], per_second: float) -> Arrivals:
    """Return what the instants of at least three arrivals say."""
    gaps_s = np.diff(instants_ns) / NS_PER_S
    jitter_us = np.abs(gaps_s - 1 / per_second) * NS_PER_S / NS_PER_US
    p50, p99 = np.percentile(jitter_us, [50, 99])
    return Arrivals(
        count=len(instants_ns),
        rate=len(gaps_s) / float(gaps_s.sum()),
        jitter_p50_us=float(p50),
        jitter_p99_us=float(p99),
        variation=float(gaps_s.std() / gaps_s.mean()),
        distance=_distance(np.sort(gaps_s), per_second),
    )


def _distance(ordered_s: NDArray[np.float64], per_second: float) -> float:
    """Return the greatest difference between the distribution of gaps and the exponential one."""
    expected = 1 - np.exp(-ordered_s * per_second)
    steps = np.arange(len(ordered_s) + 1) / len(ordered_s)
    return float(max((steps[1:] - expected).max(), (expected - steps[:-1]).max()))
