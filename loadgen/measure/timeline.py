"""What happened when: windows cut into seconds."""

from collections.abc import Sequence

import numpy as np

from loadgen.measure.records import joined
from loadgen.measure.windows import Window
from loadgen.units import NS_PER_S


def seconds_of(windows: Sequence[Window]) -> list[Window]:
    """Return windows of one second each, the last one shorter, given windows of which each begins where one ended.

    A request belongs to the second in which it ended. Those that failed are in none, for they are only counted, and
    what the server did is known for whole windows alone.
    """
    if not windows:
        return []
    records = joined([window.records for window in windows])
    order = np.argsort(records.end_ns, kind="stable")
    begin_ns, last_ns = windows[0].start_ns, windows[-1].end_ns
    bounds = [*range(begin_ns, last_ns, NS_PER_S), last_ns]
    cuts = np.searchsorted(records.end_ns[order], bounds[1:-1], side="right")
    return [
        Window(start, end, records.of(requests), None, windows[0].batch_size)
        for start, end, requests in zip(bounds[:-1], bounds[1:], np.split(order, cuts), strict=True)
    ]
