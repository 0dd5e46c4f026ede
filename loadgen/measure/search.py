"""Which levels a run visits (behaviour section 2.9). Pure: a search is asked again after each level."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from loadgen.errors import ConfigError

Visited = Sequence[tuple[float, bool]]
"""The levels measured so far, in order, and whether the latency of each was within the limit (True without one).

Levels are numbers: whole ones of requests in flight, any above 0 of requests per second.
Unlike in perf_analyzer a level need not have become stable: its figures are there, and the search goes on with them.
"""


PRECISION = 0.05
"""The highest level is known when one that is so much higher does not hold."""

MOST_BELOW = 64
"""So many times lower than its start a search goes at most."""

_DECIMALS = 9
"""Of a level: 0.1 and 0.2 are 0.3, not a little more."""


class Search(Protocol):
    """What chooses the levels."""

    @property
    def needs_limit(self) -> bool:
        """Without a latency limit it would have no end, or no sense."""

    def next_level(self, visited: Visited) -> float | None:
        """Return the level to be measured next, None when the search is over."""


@dataclass(frozen=True)
class LinearSearch:
    """`start`, `start + step`, ... up to `end` at most (None: no end), and not beyond a level that is over the limit.

    One level is a search that ends where it starts. Raises ConfigError for a range that holds no level.
    """

    start: float
    end: float | None
    step: float = 1

    def __post_init__(self) -> None:
        _check(self.start, self.end, self.step)

    @property
    def needs_limit(self) -> bool:
        """A search without an end has to be stopped."""
        return self.end is None

    def next_level(self, visited: Visited) -> float | None:
        """Return the level above the last one, unless that was over the limit."""
        if not visited:
            return self.start
        last, is_within_limit = visited[-1]
        above = round(last + self.step, _DECIMALS)
        is_beyond = self.end is not None and above > self.end
        return None if is_beyond or not is_within_limit else above


@dataclass(frozen=True)
class GivenLevels:
    """These levels, in their order, and none after one that is over the limit. Raises ConfigError without any."""

    levels: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.levels:
            raise ConfigError("give at least one level")

    @property
    def needs_limit(self) -> bool:
        """They have an end."""
        return False

    def next_level(self, visited: Visited) -> float | None:
        """Return the level after those, unless the last one was over the limit."""
        is_over = bool(visited) and not visited[-1][1]
        return None if is_over or len(visited) == len(self.levels) else self.levels[len(visited)]


@dataclass(frozen=True)
class BinarySearch:
    """The highest level within the limit, from `start` to `end`, to `step` levels exactly.

    First `start`, which has to be within it, then `end`, which must not be; then the middle between the highest one
    within and the lowest one over, until these are no more than `step` apart. Raises ConfigError for a range that holds
    no level.
    """

    start: float
    end: float
    step: float = 1

    def __post_init__(self) -> None:
        _check(self.start, self.end, self.step)

    @property
    def needs_limit(self) -> bool:
        """There is nothing to be found without one."""
        return True

    def next_level(self, visited: Visited) -> float | None:
        """Return an end of the range that was not visited, then the middle of what is left of it."""
        if not visited:
            return self.start
        within = [level for level, is_within_limit in visited if is_within_limit]
        over = [level for level, is_within_limit in visited if not is_within_limit]
        if not within:
            return None
        if not over:
            return None if self.end in within else self.end
        highest, lowest = max(within), min(over)
        return _middle(highest, lowest) if lowest - highest > self.step else None


@dataclass(frozen=True)
class HighestLevel:
    """The highest level that holds, up to `end` (None: no end), to 5 % or one whole number.

    From `start` on each level is twice the one before until one does not hold, or half of it until one does; then the
    middle of what is left between the two. Raises ConfigError for a range that holds no level.
    """

    start: float
    end: float | None = None

    def __post_init__(self) -> None:
        _check(self.start, self.end, 1)

    @property
    def needs_limit(self) -> bool:
        """What has to hold is the caller's to say."""
        return False

    def next_level(self, visited: Visited) -> float | None:
        """Return the level that tells most of where the limit is, None when it is known well enough."""
        if not visited:
            return self.start
        holding, failing = (
            [level for level, holds in visited if holds],
            [level for level, holds in visited if not holds],
        )
        if not failing:
            return self._above(max(holding))
        if not holding:
            return self._below(min(failing))
        highest, lowest = max(holding), min(failing)
        middle = _middle(highest, lowest)
        is_known = lowest - highest <= PRECISION * highest or middle in (highest, lowest)
        return None if is_known else middle

    def _above(self, level: float) -> float | None:
        if level == self.end:
            return None
        return 2 * level if self.end is None else min(2 * level, self.end)

    def _below(self, level: float) -> float | None:
        lower = _middle(level, 0 * level)
        return lower if lower >= self.start / MOST_BELOW else None


def _middle(low: float, high: float) -> float:
    """Return the middle, which of whole numbers is one, too."""
    both = low + high
    return both // 2 if isinstance(both, int) else both / 2


def _check(start: float, end: float | None, step: float) -> None:
    if start <= 0:
        raise ConfigError(f"the start must be above 0, not {start}")
    if step <= 0:
        raise ConfigError(f"the step must be above 0, not {step}")
    if end is not None and end < start:
        raise ConfigError(f"the end must be at least the start ({start}), not {end}")
