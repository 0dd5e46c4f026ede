"""Triton's own account of a model: the counters of its statistics extension (behaviour section 4)."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from operator import add, sub
from typing import Any, Self

from loadgen.units import whole_us

ModelVersion = tuple[str, str]
"""The name of a model, and which version of it."""

_COUNTERS = (
    "inference_count",
    "execution_count",
    "success",
    "queue",
    "compute_input",
    "compute_infer",
    "compute_output",
    "cache_hit",
    "cache_miss",
)


@dataclass(frozen=True)
class Spent:
    """How often the server did something, and the time it took in all."""

    count: int = 0
    total_ns: int = 0

    @property
    def average_us(self) -> int:
        """Whole microseconds per count, 0 without a count."""
        return whole_us(self.average_ns)

    @property
    def average_ns(self) -> int:
        """Whole nanoseconds per count, 0 without a count."""
        return self.total_ns // self.count if self.count else 0

    def __add__(self, other: Self) -> "Spent":
        return Spent(self.count + other.count, self.total_ns + other.total_ns)

    def __sub__(self, other: Self) -> "Spent":
        return Spent(self.count - other.count, self.total_ns - other.total_ns)


@dataclass(frozen=True)
class ServerStatistics:
    """Cumulative counters of one model version; the difference of two is what happened between them.

    `composing` are those of the models that an ensemble, or a model that calls others (BLS), is composed of: of each
    model all the versions that the server has, since only the difference shows which of them was asked.
    """

    inference_count: int = 0
    execution_count: int = 0
    success: Spent = Spent()
    queue: Spent = Spent()
    compute_input: Spent = Spent()
    compute_infer: Spent = Spent()
    compute_output: Spent = Spent()
    cache_hit: Spent = Spent()
    cache_miss: Spent = Spent()
    composing: Mapping[ModelVersion, "ServerStatistics"] = field(default_factory=dict)

    @property
    def parts(self) -> Mapping[ModelVersion, "ServerStatistics"]:
        """The composing models, each in the versions that were asked; the latest one of a model that was not."""
        latest = dict(sorted(self.composing, key=lambda model: version_rank(model[1])))
        asked = {name for (name, _), part in self.composing.items() if part.success.count}
        return {
            (name, version): part
            for (name, version), part in self.composing.items()
            if part.success.count or (name not in asked and version == latest[name])
        }

    @property
    def response_cache(self) -> bool:
        """Whether requests went by way of the response cache, here or on their way through the composing models."""
        return self.is_cached or any(part.response_cache for part in self.composing.values())

    @property
    def is_cached(self) -> bool:
        """Whether the answers themselves are kept in the response cache: then each request is a hit or a miss."""
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

    # Averages. Those of a model that is composed of others are theirs together, as in perf_analyzer: the sum over the
    # composing models, whatever the number of times that a request goes through one of them.

    @property
    def queue_us(self) -> int:
        """The average time in the queue."""
        return self._over_parts(lambda one: one.queue_us) if self.composing else self.queue.average_us

    @property
    def answer_us(self) -> int:
        """The average time to look an answer up or to compute it."""
        return self._over_parts(lambda one: one.answer_us) if self.composing else self.cache_and_compute.average_us

    @property
    def cache_hit_us(self) -> int:
        """The average of a request that was in the cache."""
        if self.is_cached or not self.composing:
            return self.cache_hit.average_us
        return self._over_parts(lambda one: one.cache_hit_us)

    @property
    def cache_miss_us(self) -> int:
        """The average of a request that was not in the cache: lookup and insertion, and the compute steps."""
        computing_us = self._over_parts(lambda one: one.cache_miss_us) if self.composing else self.compute.average_us
        return self.cache_miss.average_us + computing_us

    @property
    def overhead_us(self) -> int:
        """The part of the average request latency that neither queue nor answer explains, at least 0."""
        return max(0, self.success.average_us - self.queue_us - self.answer_us)

    @property
    def went_back(self) -> bool:
        """Whether this is no difference, because the server, or one of the models, was started anew meanwhile."""
        return self.success.count < 0 or any(part.went_back for part in self.composing.values())

    def __add__(self, other: Self) -> "ServerStatistics":
        return self._combined(add, other)

    def __sub__(self, other: Self) -> "ServerStatistics":
        return self._combined(sub, other)

    def _combined(self, operation: Callable[[Any, Any], Any], other: Self) -> "ServerStatistics":
        nothing = ServerStatistics()
        keys = {**self.composing, **other.composing}
        return ServerStatistics(
            **{name: operation(getattr(self, name), getattr(other, name)) for name in _COUNTERS},
            composing={
                key: operation(self.composing.get(key, nothing), other.composing.get(key, nothing)) for key in keys
            },
        )

    def _over_parts(self, figure: Callable[["ServerStatistics"], int]) -> int:
        return sum(figure(part) for part in self.parts.values())


def together(models: Collection[ServerStatistics | None]) -> ServerStatistics | None:
    """Return what several models, at least one, did together.

    None if it is not known of one of them, or one is composed of others: then there is no average of both kinds.
    """
    known = [one for one in models if one is not None]
    if len(known) < len(models) or (len(known) > 1 and any(one.composing for one in known)):
        return None
    return sum(known[1:], known[0])


def version_rank(version: str) -> tuple[int, str]:
    """Return what orders versions: 10 comes after 9; other servers have versions that are not numbers."""
    return len(version), version
