"""The instants at which an open loop sends its requests: made before the run, from a seed of their own. Pure."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loadgen.load.modes import OpenLoad, RequestIntervals
from loadgen.units import NS_PER_S

CONSTANT_SLOTS = 1_000
"""So many instants are rounded to nanoseconds before a constant schedule begins anew: half a nanosecond in all."""

POISSON_SLOTS = 1 << 18
"""So many random gaps are drawn before they come again: the gaps of 52 s at 5000 requests a second."""


@dataclass(frozen=True, eq=False)
class Schedule:
    """When to send: `offsets_ns` from the start, ascending, int64, shape [requests], at least one.

    The same offsets come again `length_ns` later, and so on without end.
    """

    offsets_ns: NDArray[np.int64]
    length_ns: int

    def instants_ns(self, start_ns: int) -> Iterator[int]:
        """Yield the instants of a schedule that begins at `start_ns`, each an absolute one."""
        offsets_ns = array("q", self.offsets_ns.tobytes())
        while True:
            for offset_ns in offsets_ns:
                yield start_ns + offset_ns
            start_ns += self.length_ns


def schedule_of(load: OpenLoad) -> Schedule:
    """Return when the requests of a load are sent. Equal loads have equal schedules."""
    if isinstance(load, RequestIntervals):
        return from_intervals(load.intervals_ns)
    return poisson(load.per_second, load.seed) if load.arrivals == "poisson" else constant(load.per_second)


def constant(per_second: float) -> Schedule:
    """Return instants that are equally far apart, the first one such a period after the start."""
    offsets_ns = np.rint(np.arange(1, CONSTANT_SLOTS + 1) * (NS_PER_S / per_second)).astype(np.int64)
    return Schedule(offsets_ns, int(offsets_ns[-1]))


def poisson(per_second: float, seed: int) -> Schedule:
    """Return the instants of a Poisson process: gaps are independent, and exponential with the mean 1 / `per_second`.

    Rates have different gaps, not the same ones scaled, though they share a seed.
    """
    draws = np.random.default_rng((seed, int(np.float64(per_second).view(np.uint64))))
    return from_intervals(draws.exponential(NS_PER_S / per_second, POISSON_SLOTS))


def from_intervals(intervals_ns: Sequence[int] | NDArray[np.float64]) -> Schedule:
    """Return instants so far apart, the first interval before the first request; after the last they come again."""
    offsets_ns = np.rint(np.cumsum(intervals_ns)).astype(np.int64)
    return Schedule(offsets_ns, int(offsets_ns[-1]))
