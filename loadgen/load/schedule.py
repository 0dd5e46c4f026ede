"""The instants at which an open loop sends its requests: made before the run, from a seed of their own. Pure."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loadgen.load.modes import LoadShape, OpenLoad, Replay, RequestIntervals
from loadgen.load.shape import Phase
from loadgen.units import NS_PER_S

CONSTANT_SLOTS = 1_000
"""So many instants are rounded to nanoseconds before a constant schedule begins anew: half a nanosecond in all."""

SHAPE_STEP_S = 0.001
"""Within so short a time the rate of a shape is taken for constant."""

POISSON_SLOTS = 1 << 18
"""So many random gaps are drawn before they come again: the gaps of 52 s at 5000 requests a second."""


@dataclass(frozen=True, eq=False)
class Schedule:
    """When to send: `offsets_ns` from the start, ascending, int64, shape [requests].

    The same offsets come again `length_ns` later, and so on without end; None is an end.
    """

    offsets_ns: NDArray[np.int64]
    length_ns: int | None = None

    def instants_ns(self, start_ns: int) -> Iterator[int]:
        """Yield the instants of a schedule that begins at `start_ns`, each an absolute one."""
        offsets_ns = array("q", self.offsets_ns.tobytes())
        while True:
            for offset_ns in offsets_ns:
                yield start_ns + offset_ns
            if self.length_ns is None:
                return
            start_ns += self.length_ns


def schedule_of(load: OpenLoad) -> Schedule:
    """Return when the requests of a load are sent. Equal loads have equal schedules."""
    match load:
        case RequestIntervals():
            return from_intervals(load.intervals_ns)
        case Replay():
            return Schedule(np.array(load.offsets_ns, np.int64))
        case LoadShape():
            return shaped(load.phases, None if load.arrivals == "constant" else load.seed)
        case _:
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


def shaped(phases: Sequence[Phase], seed: int | None) -> Schedule:
    """Return the instants of rates that change: a Poisson process from a `seed`, or, without one, evenly spread.

    How many requests are due until an instant is the integral of the rate; a request is due where that reaches its
    number, or for a Poisson process the sum of so many exponential draws of mean 1 (time change; Cinlar, Introduction
    to Stochastic Processes, section 4.7).
    """
    ends_s = np.cumsum([phase.duration_s for phase in phases])
    starts_s = np.concatenate([[0.0], ends_s[:-1]])
    times_s, due = np.zeros(1), np.zeros(1)
    for phase, start_s in zip(phases, starts_s, strict=True):
        elapsed_s = np.linspace(0, phase.duration_s, 1 + max(1, round(phase.duration_s / SHAPE_STEP_S)))
        rates = _rates(phase, elapsed_s)
        added = np.cumsum((rates[1:] + rates[:-1]) / 2 * np.diff(elapsed_s))
        times_s, due = np.concatenate([times_s, start_s + elapsed_s[1:]]), np.concatenate([due, due[-1] + added])
    wanted = np.arange(1, int(due[-1] * (1 + 1e-12)) + 1) if seed is None else _exponential_sums(due[-1], seed)
    return Schedule(np.rint(np.interp(wanted, due, times_s) * NS_PER_S).astype(np.int64))


def _rates(phase: Phase, elapsed_s: NDArray[np.float64]) -> NDArray[np.float64]:
    if phase.period_s is None:
        way: NDArray[np.float64] = elapsed_s / phase.duration_s
    else:
        way = (1 - np.cos(2 * np.pi * elapsed_s / phase.period_s)) / 2
    return phase.start + (phase.end - phase.start) * way


def _exponential_sums(until: float, seed: int) -> NDArray[np.float64]:
    """Return the instants of a Poisson process of rate 1 up to one."""
    count = int(until + 10 * np.sqrt(until) + 10)  # more than it has, but once in a universe
    sums: NDArray[np.float64] = np.cumsum(np.random.default_rng(seed).exponential(1.0, count))
    return sums[sums <= until]
