"""How latencies are distributed, in buckets that are as fine for the fast as for the slow."""

import math

import numpy as np
from numpy.typing import NDArray

BUCKETS_PER_DECADE = 20


def histogram(latency_ns: NDArray[np.int64]) -> tuple[list[int], list[int]]:
    """Return the bounds of the buckets in nanoseconds, ascending, and the number of latencies in each.

    A bucket goes from its lower bound up to, but without, the next; there is one bound more than buckets. Each bound is
    12 % above the one before: twenty to a power of ten. They begin with the fastest and end with the slowest. Without a
    latency there are no buckets.
    """
    if not len(latency_ns):
        return [], []
    first, last = (
        math.floor(BUCKETS_PER_DECADE * math.log10(max(1, ns))) for ns in (latency_ns.min(), latency_ns.max())
    )
    bounds = [math.ceil(10 ** (step / BUCKETS_PER_DECADE)) for step in range(first, last + 2)]
    counts, _ = np.histogram(np.maximum(latency_ns, 1), np.unique(bounds))
    return np.unique(bounds).tolist(), counts.tolist()
