"""When requests are sent: one frozen class for each load mode, checked when it is built.

Each has a `title` for people, a `mode` for files, and a `value`: the number by which its levels differ.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from loadgen.errors import ConfigError
from loadgen.units import NS_PER_S

if TYPE_CHECKING:
    from loadgen.load.shape import Phase


@dataclass(frozen=True)
class Concurrency:
    """The closed loop: this many requests are in flight all the time; the next is sent when one ends.

    With `max_per_second` it waits as well until no more than so many are sent in any second. Raises ConfigError for
    less than one in flight, and for a ceiling that is not above 0.
    """

    title: ClassVar = "Concurrency"
    mode: ClassVar = "concurrency"

    in_flight: int
    max_per_second: float | None = None

    def __post_init__(self) -> None:
        if self.in_flight < 1:
            raise ConfigError(f"Concurrency({self.in_flight}): at least one request has to be in flight")
        if self.max_per_second is not None and not 0 < self.max_per_second < math.inf:
            raise ConfigError(f"max_per_second={self.max_per_second}: requests per second have to be above 0")

    def __str__(self) -> str:
        return f"{self.title} {self.in_flight}"

    @property
    def value(self) -> int:
        """The requests in flight."""
        return self.in_flight


@dataclass(frozen=True)
class PeriodicConcurrency:
    """Requests to a decoupled model that join those before while they are answered (behaviour section 2.5).

    `start` are sent at once, and `step` more each time that all of the latest have had `period` responses, until `end`
    are sent in all; none takes the place of another. A request that ends with fewer responses holds nobody up. Raises
    ConfigError for numbers below 1, and for an `end` that is no whole number of steps above the start.
    """

    title: ClassVar = "Concurrency"
    mode: ClassVar = "periodic_concurrency"

    start: int
    end: int
    step: int = 1
    period: int = 10

    def __post_init__(self) -> None:
        if min(self.start, self.step, self.period) < 1:
            raise ConfigError("PeriodicConcurrency: start, step and period have to be at least 1")
        if self.end < self.start or (self.end - self.start) % self.step:
            raise ConfigError("PeriodicConcurrency: the end has to be the start, or whole steps above it")

    def __str__(self) -> str:
        return f"Periodic concurrency {self.start}:{self.end}:{self.step}, period {self.period}"

    @property
    def value(self) -> int:
        """The requests that are sent in all, which is how many are in flight at most."""
        return self.end


@dataclass(frozen=True)
class RequestRate:
    """An open loop: so many requests are sent per second, whatever becomes of those before.

    `arrivals` says how: one period apart, or as a Poisson process whose gaps are drawn from `seed`. With
    `max_in_flight` a request that is due waits until fewer are in flight; None lets any number be. Raises ConfigError
    for a rate that is not above 0, and for a limit below one.
    """

    title: ClassVar = "Request Rate"
    mode: ClassVar = "request_rate"

    per_second: float
    arrivals: Literal["constant", "poisson"] = "constant"
    seed: int = 0
    max_in_flight: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.per_second < math.inf:
            raise ConfigError(f"RequestRate({self.per_second}): requests per second have to be above 0")
        if self.arrivals not in ("constant", "poisson"):
            raise ConfigError(f"RequestRate(arrivals={self.arrivals!r}): constant or poisson")
        if self.seed < 0:
            raise ConfigError(f"RequestRate(seed={self.seed}): at least 0")
        _check_limit(self.max_in_flight)

    def __str__(self) -> str:
        return f"{self.title} {self.per_second:g}"

    @property
    def value(self) -> float:
        """The requests per second."""
        return float(self.per_second)


@dataclass(frozen=True)
class RequestIntervals:
    """An open loop whose requests are `intervals_ns` apart, the first interval before the first one, over and over.

    `max_in_flight` is that of `RequestRate`. Raises ConfigError for intervals below 0, and without one above it.
    """

    title: ClassVar = "Request Rate"
    mode: ClassVar = "request_rate"

    intervals_ns: tuple[int, ...]
    max_in_flight: int | None = None

    def __post_init__(self) -> None:
        if min(self.intervals_ns, default=0) < 0 or not sum(self.intervals_ns):
            raise ConfigError("RequestIntervals: give intervals of at least 0 ns, and one above it")
        _check_limit(self.max_in_flight)

    def __str__(self) -> str:
        return "Request intervals"

    @property
    def per_second(self) -> float:
        """The requests per second, on average."""
        return len(self.intervals_ns) * NS_PER_S / sum(self.intervals_ns)

    @property
    def value(self) -> float:
        """The requests per second, in whole ones, as perf_analyzer has it (behaviour section 2.4)."""
        return float(len(self.intervals_ns) * NS_PER_S // sum(self.intervals_ns))


@dataclass(frozen=True)
class LoadShape:
    """An open loop whose rate changes, as `text` says (`loadgen.load.shape`), and which ends with its last phase.

    `arrivals`, `seed` and `max_in_flight` are those of `RequestRate`. Raises ConfigError for another text.
    """

    title: ClassVar = "Request Rate"
    mode: ClassVar = "shape"

    text: str
    arrivals: Literal["constant", "poisson"] = "constant"
    seed: int = 0
    max_in_flight: int | None = None

    def __post_init__(self) -> None:
        _ = self.phases
        _check_limit(self.max_in_flight)

    def __str__(self) -> str:
        return f"Load {self.text}"

    @property
    def phases(self) -> "tuple[Phase, ...]":
        """What the text stands for."""
        from loadgen.load.shape import phases_of  # noqa: PLC0415 - few loads have one, and `import loadgen` is quick

        return phases_of(self.text)

    @property
    def per_second(self) -> float:
        """The requests per second, on average."""
        duration_s = sum(phase.duration_s for phase in self.phases)
        return sum((phase.start + phase.end) / 2 * phase.duration_s for phase in self.phases) / duration_s

    @property
    def value(self) -> float:
        """The requests per second, on average."""
        return self.per_second


@dataclass(frozen=True)
class Replay:
    """An open loop that sends at recorded instants, `offsets_ns` after the start and ascending, and then ends.

    `max_in_flight` is that of `RequestRate`. Raises ConfigError for instants that do not ascend from 0 on, or none.
    """

    title: ClassVar = "Request Rate"
    mode: ClassVar = "replay"

    offsets_ns: tuple[int, ...]
    max_in_flight: int | None = None

    def __post_init__(self) -> None:
        if not self.offsets_ns or self.offsets_ns[0] < 0 or list(self.offsets_ns) != sorted(self.offsets_ns):
            raise ConfigError("Replay: give instants of at least 0 ns, in ascending order")
        _check_limit(self.max_in_flight)

    def __str__(self) -> str:
        return f"Replay of {len(self.offsets_ns)} requests"

    @property
    def per_second(self) -> float:
        """The requests per second, on average, from the first to the last one."""
        return len(self.offsets_ns) * NS_PER_S / max(1, self.offsets_ns[-1] - self.offsets_ns[0])

    @property
    def value(self) -> float:
        """The requests per second, on average."""
        return self.per_second


@dataclass(frozen=True)
class FixedSchedule(Replay):
    """A replay of the timestamps in the input data, each step at its own (behaviour section 2.6).

    `warmup_offsets_ns` are those of the first steps, which warm up and do not count: they are sent before, from a start
    of their own.
    """

    mode: ClassVar = "fixed_schedule"

    warmup_offsets_ns: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"Fixed schedule of {len(self.offsets_ns)} requests"

    @property
    def value(self) -> float:
        """What perf_analyzer calls the rate of every fixed schedule."""
        return 1.0

    @property
    def warm_up(self) -> Replay:
        """The load that warms up. Raises ConfigError where there is none."""
        return Replay(self.warmup_offsets_ns, self.max_in_flight)


FiniteLoad = PeriodicConcurrency | LoadShape | Replay
"""A load that ends by itself."""

OpenLoad = RequestRate | RequestIntervals | LoadShape | Replay
"""A load with planned instants."""
LoadMode = Concurrency | PeriodicConcurrency | OpenLoad


def _check_limit(max_in_flight: int | None) -> None:
    if max_in_flight is not None and max_in_flight < 1:
        raise ConfigError(f"max_in_flight={max_in_flight}: at least one request has to be let in flight")
