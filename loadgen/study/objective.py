"""What makes a level, and with it a configuration, the best. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from loadgen.errors import ConfigError
from loadgen.measure.judgement import judge
from loadgen.measure.results import LevelResult
from loadgen.measure.threshold import Threshold, threshold
from loadgen.units import NS_PER_US

FIGURES = ("throughput", "average", "p50", "p90", "p95", "p99")


@dataclass(frozen=True)
class Objective:
    """The figure to be as high (throughput) or as low (a latency) as possible, at a level that keeps all `limits`.

    Raises ConfigError for another figure.
    """

    figure: str = "throughput"
    limits: tuple[Threshold, ...] = ()

    def __post_init__(self) -> None:
        if self.figure not in FIGURES:
            raise ConfigError(f"{self.figure}: give {', '.join(FIGURES[:-1])} or {FIGURES[-1]}")

    def subject_to(self, *limits: str) -> "Objective":
        """Return the same with more limits, such as `p99<5ms`, `throughput>1000` or `errors<1%`. Raises ConfigError."""
        return replace(self, limits=(*self.limits, *map(threshold, limits)))

    @property
    def is_maximum(self) -> bool:
        """Whether more is better."""
        return self.figure == "throughput"

    @property
    def unit(self) -> str:
        """The unit in which the figure is shown."""
        return "infer/s" if self.is_maximum else "us"

    def in_unit(self, value: float) -> float:
        """Return a value of the figure in that unit."""
        return value if self.is_maximum else value / NS_PER_US

    def value(self, level: LevelResult) -> float:
        """Return the figure of a level: inferences per second, or nanoseconds."""
        if self.figure == "throughput":
            return level.summary.throughput
        if self.figure == "average":
            return level.summary.average_ns
        return level.summary.percentiles_ns[int(self.figure.removeprefix("p"))]

    def best(self, levels: Sequence[LevelResult]) -> LevelResult | None:
        """Return the best of the stable levels that keep the limits, or of all that do if none of them is stable.

        None without a level that has figures and keeps the limits. A percentile of too few requests keeps none.
        """
        measured = [level for level in levels if level.summary.request_count and self._allows(level)]
        candidates = [level for level in measured if level.verdict.stable] or measured
        if not candidates:
            return None
        return max(candidates, key=self.value) if self.is_maximum else min(candidates, key=self.value)

    def _allows(self, level: LevelResult) -> bool:
        return all(judgement.holds for judgement in judge(level, self.limits))
