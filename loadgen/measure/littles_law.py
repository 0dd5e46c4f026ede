"""Little's law: requests in flight = requests per second x mean latency (Little, Operations Research 9 (3), 1961).

It is a check of the measurement itself, which says nothing of the server. In a closed loop the product has to be the
concurrency. Where it is less, slots were empty for a part of the time: the client was too slow to fill them again, or
there was no room for so many.
"""

from typing import TypeGuard

from loadgen.load.modes import Concurrency, LoadMode
from loadgen.measure.results import Summary

TOLERANCE = 0.05
"""Between an answer and the next request the client works for some tens of microseconds, which are no cause for alarm:
beside a model that takes a millisecond they are 3 to 4 %."""


def is_kept_full(load: LoadMode) -> TypeGuard[Concurrency]:
    """Whether a load is to have the same number in flight all the time."""
    return isinstance(load, Concurrency) and load.max_per_second is None


def mean_in_flight(figures: Summary) -> float:
    """Return how many requests were in flight on average, as throughput and latency have it."""
    return figures.request_count * figures.average_ns / figures.duration_ns


def holds(concurrency: int, figures: Summary) -> bool:
    """Whether these figures fit the concurrency within TOLERANCE, and what the edges of the windows may make of it.

    Each slot has a request that began before the first window and one that ended after the last. With requests that
    failed nothing can be said: they took slots, too, and have no latency. Nor of a decoupled model, whose latency ends
    before the slot is free.
    """
    if figures.failures or figures.is_decoupled or not figures.request_count:
        return True
    allowed = TOLERANCE + concurrency / figures.request_count
    return abs(mean_in_flight(figures) / concurrency - 1) <= allowed
