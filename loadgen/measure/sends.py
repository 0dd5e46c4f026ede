"""How an open loop kept to its plan: how many requests it sent, and why some of them were late."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from loadgen.units import NS_PER_MS

LATE_NS: Final = NS_PER_MS
"""A request that is sent later than this after its planned instant is delayed, as in perf_analyzer from 25.12 on."""

CLIENT: Final = "client"
"""The client was busy, or was not woken in time."""
IN_FLIGHT: Final = "in-flight limit"
"""As many requests were in flight as there may be."""
CONNECTION: Final = "connection"
"""No connection had room: the server took no more on them, or none was open."""


@dataclass(frozen=True)
class Sends:
    """So many requests were sent, and so many of these `delayed`, by what held them back."""

    count: int = 0
    delayed: Mapping[str, int] = field(default_factory=dict)

    @property
    def delayed_count(self) -> int:
        """All that were delayed."""
        return sum(self.delayed.values())

    @property
    def delayed_share(self) -> float:
        """From 0 to 1."""
        return self.delayed_count / self.count if self.count else 0.0


def added(parts: Iterable[Sends]) -> Sends:
    """Return the sum of all parts."""
    count, delayed = 0, dict[str, int]()
    for part in parts:
        count += part.count
        for cause, number in part.delayed.items():
            delayed[cause] = delayed.get(cause, 0) + number
    return Sends(count, delayed)
