"""The answer of a search for the highest level that keeps to a condition: as a value, and in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from loadgen.load.modes import LoadMode
from loadgen.measure.capacity import Kept, highest, kept
from loadgen.measure.confidence import requests_needed
from loadgen.measure.early_stopping import CONFIDENCE
from loadgen.measure.results import LevelResult
from loadgen.measure.threshold import Threshold
from loadgen.report.report import Report


@dataclass(frozen=True)
class Capacity:
    """The highest load that keeps to a condition, as `find_max` has found it.

    The levels that it visited are those of the `report`, in that order. Its text is that of the command line's
    `--find-max`: a line for each level, and the answer.
    """

    condition: Threshold
    report: Report

    @property
    def load(self) -> LoadMode | None:
        """The highest load that holds the condition; None if none does."""
        return None if self.level is None else self.level.load

    @property
    def level(self) -> LevelResult | None:
        """What was measured at that load."""
        return highest(self.report.levels, self.condition).level

    @property
    def beyond(self) -> LoadMode | None:
        """The lowest load above it that does not hold the condition; None if no higher one was measured."""
        beyond = highest(self.report.levels, self.condition).beyond
        return None if beyond is None else beyond.load

    @property
    def confidence(self) -> float | None:
        """How sure it is, of 1, that the percentile holds (MLPerf's early stopping); None of a figure that is none."""
        return None if self.condition.percentile is None else CONFIDENCE

    def __str__(self) -> str:
        return find_max_text(self.report.levels, self.condition)


def find_max_text(levels: Sequence[LevelResult], condition: Threshold) -> str:
    """Return a line for each level, in the order of their numbers, and the answer below."""
    ascending = sorted(levels, key=lambda level: level.load.value)
    lines = (f"{level.load}: {_told(kept(level, condition), condition)}" for level in ascending)
    return "\n".join([f"Highest level with {condition}", *lines, _answer(levels, condition)])


def _told(found: Kept, condition: Threshold) -> str:
    if found.figure is not None:
        verdict = "holds" if found.holds else "does not hold"
        why = ": fewer are answered than sent" if condition.allows(found.figure) and not found.holds else ""
        return f"{condition.figure} {found.figure:.4g} {condition.unit}, {verdict}{why}"
    needed = "" if condition.percentile is None else f", {requests_needed(condition.percentile)} requests needed"
    return f"{condition.figure} not known{needed}"


def _answer(levels: Sequence[LevelResult], condition: Threshold) -> str:
    found = highest(levels, condition)
    if found.level is None:
        return f"No level holds {condition}."
    told = "no higher one was measured" if found.beyond is None else f"{found.beyond.load.value:g} does not"
    confidence = "" if condition.percentile is None else f", with a confidence of {CONFIDENCE:.0%} (early stopping)"
    return f"{found.level.load} is the highest level that holds {condition}{confidence}; {told}."
