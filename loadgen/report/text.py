"""perf_analyzer's lines on standard output, so that scripts written for it go on working (behaviour section 5).

The characters are those of perf_analyzer 24.10, trailing spaces included. Every function returns text to be printed,
without the newline at its end. What we print and perf_analyzer does not: the figures of a level that did not become
stable or was over the latency limit, marked with `[unstable: <reason>]`; requests that failed; connections that did not
last. The settings before all that are in `loadgen.report.settings`.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from loadgen.load.modes import Concurrency, FixedSchedule, LoadMode, RequestIntervals, RequestRate
from loadgen.measure.client_limit import judge_client
from loadgen.measure.failures import failed_count, most_frequent
from loadgen.measure.results import LevelResult, Summary
from loadgen.measure.stability import EMPTY_WINDOW
from loadgen.report import faults, planned_text
from loadgen.report.responses_text import response_times
from loadgen.report.server_text import server_lines
from loadgen.report.timeline_text import timeline
from loadgen.units import whole_us

Protocol = Literal["grpc", "http"]


def announced(load: LoadMode) -> str:
    """Return the line that announces a level; intervals and a fixed schedule have none."""
    match load:
        case Concurrency(in_flight):
            return f"Request concurrency: {in_flight}"
        case RequestRate(per_second):
            return f"Request Rate: {per_second:g} inference requests per seconds"
        case RequestIntervals() | FixedSchedule():
            return ""
        case _:
            return str(load)


def trial(index: int, summary: Summary, *, percentile: int | None = None) -> str:
    """Return the line that `-v` prints for window number `index` of a level, from 1."""
    failed = f" ({failed_count(summary.failures)} failed)" if summary.failures else ""
    if not summary.request_count:
        cause = f"{most_frequent(summary.failures)}{failed}" if failed else EMPTY_WINDOW
        return f"  Pass [{index}] cb::Error: {cause}"
    throughput = f"  Pass [{index}] throughput: {summary.throughput:g} infer/sec."
    latency = _usec(whole_us(summary.stabilizing_ns(percentile)))
    if percentile is not None:
        return f"{throughput} p{percentile} latency: {latency}{failed}"
    return f"{throughput} Avg latency: {latency} (std {_usec(summary.standard_deviation_us)}){failed}. "


def level(
    result: LevelResult, *, percentile: int | None = None, verbose: bool = False, protocol: Protocol = "grpc"
) -> str:
    """Return the block of a level. A block with a server's share ends with an empty line, as in 24.10.

    A level at which no request succeeded has no latencies. Of several models each has its own block below, indented.
    """
    figures, server = result.summary, result.summary.server
    return _lines(
        "  Client: ",
        f"    Request count: {figures.request_count}",
        *(f"    {line}" for line in planned_text.delayed(figures)),
        *_mark(result, "    "),
        *(f"    {line}" for line in (*faults.failures(result), *faults.connections(result.connections))),
        *_sequences(figures),
        *_figures(figures, percentile, verbose=verbose, protocol=protocol),
        *(f"    {line}" for line in (*planned_text.punctuality(result), *timeline(result), *response_times(result))),
        *(server_lines(server) if server else [""] if result.models else []),
        *(
            f"  {line}" if line else ""
            for model in result.models.values()
            for line in _model(model, figures, percentile, verbose=verbose, protocol=protocol)
        ),
    )


def summary(results: Sequence[LevelResult], *, percentile: int | None = None) -> str:
    """Return the last lines: one per level, in the order of `results`."""
    latency = "Average" if percentile is None else f"p{percentile}"
    return _lines(
        f"Inferences/Second vs. Client {latency} Batch Latency",
        *(_summary_line(result, percentile) for result in results),
    )


def unstable_warning(result: LevelResult, at_most: int, *, counts_requests: bool = False) -> str:
    """Return the text for standard error about a level that did not become stable within `at_most` windows.

    `counts_requests` says that a window is over after so many requests, not after a time.
    """
    option = "--measurement-request-count" if counts_requests else "--measurement-interval"
    return (
        f"Failed to obtain stable measurement within {at_most} measurement windows for "
        f"{_named(result.load)}. Please try to increase the {option}. ({result.verdict.reason})"
    )


def _named(load: LoadMode) -> str:
    return f"{load.title.lower()} {load.value:g}"


def over_limit_warning(latency_limit_ms: int) -> str:
    """Return the text for standard error about a level whose latency is not below the limit."""
    return f"Measured latency went over the set limit of {latency_limit_ms} msec. "


def _model(
    result: LevelResult, total: Summary, percentile: int | None, *, verbose: bool, protocol: Protocol
) -> Iterator[str]:
    """Yield the block of one of several models, `total` being that of all."""
    figures, server = result.summary, result.summary.server
    share = 100 * figures.request_count / total.request_count if total.request_count else 0.0
    yield f"Model {result.model}: {share:.2f}% of the requests"
    yield "  Client: "
    yield f"    Request count: {figures.request_count}"
    yield from (f"    {line}" for line in faults.failures(result))
    yield from _figures(figures, percentile, verbose=verbose, protocol=protocol)
    yield from (f"    {line}" for line in (*planned_text.planned_latency(figures), *response_times(result)))
    yield from server_lines(server) if server else [""]


def _figures(figures: Summary, percentile: int | None, *, verbose: bool, protocol: Protocol) -> Iterator[str]:
    time = _no_time if figures.is_decoupled else _grpc_time if protocol == "grpc" else _http_time
    yield f"    Throughput: {figures.throughput:g} infer/sec"
    yield from _response_throughput(figures)
    yield from _client_overhead(figures) if verbose else []
    if figures.request_count:
        yield from _latency(figures, percentile)
        yield time(figures, verbose=verbose)


def _latency(figures: Summary, percentile: int | None) -> list[str]:
    average, deviation = _usec(whole_us(figures.average_ns)), _usec(figures.standard_deviation_us)
    return [
        *([f"    Avg latency: {average} (standard deviation {deviation})"] if percentile is None else []),
        *(f"    p{p} latency: {_usec(whole_us(ns))}" for p, ns in figures.percentiles_ns.items()),
    ]


def _sequences(figures: Summary) -> list[str]:
    count, per_s = figures.sequence_count, figures.sequence_throughput
    return [] if count is None else [f"    Sequence count: {count} ({per_s:g} seq/sec)"]


def _response_throughput(figures: Summary) -> list[str]:
    responses = figures.response_throughput
    return [] if responses is None else [f"    Response Throughput: {responses:g} infer/sec"]


def _client_overhead(figures: Summary) -> list[str]:
    """Return the share of the time in which the client had something to do (behaviour section 3.2), if it is known.

    perf_analyzer takes the mean over its workers of the time in which each is not blocked; we have one event loop. At a
    request rate the time in which it watches the clock counts, too.
    """
    client = figures.client
    return [] if client is None else [f"    Avg client overhead: {100 * client.busy:.2f}%"]


def overload_warning(figures: Summary) -> list[str]:
    """Return perf_analyzer's line about a client that does not keep up (behaviour section 3.8), where that is so.

    perf_analyzer prints it at an overhead above 50 %, which counts its workers and not the threads of its gRPC library.
    Ours counts all, and a client that is busy for half of the time keeps up: `judge_client` tells when it does not.
    """
    words = "Perf Analyzer is not able to keep up with the desired load. The results may not be accurate."
    return [f"[WARNING] {words}"] if judge_client(figures).limited else []


def _no_time(_figures: Summary, **_: bool) -> str:
    """Return the line of a decoupled model, of which perf_analyzer's client library keeps no account (sic)."""
    return "    "


def _grpc_time(figures: Summary, *, verbose: bool) -> str:
    """Return the client library's account. Nothing is marshalled in a request: it is encoded once, before the run."""
    average = _usec(whole_us(figures.average_ns))
    if verbose:
        return f"    Avg gRPC time: {average} (marshal 0 usec + response wait {average} + unmarshal 0 usec)"
    return f"    Avg gRPC time: {average} ((un)marshal request/response 0 usec + response wait {average})"


def _http_time(figures: Summary, *, verbose: bool) -> str:
    """Return the same over HTTP: a reply is not told from the wait for it, and a request goes out in one piece."""
    average = _usec(whole_us(figures.average_ns))
    if verbose:
        return f"    Avg HTTP time: {average} (send 0 usec + response wait {average} + receive 0 usec)"
    return f"    Avg HTTP time: {average} (send/recv 0 usec + response wait {average})"


def _summary_line(result: LevelResult, percentile: int | None) -> str:
    latency = _usec(whole_us(result.summary.stabilizing_ns(percentile)))
    figures = f"throughput: {result.summary.throughput:g} infer/sec, latency {latency}"
    return f"{result.load.title}: {result.load.value:g}, {figures}{''.join(_mark(result, ' '))}"


def _mark(result: LevelResult, before: str) -> list[str]:
    verdict = result.verdict
    if verdict.stable and not verdict.over_limit:
        return []
    return [f"{before}[{'over the limit' if verdict.stable else 'unstable'}: {verdict.reason}]"]


def _usec(value: int) -> str:
    return f"{value} usec"


def _lines(*lines: str) -> str:
    return "\n".join(lines)
