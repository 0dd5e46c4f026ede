"""The levels of --concurrency-range, or of --request-rate-range."""

from dataclasses import dataclass, field

from loadgen.errors import ConfigError
from loadgen.measure.search import BinarySearch, HighestLevel, LinearSearch, Search

NO_LIMIT = 0
"""The end of a range that goes on until the latency limit is reached."""

_NO_RANGE = (None, 1)  # perf_analyzer's default end is 1, so that 4:1 and 4 are the same to it


@dataclass(frozen=True)
class LevelRange:
    """START[:END[:STEP]] as typed (behaviour sections 1.2 and 2.9): without an end a single level."""

    start: float = 1
    end: float | None = None
    step: float = 1
    option: str = field(default="--concurrency-range", kw_only=True)

    def __str__(self) -> str:
        parts = [self.start, *([] if self.end is None else [self.end]), *([] if self.step == 1 else [self.step])]
        return ":".join(f"{part:.12g}" for part in parts)

    @property
    def is_single(self) -> bool:
        """Whether it is one level, and no range."""
        return self.end in _NO_RANGE

    @property
    def limit(self) -> float | None:
        """The highest level of a range, as perf_analyzer's banner has it; None for a single level, or no end."""
        return None if self.is_single or self.end == NO_LIMIT else self.end

    @property
    def numbers(self) -> range:
        """All levels of a range of whole ones with an end, or the single one."""
        return range(int(self.start), int(self.limit or self.start) + 1, int(self.step))

    @property
    def highest(self) -> HighestLevel:
        """What looks for the highest level that holds. Raises ConfigError for a range that has none."""
        try:
            return HighestLevel(self.start, self.limit)
        except ConfigError as error:
            raise ConfigError(f"{self.option} {self}: {error}") from None

    def search(self, *, binary: bool = False) -> Search:
        """Return what visits the levels. Raises ConfigError for a range that holds none, or none to be halved."""
        try:
            return self._binary() if binary else self._linear()
        except ConfigError as error:
            raise ConfigError(f"{self.option} {self}: {error}") from None

    def _linear(self) -> LinearSearch:
        if self.end == NO_LIMIT:
            return LinearSearch(self.start, None, self.step)
        return LinearSearch(self.start, self.start if self.is_single else self.end, self.step)

    def _binary(self) -> BinarySearch:
        if self.limit is None:
            raise ConfigError("--binary-search needs START:END, a range with an end")
        return BinarySearch(self.start, self.limit, self.step)
