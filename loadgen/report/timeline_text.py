"""What happened in each second of a load that changes, as text."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from loadgen.load.modes import LoadShape, Replay
from loadgen.measure.records import joined
from loadgen.measure.results import LevelResult
from loadgen.measure.summary import summarize
from loadgen.measure.timeline import seconds_of
from loadgen.measure.windows import Window
from loadgen.units import whole_us

_HEADING = " second    due   sent   done   p50 usec   p99 usec (from the planned instant)"


def timeline(level: LevelResult) -> list[str]:
    """Return a heading and a line for each second; nothing of a load that is the same all the time.

    The last second may be a part of one.
    """
    if not isinstance(level.load, LoadShape | Replay) or not level.windows:
        return []
    return ["Timeline:", _HEADING, *_seconds(level)]


def _seconds(level: LevelResult) -> Iterator[str]:
    records = joined([window.records for window in level.windows])
    assert records.planned_ns is not None  # These loads have a plan.
    for number, second in enumerate(seconds_of(level.windows)):
        due, sent = _within(records.planned_ns, second), _within(records.start_ns, second)
        yield f" {number:>6} {due:>6} {sent:>6} {len(second.records):>6} {_latencies(second)}"


def _within(instants_ns: NDArray[np.int64], second: Window) -> int:
    return int(((instants_ns >= second.start_ns) & (instants_ns < second.end_ns)).sum())


def _latencies(second: Window) -> str:
    planned = summarize([second]).planned
    if planned is None or not len(second.records):
        return f"{'-':>10} {'-':>10}"
    return f"{whole_us(planned.percentiles_ns[50]):>10} {whole_us(planned.percentiles_ns[99]):>10}"
