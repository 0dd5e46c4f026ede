"""Everything that is known of a run as one JSON document, for `--json`; `schema.json` describes it field by field.

Times are in microseconds or seconds, as the last letters of their names say. What is not known is null.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadgen.load.mix import Mix
from loadgen.load.modes import LoadMode, PeriodicConcurrency
from loadgen.load.target import Target
from loadgen.measure.client_limit import ceiling, judge_client
from loadgen.measure.confidence import (
    CONFIDENCE,
    Interval,
    mean_interval,
    percentile_interval,
    requests_needed,
)
from loadgen.measure.failures import Failures
from loadgen.measure.histogram import histogram
from loadgen.measure.judgement import Judgement, judge
from loadgen.measure.littles_law import holds, is_kept_full, mean_in_flight
from loadgen.measure.metrics import Metrics, Processor
from loadgen.measure.planned import Planned
from loadgen.measure.responses import ResponseTimes, Times
from loadgen.measure.results import Connections, LevelResult, Summary
from loadgen.measure.sends import CLIENT, CONNECTION, IN_FLIGHT
from loadgen.measure.server_statistics import ServerStatistics, Spent
from loadgen.measure.summary import percentile_rank, percentiles, sorted_latencies_ns, summarize
from loadgen.measure.threshold import Threshold
from loadgen.measure.timeline import seconds_of
from loadgen.measure.trend import trend
from loadgen.measure.windows import Windows
from loadgen.report.doubts import doubts
from loadgen.report.report import Report
from loadgen.units import NS_PER_S, NS_PER_US

VERSION = 1
"""Goes up when a field goes away or changes its meaning."""

Object = dict[str, Any]


def document(report: Report) -> Object:
    """Return the document of a run. An unstable level is in it like any other, with its reason.

    Of the arguments the values of headers are left out, which may be secrets.
    """
    written: Object = _finite(
        {
            "format": "loadgen",
            "version": VERSION,
            "started_at": report.started_at.isoformat(),
            "interrupted": report.is_interrupted,
            "error": report.error or None,
            "arguments": [_without_secrets(argument, report.target) for argument in report.arguments],
            "environment": dict(report.environment),
            "target": _target(report.target, report.mix),
            "windows": _windows(report.windows),
            "levels": [level_document(level, report.windows, report.thresholds) for level in report.levels],
        }
    )
    return written


def _target(target: Target, mix: Mix | None) -> Object:
    weights = {target: 1} if mix is None else mix.weights
    return {
        "url": target.url,
        "protocol": target.protocol,
        "tls": target.tls is not None,
        "model": target.model if mix is None else None,
        "model_version": None if mix else target.version or None,
        "models": [
            {"model": one.model, "model_version": one.version or None, "weight": weight}
            for one, weight in weights.items()
        ],
        "headers": [name for name, _ in target.headers],
        "bls_composing_models": [
            {"model": model, "model_version": version or None}
            for one in weights
            for model, version in one.composing_models
        ],
    }


def _windows(windows: Windows) -> Object:
    return {
        "length_s": windows.length_s,
        "tolerance": windows.tolerance,
        "at_most": windows.at_most,
        "percentile": windows.percentile,
        "request_count": windows.request_count,
        "latency_limit_us": None if windows.latency_limit_ns is None else _us(windows.latency_limit_ns),
    }


def level_document(level: LevelResult, windows: Windows, thresholds: Sequence[Threshold] = ()) -> Object:
    """Return a level as it stands in the document, given the windows that it was measured in."""
    judged = level.trials[len(level.trials) - len(level.windows) :]
    before_ns = sum(trial.duration_ns for trial in level.trials) - sum(trial.duration_ns for trial in judged)
    latency_ns = sorted_latencies_ns(level.windows)
    bounds_ns, counts = histogram(latency_ns)
    return {
        "load": _load(level.load),
        "stable": level.verdict.stable,
        "reason": level.verdict.reason or None,
        "over_limit": level.verdict.over_limit,
        "trend": trend([trial.throughput for trial in level.trials]),
        "judged_windows": len(judged),
        **_figures(level.summary),
        "response_throughput": level.summary.response_throughput,
        "response_times": _response_times(level.summary.response_times),
        "sequence_count": level.summary.sequence_count,
        "latencies_us": _latencies(level.summary),
        "throughput_interval": _interval(mean_interval([trial.throughput for trial in judged])),
        "percentiles": _percentiles(latency_ns, windows),
        "histogram": {"bounds_us": [_us(bound) for bound in bounds_ns], "counts": counts},
        "mean_in_flight": mean_in_flight(level.summary),
        "littles_law": holds(level.load.in_flight, level.summary) if is_kept_full(level.load) else None,
        "planned": _planned(level.summary.planned),
        "failures": _failures(level.failures),
        "thresholds": [_judgement(judgement) for judgement in judge(level, thresholds)],
        "server": _server(level.summary.server),
        "models": [_model(model, windows) for model in level.models.values()],
        "client": _client(level.summary),
        "doubts": doubts(level, windows.percentile),
        "connections": _connections(level.connections),
        "metrics": _metrics(level.metrics),
        "trials": _in_time([_trial(trial) for trial in level.trials]),
        "timeline": _in_time([_second(summarize([part])) for part in seconds_of(level.windows)], before_ns / NS_PER_S),
    }


def _model(level: LevelResult, windows: Windows) -> Object:
    """Return what is told of one of several models at a level."""
    latency_ns = sorted_latencies_ns(level.windows)
    planned = level.summary.planned
    return {
        "model": level.model,
        **_figures(level.summary),
        "response_throughput": level.summary.response_throughput,
        "response_times": _response_times(level.summary.response_times),
        "latencies_us": _latencies(level.summary),
        "percentiles": _percentiles(latency_ns, windows),
        "planned": None if planned is None else _planned_latencies(planned),
        "adds_us": level.summary.adds_us,
        "failures": _failures(level.failures),
        "server": _server(level.summary.server),
    }


def _load(load: LoadMode) -> Object:
    return {
        "mode": load.mode,
        "value": load.value,
        "shape": getattr(load, "text", None),
        "arrivals": getattr(load, "arrivals", None),
        "seed": getattr(load, "seed", None),
        "max_in_flight": getattr(load, "max_in_flight", None),
        "max_per_second": getattr(load, "max_per_second", None),
        "periodic": _periodic(load) if isinstance(load, PeriodicConcurrency) else None,
    }


def _periodic(load: PeriodicConcurrency) -> Object:
    return {"start": load.start, "end": load.end, "step": load.step, "period": load.period}


def _response_times(times: ResponseTimes | None) -> Object | None:
    return None if times is None else {"first": _times(times.first), "between": _times(times.between)}


def _times(times: Times | None) -> Object | None:
    if times is None:
        return None
    return {"average_us": _us(times.average_ns), "times_us": _by_percentile(times.percentiles_ns)}


def _planned(planned: Planned | None) -> Object | None:
    if planned is None:
        return None
    return {
        "sent_per_s": planned.sent_per_s,
        "sent": planned.sends.count,
        "delayed": {
            "client": planned.sends.delayed.get(CLIENT, 0),
            "in_flight_limit": planned.sends.delayed.get(IN_FLIGHT, 0),
            "connection": planned.sends.delayed.get(CONNECTION, 0),
        },
        **_planned_latencies(planned),
    }


def _planned_latencies(planned: Planned) -> Object:
    return {
        "average_us": _us(planned.average_ns),
        "latencies_us": _by_percentile(planned.percentiles_ns),
        "lateness_us": _by_percentile(planned.lateness_ns),
    }


def _by_percentile(values_ns: Mapping[int, int]) -> Object:
    return {f"p{p}": _us(ns) for p, ns in values_ns.items()}


def _figures(summary: Summary) -> Object:
    """Return the figures that a level, a window and a second have in common."""
    is_known = summary.request_count > 0
    return {
        "duration_s": summary.duration_ns / NS_PER_S,
        "request_count": summary.request_count,
        "throughput": summary.throughput,
        "average_us": _us(summary.average_ns) if is_known else None,
        "standard_deviation_us": summary.standard_deviation_us if summary.request_count > 1 else None,
    }


def _trial(summary: Summary) -> Object:
    return _figures(summary) | {
        "response_throughput": summary.response_throughput,
        "sequence_count": summary.sequence_count,
        "latencies_us": _latencies(summary),
        "failures": _failures(summary.failures),
        "server": _server(summary.server),
    }


def _second(summary: Summary) -> Object:
    return _figures(summary) | {"latencies_us": _latencies(summary)}


def _latencies(summary: Summary) -> Object:
    """Return the percentiles as the text has them, of however few requests."""
    is_known = summary.request_count > 0
    return {f"p{p}": _us(ns) if is_known else None for p, ns in summary.percentiles_ns.items()}


def _in_time(parts: Sequence[Object], start_s: float = 0.0) -> list[Object]:
    """Return parts of a level, each of which begins where one ended, with its start since that of the level."""
    placed = []
    for part in parts:
        placed.append({"start_s": round(start_s, 9)} | part)
        start_s += part["duration_s"]
    return placed


def _percentiles(ordered_ns: NDArray[np.int64], windows: Windows) -> list[Object]:
    return [_percentile(ordered_ns, p) for p in (*percentiles(windows.percentile), 99.9)]


def _percentile(ordered_ns: NDArray[np.int64], percentile: float) -> Object:
    """Return a percentile and its interval; both are null when there are too few requests for it."""
    interval = percentile_interval(ordered_ns, percentile)
    latency_ns = None if interval is None else int(ordered_ns[percentile_rank(percentile, len(ordered_ns))])
    return {
        "percentile": percentile,
        "requests_needed": requests_needed(percentile),
        "latency_us": None if latency_ns is None else _us(latency_ns),
        "interval_us": None if interval is None else _interval(Interval(_us(interval.low), _us(interval.high))),
    }


def _interval(interval: Interval | None) -> Object | None:
    return None if interval is None else {"low": interval.low, "high": interval.high, "confidence": CONFIDENCE}


def _failures(failures: Failures) -> list[Object]:
    kinds = sorted(failures.items(), key=lambda item: -item[1].count)
    return [{"kind": kind, "count": failed.count, "example": failed.example} for kind, failed in kinds]


def _judgement(judgement: Judgement) -> Object:
    return {
        "threshold": str(judgement.threshold),
        "figure": judgement.threshold.figure,
        "limit": judgement.threshold.limit,
        "unit": judgement.threshold.unit,
        "actual": judgement.actual,
        "holds": judgement.holds,
        "sentence": judgement.sentence,
    }


def _server(server: ServerStatistics | None) -> Object | None:
    if server is None:
        return None
    return {
        "inference_count": server.inference_count,
        "execution_count": server.execution_count,
        "overhead_us": server.overhead_us,
        "success": _spent(server.success),
        "queue": _spent(server.queue),
        "compute_input": _spent(server.compute_input),
        "compute_infer": _spent(server.compute_infer),
        "compute_output": _spent(server.compute_output),
        "cache_hit": _spent(server.cache_hit),
        "cache_miss": _spent(server.cache_miss),
        "composing_models": [
            {"model": model, "model_version": version, "server": _server(part)}
            for (model, version), part in server.parts.items()
        ],
    }


def _spent(spent: Spent) -> Object:
    return {"count": spent.count, "total_us": _us(spent.total_ns), "average_us": spent.average_us}


def _client(summary: Summary) -> Object | None:
    use, verdict = summary.client, judge_client(summary)
    if use is None:
        return None
    return {
        "limited": verdict.limited,
        "reason": verdict.reason or None,
        "running": use.running,
        "waiting": use.waiting,
        "loop_lag_us": {"mean": _us(use.mean_lag_ns), "worst": _us(use.worst_lag_ns)} if use.lags else None,
        "ceiling": ceiling(summary),
    }


def _connections(connections: Connections | None) -> Object | None:
    if connections is None:
        return None
    return {
        "open": connections.open,
        "reopened": connections.reopened,
        "goaways": connections.goaways,
        "sent_again": connections.sent_again,
        "limit": connections.limit,
    }


def _metrics(metrics: Metrics | None) -> Object | None:
    if metrics is None:
        return None
    return {
        "cpu": _use(metrics.cpu),
        "gpus": [{"uuid": uuid, "power_w": gpu.power_w} | _use(gpu) for uuid, gpu in metrics.gpus.items()] or None,
    }


def _use(processor: Processor) -> Object:
    return {
        "utilization": processor.utilization,
        "memory_used_bytes": processor.memory_used_bytes,
        "memory_total_bytes": processor.memory_total_bytes,
    }


def _without_secrets(argument: str, target: Target) -> str:
    """Return an argument without the value of a header, which may be a password or a token, if it is one."""
    before, colon, _ = argument.partition(":")
    name = before.removeprefix("-H").strip().lower()
    is_header = colon and name in {name.lower() for name, _ in target.headers}
    return f"{before}:..." if is_header else argument


def _us(value_ns: float) -> float:
    return value_ns / NS_PER_US


def _finite(value: Any) -> Any:  # noqa: ANN401 - of any JSON type
    """Return a value with null in place of every number that JSON does not have (RFC 8259 section 6)."""
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
