"""What happened when: the requests of a run in bins of half a second of measured time."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loadgen.measure.summary import percentile_rank
from loadgen.units import NS_PER_S

BIN_NS = NS_PER_S // 2
KEPT = 1024
"""More than twice the columns of any terminal, in each of which two bins are drawn."""
ENOUGH = 10
"""So many requests make a point that says something."""
MOST_BINS = 8


@dataclass(frozen=True)
class Bin:
    """So many requests ended, and this was the slowest of a hundred of them; None without any."""

    count: float
    p99_ns: int | None


class Timeline:
    """The last bins, the youngest last. Instants are nanoseconds since the first window began, without any pause."""

    def __init__(self) -> None:
        self._bins: deque[Bin] = deque(maxlen=KEPT)
        self._end_ns = BIN_NS
        self._open: list[NDArray[np.int64]] = []

    def add(self, end_ns: NDArray[np.int64], latency_ns: NDArray[np.int64], now_ns: int) -> None:
        """Take the requests that ended since the last call, in order of their ends, none after now."""
        while now_ns >= self._end_ns:
            cut = int(np.searchsorted(end_ns, self._end_ns))
            self._open.append(latency_ns[:cut])
            self._bins.append(_bin(np.concatenate(self._open)))
            end_ns, latency_ns = end_ns[cut:], latency_ns[cut:]
            self._open, self._end_ns = [], self._end_ns + BIN_NS
        self._open.append(latency_ns)

    @property
    def bins(self) -> tuple[Bin, ...]:
        """The bins that are over."""
        return tuple(self._bins)


def smoothed(bins: Sequence[Bin]) -> list[Bin]:
    """Return bins of which each is the mean, and the slowest, of the last few, if one alone holds too few requests."""
    per_bin = sum(one.count for one in bins) / max(1, len(bins))
    span = MOST_BINS if per_bin * MOST_BINS < ENOUGH else math.ceil(ENOUGH / per_bin)
    return [_joined(bins[max(0, end - span) : end]) for end in range(1, len(bins) + 1)]


def _joined(bins: Sequence[Bin]) -> Bin:
    known = [one.p99_ns for one in bins if one.p99_ns is not None]
    return Bin(sum(one.count for one in bins) / len(bins), max(known, default=None))


def _bin(latency_ns: NDArray[np.int64]) -> Bin:
    if not len(latency_ns):
        return Bin(0, None)
    rank = percentile_rank(99, len(latency_ns))
    return Bin(len(latency_ns), int(np.partition(latency_ns, rank)[rank]))
