"""Throughput and latency over time."""

from collections.abc import Callable, Sequence

from loadgen.dashboard.charts import area
from loadgen.dashboard.colours import LATENCY, QUIET, THROUGHPUT
from loadgen.dashboard.figures import duration, rate
from loadgen.dashboard.grid import Section
from loadgen.dashboard.line import Line
from loadgen.dashboard.snapshot import Snapshot
from loadgen.dashboard.timeline import BIN_NS, Bin, smoothed
from loadgen.units import NS_PER_S

_FEW = 12
"""A curve of fewer points is not stretched any more."""
_BINS_PER_S = NS_PER_S / BIN_NS


def throughput(snapshot: Snapshot, width: int, height: int) -> Section:
    """Return inferences per second, as far back as there is room."""
    scale = snapshot.heading.batch_size * _BINS_PER_S
    values = [one.count * scale for one in _visible(snapshot, width)]
    lines = _curve(values, _per_second, (width, height), THROUGHPUT)
    return Section("Throughput", lines, _per_second(values[-1]) if values else "", THROUGHPUT)


def latency(snapshot: Snapshot, width: int, height: int) -> Section:
    """Return the 99th percentile, as far back as there is room."""
    values = [float(one.p99_ns or 0) for one in _visible(snapshot, width)]
    lines = _curve(values, duration, (width, height), LATENCY)
    return Section("p99 latency", lines, duration(values[-1]) if values else "", LATENCY)


def _visible(snapshot: Snapshot, width: int) -> Sequence[Bin]:
    return smoothed(snapshot.bins[-2 * width :])


def _per_second(value: float) -> str:
    return f"{rate(value)} infer/s"


def _curve(values: Sequence[float], write: Callable[[float], str], room: tuple[int, int], style: str) -> list[Line]:
    """Return a curve that fills `room`, (characters, lines), and in front of it its highest value: the scale."""
    if not values:
        return []
    width, height = room
    top, each = max(values), max(1, 2 * width // max(len(values), _FEW))
    first, *rest = area(tuple(value for value in values for _ in range(each)), top, height)
    scale = write(top)
    return [((scale, QUIET), (first[len(scale) :], style)), *(((line, style),) for line in rest)]
