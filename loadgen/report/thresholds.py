"""What thresholds made of the levels, in words."""

from collections.abc import Iterator, Sequence

from loadgen.measure.judgement import judge
from loadgen.measure.results import LevelResult
from loadgen.measure.threshold import Threshold


def thresholds_text(levels: Sequence[LevelResult], thresholds: Sequence[Threshold]) -> str:
    """Return the lines for standard output: whether each level keeps to each threshold, below a title."""
    judged = ((level.load, judgement) for level in levels for judgement in judge(level, thresholds))
    words = {True: "holds", False: "FAILS"}
    lines = (f"{load.title}: {load.value:g}, {words[one.holds]}: {one.sentence}" for load, one in judged)
    return "\n".join(["Thresholds", *lines])


def failed_thresholds(levels: Sequence[LevelResult], thresholds: Sequence[Threshold]) -> Iterator[str]:
    """Yield a line for standard error for each threshold to which a level does not keep, or all without a level."""
    for threshold in thresholds:
        failed = [level.load for level in levels if not judge(level, [threshold])[0].holds]
        if failed:
            values = ", ".join(f"{load.value:g}" for load in failed)
            yield f"--assert {threshold} fails at {failed[0].title.lower()} {values}"
        elif not levels:
            yield f"--assert {threshold} fails: nothing was measured"
