"""The levels of a document, read again."""

from collections.abc import Mapping, Sequence
from typing import Any

from loadgen.load.modes import Concurrency
from loadgen.measure.failures import FailureCount, Failures
from loadgen.measure.results import LevelResult, Summary, Verdict
from loadgen.measure.server_statistics import ServerStatistics, Spent
from loadgen.units import NS_PER_S, NS_PER_US

Object = Mapping[str, Any]

_SPENT = ("success", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit", "cache_miss")


def level_from(document: Object) -> LevelResult:
    """Return a level of a document: all of it but its raw windows, connections and metrics."""
    return LevelResult(
        load=Concurrency(document["load"]["value"]),
        summary=_summary(document),
        verdict=Verdict(document["stable"], document["reason"] or "", document["over_limit"]),
        trials=tuple(_summary(trial) for trial in document["trials"]),
    )


def _summary(document: Object) -> Summary:
    return Summary(
        request_count=document["request_count"],
        duration_ns=round(document["duration_s"] * NS_PER_S),
        throughput=document["throughput"],
        average_ns=_ns(document["average_us"]),
        standard_deviation_us=document["standard_deviation_us"] or 0,
        percentiles_ns={int(name.removeprefix("p")): _ns(us) for name, us in document["latencies_us"].items()},
        server=None if document["server"] is None else _server(document["server"]),
        failures=_failures(document["failures"]),
        response_throughput=document["response_throughput"],
    )


def _ns(value_us: float | None) -> int:
    return round((value_us or 0) * NS_PER_US)


def _failures(kinds: Sequence[Object]) -> Failures:
    return {kind["kind"]: FailureCount(kind["count"], kind["example"]) for kind in kinds}


def _server(document: Object) -> ServerStatistics:
    spent: dict[str, Any] = {name: Spent(document[name]["count"], _ns(document[name]["total_us"])) for name in _SPENT}
    parts = document["composing_models"]
    composing = {(part["model"], part["model_version"]): _server(part["server"]) for part in parts}
    return ServerStatistics(document["inference_count"], document["execution_count"], composing=composing, **spent)
