"""The file of `-f`, in perf_analyzer's columns, so that what reads its files reads ours (behaviour section 6).

It differs in one thing: a level that did not become stable has its row too. There is no column to say so; the standard
output and the JSON document do.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from loadgen.load.modes import Concurrency
from loadgen.measure.results import LevelResult
from loadgen.measure.server_statistics import ModelVersion, ServerStatistics
from loadgen.measure.summary import percentiles
from loadgen.report.columns import Cell, average_us, percentile_us
from loadgen.units import whole_us

CLIENT_SEND_US = CLIENT_RECV_US = 0
"""A request is encoded once, before the run, and a reply is not told from the wait for it: as on standard output."""


Statistics = Callable[[LevelResult], ServerStatistics | None]
"""Returns the server's statistics of a model at a level, None where they are not known."""


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
    columns = _all_columns(levels, percentile, verbose=verbose, metrics=metrics)
    return _written_table([column for column in columns if column.is_present], levels)


def composing_csv_texts(levels: Sequence[LevelResult]) -> dict[ModelVersion, str]:
    """Return, for each model that the model is composed of, what is written into a file of its own.

    Its inferences per second are those of the model, times how often a request went through the composing one.
    """
    servers = [level.summary.server for level in levels if level.summary.server is not None]
    is_cached = any(server.response_cache for server in servers)
    models = dict.fromkeys(model for server in servers for model in server.parts)
    return {model: _written_table(_composing_columns(levels, model, is_cached=is_cached), levels) for model in models}


def _written_table(columns: Sequence[Column], levels: Sequence[LevelResult]) -> str:
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
    is_decoupled = any(level.summary.is_decoupled for level in levels)
    return (
        Column(_title(levels), lambda level: level.load.value),
        Column("Inferences/Second", lambda level: level.summary.throughput),
        Column("Response Throughput", attrgetter("summary.response_throughput"), is_decoupled),
        Column("Client Send", lambda _: CLIENT_SEND_US),
        Column("Network+Server Send/Recv", _network_us, is_known),
        *(_server_columns(attrgetter("summary.server"), is_cached=is_cached) if is_known else ()),
        Column("Client Recv", lambda _: CLIENT_RECV_US),
        *(Column(f"p{p} latency", percentile_us(p)) for p in percentiles(percentile)),
        Column("Avg latency", average_us, verbose and percentile is None),
        Column("request/response", lambda _: CLIENT_SEND_US + CLIENT_RECV_US, verbose),
        # Of a decoupled model perf_analyzer keeps no account of the client's times.
        Column("response wait", (lambda _: 0) if is_decoupled else average_us, verbose),
    )


def _composing_columns(levels: Sequence[LevelResult], model: ModelVersion, *, is_cached: bool) -> tuple[Column, ...]:
    def statistics(level: LevelResult) -> ServerStatistics | None:
        return level.summary.server and level.summary.server.composing.get(model)

    def throughput(level: LevelResult) -> Cell:
        whole, part = level.summary.server, statistics(level)
        if whole is None or part is None or not whole.success.count:
            return None
        return level.summary.throughput * part.success.count / whole.success.count

    return (
        Column(_title(levels), lambda level: level.load.value),
        Column("Inferences/Second", throughput),
        Column("Client Send", lambda _: 0),
        Column("Network+Server Send/Recv", _of(statistics, lambda part: _left_us(part.success.average_ns, part))),
        *_server_columns(statistics, is_cached=is_cached),
        Column("Client Recv", lambda _: 0),
    )


def _server_columns(statistics: Statistics, *, is_cached: bool) -> Iterator[Column]:
    """Yield the server's times for a model itself, also where it is composed of others."""
    for header, part in (
        ("Server Queue", "queue"),
        ("Server Compute Input", "compute_input"),
        ("Server Compute Infer", "compute_infer"),
        ("Server Compute Output", "compute_output"),
    ):
        yield Column(header, _of(statistics, attrgetter(f"{part}.average_us")))
    if is_cached:
        yield Column("Server Cache Hit", _of(statistics, attrgetter("cache_hit.average_us")))
        yield Column("Server Cache Miss", _of(statistics, attrgetter("cache_miss.average_us")))


def _of(statistics: Statistics, figure: Callable[[ServerStatistics], int]) -> Callable[[LevelResult], Cell]:
    """Return what reads a figure of statistics, None where they are not known."""

    def cell(level: LevelResult) -> Cell:
        server = statistics(level)
        return None if server is None else figure(server)

    return cell


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


def _network_us(level: LevelResult) -> Cell:
    """Return what is left of the latency when everything that is known is taken off, at least 0."""
    figures = level.summary
    return _left_us(figures.average_ns, figures.server) if figures.server and figures.request_count else None


def _left_us(latency_ns: int, server: ServerStatistics) -> int:
    """Return what is left when the server's columns are taken off, of which a hit and a miss both count (sic)."""
    known = (server.queue, server.compute, server.cache_hit, server.cache_miss)
    return max(0, whole_us(latency_ns - sum(part.average_ns for part in known)))


def _written(value: Cell) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
