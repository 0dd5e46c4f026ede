"""The figures of the requests in one or several windows (behaviour sections 3.2 and 3.7)."""

from collections.abc import Sequence
from math import isqrt
from mmap import mmap

import numpy as np
from numpy.typing import NDArray

from loadgen.measure.client_use import pooled
from loadgen.measure.failures import merged
from loadgen.measure.planned import Planned
from loadgen.measure.responses import ResponseTimes, Times
from loadgen.measure.results import Summary
from loadgen.measure.sends import added
from loadgen.measure.server_statistics import ServerStatistics
from loadgen.measure.windows import Window
from loadgen.units import NS_PER_S, whole_us

PERCENTILES = (50, 90, 95, 99)

_PART = 1 << 14
"""So many latencies are squared at a time, for their squares take as much memory as they do."""


def percentiles(percentile: int | None = None) -> list[int]:
    """Return the percentiles of a summary in ascending order: those of `PERCENTILES`, and the one asked for."""
    return sorted(PERCENTILES if percentile is None else {*PERCENTILES, percentile})


def percentile_rank(percentile: float, count: int) -> int:
    """Return where a percentile stands among `count` sorted latencies, from 0 (behaviour section 3.2)."""
    return int(percentile / 100 * (count - 1) + 0.5)


def sorted_latencies_ns(windows: Sequence[Window], *, planned: bool = False) -> NDArray[np.int64]:
    """Return the latencies of all requests of `windows`, ascending: from the send, or from the `planned` instant."""
    latency_ns = _latencies_ns(windows, planned=planned)
    latency_ns.sort()
    return latency_ns


def _latencies_ns(windows: Sequence[Window], *, planned: bool = False) -> NDArray[np.int64]:
    """Return the latencies of all requests of `windows`, in memory that goes back to the system with the array.

    It may be large, and freed memory of the C library's would stand in the way of the records that grow meanwhile.
    """
    count = sum(len(window.records) for window in windows)
    latency_ns = np.frombuffer(mmap(-1, max(1, count) * 8), np.int64, count)
    position = 0
    for records in (window.records for window in windows):
        begun_ns = records.planned_ns if planned and records.planned_ns is not None else records.start_ns
        np.subtract(records.end_ns, begun_ns, out=latency_ns[position : position + len(records)])
        position += len(records)
    return latency_ns


def summarize(windows: Sequence[Window], percentile: int | None = None) -> Summary:
    """Return the figures of all requests of `windows`, at least one window: latencies, counts and durations pooled.

    The figures are of the requests that succeeded; those that failed are counted apart. Without a success every figure
    is 0: such a window is never stable, but the level goes on after it, because the first request of a model may take
    longer than a window, and a server that was lost may come back.
    """
    latency_ns = _latencies_ns(windows)
    average_ns = int(latency_ns.sum()) // max(1, len(latency_ns))
    inferences = sum(len(window.records) * window.batch_size for window in windows)
    duration_ns = sum(window.duration_ns for window in windows)
    return Summary(
        request_count=len(latency_ns),
        duration_ns=duration_ns,
        throughput=inferences * NS_PER_S / duration_ns,
        average_ns=average_ns,
        standard_deviation_us=_standard_deviation_us(latency_ns, average_ns),
        percentiles_ns=_percentiles_ns(latency_ns, percentile),
        server=_server(windows),
        failures=merged(window.records.failures for window in windows),
        client=pooled([window.client for window in windows]),
        response_throughput=_response_throughput(windows, duration_ns),
        response_times=_response_times(windows, percentile),
        planned=_planned(windows, percentile),
        sequence_count=_sum_of_known([window.sequence_count for window in windows]),
        models={name: summarize([window.models[name] for window in windows], percentile) for name in windows[0].models},
    )


def _response_throughput(windows: Sequence[Window], duration_ns: int) -> float | None:
    count = _sum_of_known([None if window.responses is None else len(window.responses) for window in windows])
    return None if count is None else count * NS_PER_S / duration_ns


def _response_times(windows: Sequence[Window], percentile: int | None) -> ResponseTimes | None:
    """Return the times of all responses of `windows`; None for a model that is not decoupled."""
    known = [(window.responses, window.records) for window in windows if window.responses is not None]
    if not known:
        return None
    first_ns = np.concatenate([responses.first_ns(records.start_ns) for responses, records in known])
    between_ns = np.concatenate([responses.between_ns for responses, _ in known])
    return ResponseTimes(_times(first_ns, percentile), _times(between_ns, percentile))


def _times(values_ns: NDArray[np.int64], percentile: int | None) -> Times | None:
    if not len(values_ns):
        return None
    return Times(int(values_ns.sum()) // len(values_ns), _percentiles_ns(values_ns, percentile))


def _sum_of_known(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _standard_deviation_us(latency_ns: NDArray[np.int64], average_ns: int) -> int:
    """Return the sample standard deviation, 0 for a single request (perf_analyzer prints 2**64 - 1 there)."""
    if len(latency_ns) < 2:
        return 0
    # Float64, because the sum of the squares leaves int64 when ten requests deviate by a second; a part at a time.
    parts = np.array_split(latency_ns, 1 + len(latency_ns) // _PART)
    squares = sum(float(np.square(np.subtract(part, average_ns, dtype=np.float64)).sum()) for part in parts)
    return whole_us(isqrt(int(squares / (len(latency_ns) - 1))))


def _percentiles_ns(latency_ns: NDArray[np.int64], percentile: int | None) -> dict[int, int]:
    """Return each percentile of the latencies, which are put in another order for it; 0 when there are none."""
    if not len(latency_ns):
        return dict.fromkeys(percentiles(percentile), 0)
    ranks = {p: percentile_rank(p, len(latency_ns)) for p in percentiles(percentile)}
    latency_ns.partition(sorted(set(ranks.values())))
    return {p: int(latency_ns[rank]) for p, rank in ranks.items()}


def _server(windows: Sequence[Window]) -> ServerStatistics | None:
    """Return what the server did in all windows, None if that is not known for one of them."""
    known = [window.server for window in windows if window.server is not None]
    return sum(known, ServerStatistics()) if len(known) == len(windows) else None


def _planned(windows: Sequence[Window], percentile: int | None) -> Planned | None:
    """Return the figures of all requests of `windows`, at least one; None for a closed loop."""
    if windows[0].records.planned_ns is None:
        return None
    latency_ns = _latencies_ns(windows, planned=True)
    late_ns = latency_ns - _latencies_ns(windows)
    sends = added(window.records.sends for window in windows if window.records.sends is not None)
    return Planned(
        average_ns=int(latency_ns.sum()) // max(1, len(latency_ns)),
        percentiles_ns=_percentiles_ns(latency_ns, percentile),
        lateness_ns=_percentiles_ns(late_ns, percentile),
        sends=sends,
        sent_per_s=sends.count * NS_PER_S / sum(window.duration_ns for window in windows),
    )
