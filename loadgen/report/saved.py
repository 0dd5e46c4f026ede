"""Documents read again: the runs of `--json`, and their levels."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadgen.errors import ConfigError
from loadgen.load.modes import Concurrency, LoadMode, PeriodicConcurrency, RequestRate
from loadgen.measure.failures import FailureCount, Failures
from loadgen.measure.results import LevelResult, Summary, Verdict
from loadgen.measure.server_statistics import ServerStatistics, Spent
from loadgen.report.document import VERSION
from loadgen.units import NS_PER_S, NS_PER_US

Object = Mapping[str, Any]

_SPENT = ("success", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit", "cache_miss")


@dataclass(frozen=True)
class SavedRun:
    """The levels of a run, as they were written with `--json` into the file of this `name`.

    `error` is the sentence of what ended the run, empty when nothing did.
    """

    name: str
    levels: tuple[LevelResult, ...]
    error: str


def read_run(path: str) -> SavedRun:
    """Return the run of a file. Raises ConfigError for one that cannot be read, or is no such document."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: this file cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: this is no JSON: {error}") from error
    if not (isinstance(document, dict) and document.get("format") == "loadgen" and document.get("version") == VERSION):
        raise ConfigError(f"{path}: this is no document that loadgen --json has written, or one of another version")
    return SavedRun(path, tuple(level_from(level) for level in document["levels"]), document["error"] or "")


def level_from(document: Object) -> LevelResult:
    """Return a level of a document: all of it but its raw windows, connections and metrics."""
    return LevelResult(
        load=_load(document["load"]),
        summary=_summary(document),
        verdict=Verdict(document["stable"], document["reason"] or "", document["over_limit"]),
        trials=tuple(_summary(trial) for trial in document["trials"]),
    )


def _load(document: Object) -> LoadMode:
    """Return the load of a level; of an open loop it is the rate."""
    if document["mode"] == PeriodicConcurrency.mode:
        return PeriodicConcurrency(**document["periodic"])
    if document["mode"] == Concurrency.mode:
        return Concurrency(document["value"], document["max_per_second"])
    return RequestRate(document["value"], max_in_flight=document["max_in_flight"])


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
        sequence_count=document["sequence_count"],
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
