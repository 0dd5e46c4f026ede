"""Where the time of a request goes, how the client does, and what the user should know."""

from textwrap import wrap

from loadgen.dashboard.charts import stacked
from loadgen.dashboard.colours import ADDS, BAD, COMPUTE, OVERHEAD, QUEUE, QUIET, WARNING
from loadgen.dashboard.figures import duration
from loadgen.dashboard.hints import hints
from loadgen.dashboard.line import Line, Piece, width_of
from loadgen.dashboard.snapshot import Snapshot
from loadgen.measure.client_limit import judge_client
from loadgen.measure.client_use import ClientUse
from loadgen.measure.failures import failed_count
from loadgen.measure.results import Summary

_LABEL = 8
_STYLES = (QUEUE, COMPUTE, OVERHEAD, ADDS)


def request_time(snapshot: Snapshot, width: int) -> Line:
    """Return the average request of the last window as a bar: the server's queue, compute and rest, and the client."""
    label: Piece = (f"{'request':<{_LABEL}}", QUIET)
    last = next((trial for trial in reversed(snapshot.trials) if trial.adds_us is not None), None)
    parts = _parts(last) if last else {}
    if not parts:
        return (label, ("where its time goes is known when a window is over", QUIET))
    named = zip(parts.items(), _STYLES, strict=True)
    legend = [*((f"  {name} {us:,}", style) for (name, us), style in named), (" us", QUIET)]
    characters = stacked(list(parts.values()), max(0, width - _LABEL - width_of(legend)))
    filled = ((fill * count, style) for fill, style, count in zip("█▓▒░", _STYLES, characters, strict=True))
    return (label, *filled, *legend)


def _parts(figures: Summary) -> dict[str, int]:
    """Return microseconds by what they are spent on; together they are the average latency."""
    server = figures.server
    if server is None:
        return {}
    return {
        "queue": server.queue_us,
        "compute": server.answer_us,
        "other": server.overhead_us,
        "adds": max(0, figures.adds_us or 0),
    }


def client(snapshot: Snapshot) -> Line:
    """Return what is in flight, what has failed, and how the client did in the last window."""
    windows = (*snapshot.trials, snapshot.window) if snapshot.window else snapshot.trials
    failed = sum(failed_count(window.failures) for window in windows)
    line: Line = (
        (f"{'client':<{_LABEL}}", QUIET),
        (f"{snapshot.in_flight:,} in flight, ", ""),
        (f"{failed:,} failed", f"bold {BAD}" if failed else ""),
    )
    last = snapshot.trials[-1] if snapshot.trials else None
    if last is None or last.client is None:
        return line
    return (*line, (f"; {_use(last.client)}", WARNING if judge_client(last).reason else ""))


def _use(use: ClientUse) -> str:
    waited = "" if use.waiting is None else f", waited {100 * use.waiting:.0f} %"
    return f"ran {100 * use.running:.0f} % of a core{waited}, loop {duration(max(1, use.mean_lag_ns))} late"


def advice(snapshot: Snapshot, width: int, height: int) -> list[Line]:
    """Return the hints, the worst first, in so many lines."""
    lines: list[Line] = []
    for hint in hints(snapshot):
        lines += (((line, WARNING),) for line in wrap(f"! {hint}", max(20, width), subsequent_indent="  "))
    return lines[:height]
