"""The columns of every table of results: header and cell stand on one line, so they cannot part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from loadgen.load.modes import Concurrency, RequestRate
from loadgen.measure.failures import failed_count
from loadgen.measure.judgement import judge
from loadgen.measure.planned import Planned
from loadgen.measure.results import LevelResult
from loadgen.measure.server_statistics import ServerStatistics
from loadgen.measure.summary import percentiles
from loadgen.measure.threshold import Threshold
from loadgen.units import whole_us

Cell = int | float | str | None

_SHORT = {Concurrency.title: "Conc.", RequestRate.title: "Rate"}


@dataclass(frozen=True)
class Column:
    """One figure of a level. `key` names it in files, `short` where `title` takes too much room.

    `value` returns None where the figure is not known, which is so for the server's share without server statistics,
    and for a latency without a request that succeeded. A `rare` one is left out on a terminal where it is 0 everywhere.
    """

    key: str
    title: str
    unit: str
    value: Callable[[LevelResult], Cell]
    short: str = ""
    rare: bool = False


def columns(
    percentile: int | None = None, thresholds: Sequence[Threshold] = (), *, level: str = Concurrency.title
) -> tuple[Column, ...]:
    """Return the columns from left to right, with one for `percentile` besides the usual ones, and for `thresholds`.

    `level` is what levels differ by: the title of their load mode. The planned latency is from the instant at which a
    request was to be sent, and the late one from there to the send; all others are from the send. Server compute is
    input + infer + output; with a response cache it is the average over hits and misses.
    """
    return (
        Column(
            "level", level, "", lambda level: level.load.value, short="Conc." if level == Concurrency.title else "Rate"
        ),
        Column("model", "Model", "", lambda level: level.model or ("all" if level.models else None)),
        Column("sent_per_s", "Sent", "req/s", _of_all(_planned(lambda planned: planned.sent_per_s))),
        Column("throughput", "Throughput", "infer/s", lambda level: level.summary.throughput),
        Column("responses_per_s", "Responses", "per s", attrgetter("summary.response_throughput"), short="Resp."),
        Column("failed", "Failed", "requests", lambda level: failed_count(level.failures), rare=True),
        Column("average_us", "Average", "us", average_us, short="Avg"),
        *(Column(f"p{p}_us", f"p{p}", "us", percentile_us(p)) for p in percentiles(percentile)),
        Column("planned_p99_us", "Planned p99", "us", _planned(_planned_p99_us), short="Planned"),
        Column("late_p99_us", "Late p99", "us", _planned(_late_p99_us), short="Late"),
        Column("server_queue_us", "Server queue", "us", _server_us(attrgetter("queue_us")), short="Queue"),
        Column("server_compute_us", "Server compute", "us", _server_us(attrgetter("answer_us")), short="Compute"),
        Column("adds_us", "Adds", "us", lambda level: level.summary.adds_us),
        Column("stable", "Stable", "", _of_all(lambda level: "yes" if level.verdict.stable else level.verdict.reason)),
        *([Column("holds", "Thresholds", "", _of_all(_holds(thresholds)), short="Holds")] if thresholds else []),
    )


def _of_all(figure: Callable[[LevelResult], Cell]) -> Callable[[LevelResult], Cell]:
    """Return what reads a figure of a level as a whole, None for one of several models."""
    return lambda level: None if level.model else figure(level)


def _planned(figure: Callable[[Planned], Cell]) -> Callable[[LevelResult], Cell]:
    """Return what reads a figure of an open loop, None in a closed one."""
    return lambda level: None if level.summary.planned is None else figure(level.summary.planned)


def _planned_p99_us(planned: Planned) -> int:
    return whole_us(planned.percentiles_ns[99])


def _late_p99_us(planned: Planned) -> int:
    return whole_us(planned.lateness_ns[99])


def average_us(level: LevelResult) -> int | None:
    """Return the average latency in whole microseconds, None without a request that succeeded."""
    return whole_us(level.summary.average_ns) if level.summary.request_count else None


def percentile_us(percentile: int) -> Callable[[LevelResult], int | None]:
    """Return what reads a percentile of the latency in whole microseconds, None without a request that succeeded."""
    return lambda level: whole_us(level.summary.percentiles_ns[percentile]) if level.summary.request_count else None


def _server_us(figure: Callable[[ServerStatistics], int]) -> Callable[[LevelResult], int | None]:
    """Return what reads a figure of the server's, None where its statistics are not known."""
    return lambda level: None if level.summary.server is None else figure(level.summary.server)


def _holds(thresholds: Sequence[Threshold]) -> Callable[[LevelResult], str]:
    return lambda level: "yes" if all(judged.holds for judged in judge(level, thresholds)) else "NO"
