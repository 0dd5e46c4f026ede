"""How much there is to be measured, and about how long it will take. Pure."""

from loadgen.measure.stability import JUDGED_WINDOWS
from loadgen.measure.windows import Windows
from loadgen.study.schedule import Study

LOADING_S = 2.5
"""What it takes to load a small model; of a large one nobody knows beforehand."""


def expectation(study: Study, levels: int, windows: Windows) -> str:
    """Return a sentence about the runs of a study, each at so many levels.

    A level takes three windows at least, and `windows.at_most`; one more in each run warms the configuration up.
    """
    least_s, most_s = (
        study.runs * (LOADING_S + (1 + levels * count) * windows.length_s)
        for count in (min(JUDGED_WINDOWS, windows.at_most), windows.at_most)
    )
    length = "" if windows.request_count is not None else f", which takes {_minutes(least_s)} to {_minutes(most_s)} min"
    grid = "" if study.search is None else f" of {study.combinations}"
    return (
        f"{study.configurations}{grid} configurations and {study.runs - study.configurations} times the original one,"
        f" at {levels} levels each: {study.runs * levels} measurements{length};"
        f" then at most {study.repeats} more runs to tell the best two apart"
    )


def _minutes(time_s: float) -> str:
    return f"{time_s / 60:.0f}" if time_s >= 600 else f"{time_s / 60:.1f}"
