"""Triton's own account of a model: the counters of its statistics extension (behaviour section 4)."""

from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True)
class Spent:
    """How often the server did something, and the time it took in all."""

    count: int = 0
    total_ns: int = 0

    @property
    def average_us(self) -> int:
        """Whole microseconds per count, 0 without a count."""
        return self.total_ns // (self.count * 1000) if self.count else 0

    def __add__(self, other: Self) -> "Spent":
        return Spent(self.count + other.count, self.total_ns + other.total_ns)

    def __sub__(self, other: Self) -> "Spent":
        return Spent(self.count - other.count, self.total_ns - other.total_ns)


@dataclass(frozen=True)
class ServerStatistics:
    """Cumulative counters of one model version; the difference of two is what happened between them."""

    inference_count: int = 0
    execution_count: int = 0
    success: Spent = Spent()
    queue: Spent = Spent()
    compute_input: Spent = Spent()
    compute_infer: Spent = Spent()
    compute_output: Spent = Spent()
    cache_hit: Spent = Spent()
    cache_miss: Spent = Spent()

    @property
    def response_cache(self) -> bool:
        """Whether requests went by way of the response cache: then each of them is a hit or a miss."""
        return self.cache_hit.count + self.cache_miss.count > 0

    @property
    def compute(self) -> Spent:
        """The three compute steps of the requests that were computed; they share one count."""
        steps_ns = self.compute_input.total_ns + self.compute_infer.total_ns + self.compute_output.total_ns
        return Spent(self.compute_infer.count, steps_ns)

    @property
    def cache_and_compute(self) -> Spent:
        """What it took to get an answer, looked up or computed; without a response cache the same as `compute`."""
        answers_ns = self.cache_hit.total_ns + self.cache_miss.total_ns + self.compute.total_ns
        return Spent(self.compute.count + self.cache_hit.count, answers_ns)

    @property
    def cache_miss_us(self) -> int:
        """The average of a request that was not in the cache: lookup and insertion, and the compute steps."""
        return self.cache_miss.average_us + self.compute.average_us

    @property
    def overhead_us(self) -> int:
        """The part of the average request latency that neither queue nor answer explains, at least 0."""
        explained_us = self.queue.average_us + self.cache_and_compute.average_us
        return max(0, self.success.average_us - explained_us)

    def __add__(self, other: Self) -> "ServerStatistics":
        return ServerStatistics(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    def __sub__(self, other: Self) -> "ServerStatistics":
        return ServerStatistics(**{f.name: getattr(self, f.name) - getattr(other, f.name) for f in fields(self)})
