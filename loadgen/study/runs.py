"""One configuration measured once, at all levels."""

from dataclasses import dataclass

from loadgen.measure.results import LevelResult
from loadgen.study.axes import Settings


@dataclass(frozen=True)
class Run:
    """What came of a configuration: its levels in order, or `failed`, the words of why it could not be measured.

    `number` counts the runs of a study from 1. With words the levels are those that were measured before.
    """

    number: int
    settings: Settings
    levels: tuple[LevelResult, ...] = ()
    failed: str = ""

    @property
    def is_measured(self) -> bool:
        """Whether it has figures, and went to its end."""
        return bool(self.levels) and not self.failed
