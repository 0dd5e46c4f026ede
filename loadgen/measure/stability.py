"""When a level is measured well enough (behaviour sections 3.4 and 3.5)."""

import math
from collections.abc import Sequence

from loadgen.errors import EmptyWindowError, InferenceError
from loadgen.measure.failures import merged, most_frequent
from loadgen.measure.results import Summary, Verdict
from loadgen.measure.windows import Windows
from loadgen.units import NS_PER_MS

JUDGED_WINDOWS = 3
"""So many windows at the end of a level are judged, and merged into its figures."""

EMPTY_WINDOW = "No valid requests recorded within time interval. Please use a larger time window."
"""perf_analyzer's words; tools look for the second sentence."""


def judge(summaries: Sequence[Summary], windows: Windows) -> Verdict:
    """Decide whether the last three windows of a level agree, given the figures of each, in order of time.

    Stable means that requests succeeded in each of them, and that neither the throughputs nor the latencies have a
    maximum above (1 + tolerance) times their minimum. The latency is that of `windows.percentile`, or the average.
    """
    last = summaries[-JUDGED_WINDOWS:]
    if len(last) < JUDGED_WINDOWS:
        measured = "1 window" if len(last) == 1 else f"{len(last)} windows"
        return Verdict(stable=False, reason=f"{measured}, {JUDGED_WINDOWS} needed")
    empty = [summary for summary in last if summary.throughput == 0]
    if empty:
        happened = "succeeded" if any(summary.failures for summary in empty) else "ended"
        return Verdict(stable=False, reason=f"no request {happened} in one of the last {JUDGED_WINDOWS} windows")
    latency = "average latency" if windows.percentile is None else f"p{windows.percentile} latency"
    spreads = {
        "throughput": _spread([summary.throughput for summary in last]),
        latency: _spread([summary.stabilizing_ns(windows.percentile) for summary in last]),
    }
    allowed = 1 + windows.tolerance
    moved = [f"{figure} spread {_above(spread, allowed)}" for figure, spread in spreads.items() if spread > allowed]
    if moved:
        return Verdict(stable=False, reason=f"{' and '.join(moved)} in the last {JUDGED_WINDOWS} windows")
    return Verdict(stable=True)


def another_window(summaries: Sequence[Summary], windows: Windows) -> bool:
    """Whether the level needs another window: it is not stable, and there are fewer than `windows.at_most`."""
    return len(summaries) < windows.at_most and not judge(summaries, windows).stable


def require_requests(trials: Sequence[Summary]) -> None:
    """Raise an error if no request succeeded in one of the windows that are judged, the last three.

    It is InferenceError if requests failed in these windows, for then that is the cause, otherwise EmptyWindowError.
    """
    judged = trials[-JUDGED_WINDOWS:]
    failures = merged(trial.failures for trial in judged)
    for trial in judged:
        duration_ms = trial.duration_ns // NS_PER_MS
        if not trial.request_count and failures:
            raise InferenceError(f"no request succeeded within {duration_ms} ms; {most_frequent(failures)}")
        if not trial.request_count:
            raise EmptyWindowError(
                f"{EMPTY_WINDOW} (No request ended within {duration_ms} ms: "
                "give -p, in milliseconds, several times the latency of one request.)"
            )


def _spread(values: Sequence[float]) -> float:
    """Return the maximum over the minimum; a clock too coarse for the latency may show a minimum of 0."""
    return max(values) / min(values) if min(values) else math.inf


def _above(spread: float, allowed: float) -> str:
    """Write `1.31 > 1.10` with two decimals, or as many as it takes to tell the two apart."""
    digits = next(d for d in range(2, 18) if f"{spread:.{d}f}" != f"{allowed:.{d}f}")
    return f"{spread:.{digits}f} > {allowed:.{digits}f}"
