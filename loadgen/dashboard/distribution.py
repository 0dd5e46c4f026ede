"""How the latencies of a level are distributed."""

import math
from collections.abc import Sequence

from loadgen.dashboard.charts import bar, grouped
from loadgen.dashboard.colours import LATENCY, QUIET
from loadgen.dashboard.figures import duration
from loadgen.dashboard.grid import Section
from loadgen.dashboard.snapshot import Snapshot

_BESIDE_BAR = 20
"""What a line has beside its bar: a bound, a percentage, a mark."""


def distribution(snapshot: Snapshot, width: int, height: int) -> Section:
    """Return the latencies of the level in as many ranges as there are lines, from fast to slow."""
    rows = grouped(snapshot.histogram, height)
    total, most = sum(count for _, count in rows), max((count for _, count in rows), default=0)
    lines = [
        (
            (f"{duration(bound_ns):>7} ", QUIET),
            (bar(count / most, max(1, width - _BESIDE_BAR)), LATENCY),
            (f" {_percent(count / total)}", QUIET),
            (_marks(snapshot, rows, index), "bold"),
        )
        for index, (bound_ns, count) in enumerate(rows)
    ]
    return Section(f"Latency at {str(snapshot.load).lower()}", lines)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%" if share >= 0.01 else "<1%" if share else ""


def _marks(snapshot: Snapshot, rows: Sequence[tuple[int, int]], index: int) -> str:
    """Return the names of the percentiles that lie in a range, which goes up to the next one."""
    low_ns, high_ns = rows[index][0], rows[index + 1][0] if index + 1 < len(rows) else math.inf
    named = {"p50": snapshot.p50_ns, "p99": snapshot.p99_ns}
    return "".join(f" {name}" for name, ns in named.items() if low_ns <= ns < high_ns)
