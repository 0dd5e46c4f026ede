"""Latencies in buckets: any number of them in a fixed room, and percentiles at any time."""

import numpy as np
from numpy.typing import NDArray

from loadgen.measure.summary import percentile_rank

PER_DECADE = 231
"""Buckets of 1 %: what is drawn has three digits."""
_DECADES = 13


class Latencies:
    """A histogram that grows. Its figures are within half a per cent."""

    def __init__(self) -> None:
        self._counts = np.zeros(PER_DECADE * _DECADES, np.int64)
        self._total_ns = 0

    def __len__(self) -> int:
        """Return how many there are."""
        return int(self._counts.sum())

    def add(self, latency_ns: NDArray[np.int64]) -> None:
        """Count some more."""
        buckets = (np.log10(np.maximum(latency_ns, 1)) * PER_DECADE).astype(np.int64)
        self._counts += np.bincount(np.minimum(buckets, len(self._counts) - 1), minlength=len(self._counts))
        self._total_ns += int(latency_ns.sum())

    @property
    def average_ns(self) -> int:
        """The average; 0 without any."""
        return self._total_ns // max(1, len(self))

    def percentile_ns(self, percentile: float) -> int:
        """Return the middle of the bucket that holds a percentile; 0 without any."""
        count = len(self)
        return round(_bound_ns(self._bucket_of(percentile_rank(percentile, count)) + 0.5)) if count else 0

    def buckets(self) -> list[tuple[int, int]]:
        """Return (lower bound in ns, count) of the buckets, ascending, from the fastest latency on.

        They end with the slowest but one in a thousand, which alone would take half of a picture; those above are in
        the last bucket. Without latencies there are none.
        """
        if not len(self):
            return []
        first, last = self._bucket_of(0), self._bucket_of(percentile_rank(99.9, len(self)))
        counts = [*self._counts[first:last].tolist(), int(self._counts[last:].sum())]
        return [(round(_bound_ns(bucket)), held) for bucket, held in enumerate(counts, first)]

    def _bucket_of(self, rank: int) -> int:
        return int(np.searchsorted(np.cumsum(self._counts), rank, side="right"))


def _bound_ns(bucket: float) -> float:
    return float(10 ** (bucket / PER_DECADE))
