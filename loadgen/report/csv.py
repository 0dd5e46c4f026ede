"""The file of `-f`, in perf_analyzer's columns, so that what reads its files reads ours (behaviour section 6).

It differs in one thing: a level that did not become stable has its row too. There is no column to say so; the standard
output and the JSON document do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from loadgen.load.modes import Concurrency
from loadgen.measure.results import LevelResult
from loadgen.measure.server_statistics import ServerStatistics
from loadgen.measure.summary import percentiles
from loadgen.report.columns import Cell, average_us, percentile_us, server_us

CLIENT_SEND_US = CLIENT_RECV_US = 0
"""A request is encoded once, before the run, and a reply is not told from the wait for it: as on standard output."""


@dataclass(frozen=True)
class Column:
    """One column: its header, its cell in the row of a level (None leaves it empty), and whether it is there at all."""

    header: str
    value: Callable[[LevelResult], Cell]
    is_present: bool = True


def csv_text(
    levels: Sequence[LevelResult], *, percentile: int | None = None, verbose: bool = False, metrics: bool = False
) -> str:
    """Return a header and a row for each level, the lowest throughput first; times are whole microseconds.

    `percentile` is the latency that had to be stable, and `verbose` stands for --verbose-csv,
    which with `metrics` adds those of the GPUs. The server's columns are
    there if one of the levels has server statistics, and a cell is empty where the figure is not known. perf_analyzer
    writes no file when it has no level; neither should the caller.
    """
    columns = [
        column for column in _all_columns(levels, percentile, verbose=verbose, metrics=metrics) if column.is_present
    ]
    header = [column.header for column in columns]
    ascending = sorted(levels, key=attrgetter("summary.throughput"))
    rows = ([_written(column.value(level)) for column in columns] for level in ascending)
    return "".join(f"{','.join(cells)}\n" for cells in (header, *rows))


def _title(levels: Sequence[LevelResult]) -> str:
    """Return what the levels of a run differ by; all of them are of one mode."""
    return levels[0].load.title if levels else Concurrency.title


def _columns(levels: Sequence[LevelResult], percentile: int | None, *, verbose: bool) -> tuple[Column, ...]:
    servers = [level.summary.server for level in levels if level.summary.server is not None]
    is_known = bool(servers)
    is_cached = any(server.response_cache for server in servers)
    return (
        Column(_title(levels), lambda level: level.load.value),
        Column("Inferences/Second", lambda level: level.summary.throughput),
        Column("Client Send", lambda _: CLIENT_SEND_US),
        Column("Network+Server Send/Recv", _network_us, is_known),
        Column("Server Queue", _average("queue"), is_known),
        Column("Server Compute Input", _average("compute_input"), is_known),
        Column("Server Compute Infer", _average("compute_infer"), is_known),
        Column("Server Compute Output", _average("compute_output"), is_known),
        Column("Server Cache Hit", _average("cache_hit"), is_cached),
        Column("Server Cache Miss", _average("cache_miss"), is_cached),
        Column("Client Recv", lambda _: CLIENT_RECV_US),
        *(Column(f"p{p} latency", percentile_us(p)) for p in percentiles(percentile)),
        Column("Avg latency", average_us, verbose and percentile is None),
        Column("request/response", lambda _: CLIENT_SEND_US + CLIENT_RECV_US, verbose),
        Column("response wait", average_us, verbose),
    )


def _all_columns(
    levels: Sequence[LevelResult], percentile: int | None, *, verbose: bool, metrics: bool
) -> tuple[Column, ...]:
    gpus = (
        Column("Avg GPU Utilization", _of_gpus("utilization")),
        Column("Avg GPU Power Usage", _of_gpus("power_w")),
        Column("Max GPU Memory Usage", _of_gpus("memory_used_bytes")),
        Column("Total GPU Memory", _of_gpus("memory_total_bytes")),
    )
    return (*_columns(levels, percentile, verbose=verbose), *(gpus if verbose and metrics else ()))


def _of_gpus(figure: str) -> Callable[[LevelResult], Cell]:
    """Return what writes a figure of all GPUs that have it, as `uuid:value;uuid:value;`."""

    def cell(level: LevelResult) -> Cell:
        gpus = level.metrics.gpus if level.metrics else {}
        figures = {uuid: getattr(gpu, figure) for uuid, gpu in gpus.items()}
        return "".join(f"{uuid}:{_written(value)};" for uuid, value in figures.items() if value is not None)

    return cell


def _average(part: str) -> Callable[[LevelResult], Cell]:
    return server_us(attrgetter(f"{part}.average_us"))


def _network_us(level: LevelResult) -> Cell:
    """Return what is left of the latency when everything that is known is taken off, at least 0."""
    server, latency_us = level.summary.server, average_us(level)
    if server is None or latency_us is None:
        return None
    return max(0, latency_us - CLIENT_SEND_US - CLIENT_RECV_US - _served_us(server))


def _served_us(server: ServerStatistics) -> int:
    """Return the sum of the server's columns, which with a response cache counts a hit and a miss (sic)."""
    parts = (server.queue, server.compute, server.cache_hit, server.cache_miss)
    return sum(part.average_us for part in parts)


def _written(value: Cell) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
