"""The windows of a level, and whether they agree."""

from loadgen.dashboard.colours import BAD, GOOD, QUIET, WARNING
from loadgen.dashboard.figures import duration, rate
from loadgen.dashboard.grid import Section
from loadgen.dashboard.line import Line, styled
from loadgen.dashboard.snapshot import Snapshot
from loadgen.measure.failures import failed_count
from loadgen.measure.results import Summary
from loadgen.measure.stability import JUDGED_WINDOWS, spread_of


def windows(snapshot: Snapshot, height: int) -> Section:
    """Return the last closed windows, the open one, and by how much the three that are judged differ."""
    rules = snapshot.heading.windows
    latency = "average" if rules.percentile is None else f"p{rules.percentile}"
    now, verdict = _open(snapshot), _agreement(snapshot)
    room = max(0, height - 1 - len(now) - len(verdict))
    closed = list(enumerate(snapshot.trials, 1))[-room:] if room else []
    lines = [
        _row("", "infer/s", latency, "p99", style=QUIET),
        *(_window(str(index), trial, rules.percentile) for index, trial in closed),
        *now,
        *verdict,
    ]
    return Section(f"Windows at {str(snapshot.load).lower()}", lines)


def _open(snapshot: Snapshot) -> list[Line]:
    window = snapshot.window
    if window is None or not (window.request_count or window.failures):
        return []
    line = _window(f"{len(snapshot.trials) + 1} now", window, snapshot.heading.windows.percentile)
    return [styled(line, "bold")]


def _window(label: str, figures: Summary, percentile: int | None) -> Line:
    latencies = figures.stabilizing_ns(percentile), figures.percentiles_ns[99]
    line = _row(label, rate(figures.throughput), *(duration(ns) for ns in latencies))
    failed = failed_count(figures.failures)
    return (*line, (f" {failed:,} failed", BAD)) if failed else line


def _agreement(snapshot: Snapshot) -> list[Line]:
    """Return a line with the highest over the lowest figure of the last three windows, which have to be low."""
    rules, judged = snapshot.heading.windows, snapshot.trials[-JUDGED_WINDOWS:]
    if len(judged) < 2 or snapshot.heading.request_count is not None:
        return []
    allowed = 1 + rules.tolerance
    line = _row("spread", style=QUIET)
    for figures in ([one.throughput for one in judged], [one.stabilizing_ns(rules.percentile) for one in judged]):
        apart = spread_of(figures)
        line = (*line, (f" {apart:>9.2f}", GOOD if apart <= allowed else WARNING))
    return [(*line, (f" {f'< {allowed:.2f}':>9}", QUIET))]


def _row(label: str, *cells: str, style: str = "") -> Line:
    return ((f"{label:<6}" + "".join(f" {cell:>9}" for cell in cells), style),)
