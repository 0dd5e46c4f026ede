"""How far a run is, and how long it will take: an estimate, from the levels so far."""

from dataclasses import dataclass
from statistics import mean

from loadgen.dashboard.snapshot import Snapshot
from loadgen.measure.stability import JUDGED_WINDOWS
from loadgen.units import NS_PER_S


@dataclass(frozen=True)
class Remaining:
    """`fraction` of the run is done, and it will take `left_s` seconds more; None where the end is not known.

    `is_most`: the level takes longer than was expected, so that this is the longest that it can take.
    """

    fraction: float | None
    left_s: float | None
    is_most: bool = False


def remaining(snapshot: Snapshot) -> Remaining:
    """Estimate the rest of a run: levels take as many windows as those before them did, three at first."""
    window_s = _window_s(snapshot)
    if snapshot.levels_left is None or window_s is None:
        return Remaining(None, None)
    age_s = snapshot.window.duration_ns / NS_PER_S if snapshot.window else 0.0
    now_s = window_s * _windows_left(snapshot) - age_s
    left_s = max(0.0, now_s) + snapshot.levels_left * window_s * _windows_expected(snapshot)
    whole_s = snapshot.elapsed_s + left_s
    return Remaining(snapshot.elapsed_s / whole_s if whole_s else 0.0, left_s, is_most=_is_overdue(snapshot))


def _window_s(snapshot: Snapshot) -> float | None:
    """Return how long a window lasts; one of so many requests as long as they take at the present rate."""
    heading, window = snapshot.heading, snapshot.window
    requests = heading.request_count or heading.windows.request_count
    if requests is None:
        return heading.windows.length_s
    if snapshot.trials:
        return mean(trial.duration_ns for trial in snapshot.trials) / NS_PER_S
    return requests / window.request_count * window.duration_ns / NS_PER_S if window and window.request_count else None


def _windows_expected(snapshot: Snapshot) -> float:
    if snapshot.heading.request_count is not None:
        return 1
    return mean(len(level.trials) for level in snapshot.levels) if snapshot.levels else fewest_windows(snapshot)


def _windows_left(snapshot: Snapshot) -> float:
    """Return how many windows of this level are not closed, the open one included."""
    closed = len(snapshot.trials)
    if snapshot.heading.request_count is not None:
        return 1 - closed
    return (snapshot.heading.windows.at_most if _is_overdue(snapshot) else _windows_expected(snapshot)) - closed


def _is_overdue(snapshot: Snapshot) -> bool:
    """Whether the level has taken as many windows as were expected, and goes on."""
    return snapshot.heading.request_count is None and len(snapshot.trials) >= _windows_expected(snapshot)


def fewest_windows(snapshot: Snapshot) -> int:
    """Return how many windows a level takes at least."""
    return min(JUDGED_WINDOWS, snapshot.heading.windows.at_most)
