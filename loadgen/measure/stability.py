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
    spreads = {
        "throughput": spread_of([summary.throughput for summary in last]),
        latency_name(windows.percentile): spread_of([summary.stabilizing_ns(windows.percentile) for summary in last]),
    }
    allowed = 1 + windows.tolerance
    moved = [f"{figure} spread {_above(spread, allowed)}" for figure, spread in spreads.items() if spread > allowed]
    if moved:
        return Verdict(stable=False, reason=f"{' and '.join(moved)} in the last {JUDGED_WINDOWS} windows")
    return Verdict(stable=True)


def another_window(summaries: Sequence[Summary], windows: Windows) -> bool:
    """Whether a level that is measured in windows needs another one.

    It does not when it is stable, when there are `windows.at_most`, and when one of the last three is over the limit.
    """
    if len(summaries) >= windows.at_most or judge(summaries, windows).stable:
        return False
    last = summaries[-JUDGED_WINDOWS:]
    return len(last) < JUDGED_WINDOWS or not any(_is_over_limit(summary, windows) for summary in last)


def with_limit(verdict: Verdict, windows: Windows, *, summary: Summary, trials: Sequence[Summary]) -> Verdict:
    """Return the verdict on a level, with the reason added if its latency is not below the limit.

    Of a stable level it is the latency of all its windows together, its `summary`, that counts; of another one the
    highest of the last three windows.
    """
    limit_ns = windows.latency_limit_ns
    counted = [summary] if verdict.stable else trials[-JUDGED_WINDOWS:]
    latency_ns = max((one.stabilizing_ns(windows.percentile) for one in counted), default=0)
    if limit_ns is None or latency_ns < limit_ns:
        return verdict
    name, limit_ms = latency_name(windows.percentile), limit_ns / NS_PER_MS
    over = f"{name} {latency_ns / NS_PER_MS:g} ms is not below the limit of {limit_ms:g} ms"
    reason = f"{verdict.reason}; {over}" if verdict.reason else over
    return Verdict(verdict.stable, reason, over_limit=True)


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


def spread_of(values: Sequence[float]) -> float:
    """Return the maximum over the minimum; a clock too coarse for the latency may show a minimum of 0."""
    return max(values) / min(values) if min(values) else math.inf


def latency_name(percentile: int | None) -> str:
    """Return how the latency is called that has to be stable."""
    return "average latency" if percentile is None else f"p{percentile} latency"


def _above(spread: float, allowed: float) -> str:
    """Write `1.31 > 1.10` with two decimals, or as many as it takes to tell the two apart."""
    digits = next(d for d in range(2, 18) if f"{spread:.{d}f}" != f"{allowed:.{d}f}")
    return f"{spread:.{digits}f} > {allowed:.{digits}f}"


def _is_over_limit(summary: Summary, windows: Windows) -> bool:
    limit_ns = windows.latency_limit_ns
    return limit_ns is not None and summary.stabilizing_ns(windows.percentile) >= limit_ns
