"""What the exit code tells (behaviour section 0)."""

from collections.abc import Sequence

from loadgen.measure.results import LevelResult

UNSTABLE = 2
THRESHOLD_FAILED = 5


def exit_code(
    levels: Sequence[LevelResult],
    *,
    interrupted: bool,
    binary_search: bool = False,
    threshold_failed: bool = False,
) -> int:
    """Return the exit code of a run that measured `levels`, in order, and ended without an error.

    0: measured, or stopped by the user. 2: the first level never became stable; later ones may be unstable, and in a
    `binary_search`, or another one for the highest level, the first as well, as in perf_analyzer. Errors carry a code
    of their own (`LoadgenError.exit_code`): 3 for an empty window, else 99.

    5: a level did not keep to a threshold, or none to the condition of a search. It goes before 2, so that who
    tolerates unstable figures still sees it, and before the 0 of a run that was stopped.
    """
    if threshold_failed:
        return THRESHOLD_FAILED
    if interrupted or binary_search or all(level.verdict.stable for level in levels[:1]):
        return 0
    return UNSTABLE
