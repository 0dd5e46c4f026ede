"""Failed requests as data: how many of which kind, and how many are too many."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from loadgen.errors import ConfigError


@dataclass(frozen=True)
class FailureCount:
    """So many requests failed in one way. `example` is what the first of them was told, without the kind."""

    count: int
    example: str


Failures = Mapping[str, FailureCount]
"""Failed requests by kind."""


def merged(parts: Iterable[Failures]) -> dict[str, FailureCount]:
    """Return the failures of all parts; the first example of each kind stays."""
    total: dict[str, FailureCount] = {}
    for part in parts:
        for kind, failed in part.items():
            known = total.get(kind, FailureCount(0, failed.example))
            total[kind] = FailureCount(known.count + failed.count, known.example)
    return total


def failed_count(failures: Failures) -> int:
    """Return how many requests failed."""
    return sum(failed.count for failed in failures.values())


def most_frequent(failures: Failures) -> str:
    """Return the most frequent kind with its example, `[UNAVAILABLE] going down`; `failures` must not be empty."""
    kind = max(failures, key=lambda kind: failures[kind].count)
    return described(kind, failures[kind])


def described(kind: str, failed: FailureCount) -> str:
    """Return a kind and its example as they are written everywhere: `[UNAVAILABLE] going down`."""
    return f"[{kind}] {failed.example}".rstrip()


@dataclass(frozen=True)
class ErrorLimit:
    """So many failed requests are tolerated: a `count`, or a `rate` of those that ended (0.01 is 1 %).

    Raises ConfigError unless exactly one of them is given, and sensible.
    """

    count: int | None = None
    rate: float | None = None

    def __post_init__(self) -> None:
        if (self.count is None) == (self.rate is None):
            raise ConfigError("ErrorLimit: give either count or rate")
        if self.count is not None and self.count < 0:
            raise ConfigError(f"ErrorLimit(count={self.count}): at least 0")
        if self.rate is not None and not 0 <= self.rate <= 1:
            raise ConfigError(f"ErrorLimit(rate={self.rate}): from 0 to 1")

    def __str__(self) -> str:
        return str(self.count) if self.rate is None else f"{self.rate * 100:g}%"

    def is_exceeded(self, failed: int, ended: int) -> bool:
        """Whether `failed` of `ended` requests are too many."""
        if self.rate is None:
            return failed > (self.count or 0)
        # A quotient is rounded correctly, a product is not: 29 of 100 are not more than 0.29.
        return failed > 0 and failed / ended > self.rate
