"""The answer of a search for the highest level that keeps to a condition, in words."""

from collections.abc import Sequence

from loadgen.measure.capacity import Kept, kept
from loadgen.measure.confidence import requests_needed
from loadgen.measure.early_stopping import CONFIDENCE
from loadgen.measure.results import LevelResult
from loadgen.measure.threshold import Threshold


def find_max_text(levels: Sequence[LevelResult], condition: Threshold) -> str:
    """Return a line for each level, in the order of their numbers, and the answer below; there is at least one."""
    ascending = sorted(levels, key=lambda level: level.load.value)
    judged = [(level, kept(level, condition)) for level in ascending]
    lines = (f"{level.load}: {_told(found, condition)}" for level, found in judged)
    return "\n".join([f"Highest level with {condition}", *lines, _answer(judged, condition)])


def has_answer(levels: Sequence[LevelResult], condition: Threshold) -> bool:
    """Whether a level holds the condition."""
    return any(kept(level, condition).holds for level in levels)


def _told(found: Kept, condition: Threshold) -> str:
    if found.figure is not None:
        return f"{condition.figure} {found.figure:.4g} {condition.unit}, {'holds' if found.holds else 'does not hold'}"
    needed = "" if condition.percentile is None else f", {requests_needed(condition.percentile)} requests needed"
    return f"{condition.figure} not known{needed}"


def _answer(judged: Sequence[tuple[LevelResult, Kept]], condition: Threshold) -> str:
    holding = [level.load for level, found in judged if found.holds]
    if not holding:
        return f"No level holds {condition}."
    best = holding[-1]
    beyond = [level.load for level, found in judged if not found.may_be_exceeded and level.load.value > best.value]
    told = f"{beyond[0].value:g} does not" if beyond else "no higher one was measured"
    confidence = "" if condition.percentile is None else f", with a confidence of {CONFIDENCE:.0%} (early stopping)"
    return f"{best} is the highest level that holds {condition}{confidence}; {told}."
