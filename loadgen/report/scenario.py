"""The figure by which a scenario of MLPerf's is judged, in words (MLPerf inference rules, "Scenarios")."""

from collections.abc import Mapping

from loadgen.measure.capacity import felt_latency_ns
from loadgen.measure.confidence import requests_needed
from loadgen.measure.early_stopping import CONFIDENCE, early_stopping_ns
from loadgen.measure.results import LevelResult
from loadgen.units import NS_PER_MS, NS_PER_S

DURATION_S = 600
"""An official run lasts no less."""

_PERCENTILES: Mapping[str, int] = {"single-stream": 90, "multi-stream": 99}


def scenario_text(scenario: str, level: LevelResult) -> str:
    """Return the result of a scenario, but for that of `server`, which is the answer of a search."""
    duration_s = sum(trial.duration_ns for trial in level.trials) / NS_PER_S
    official = "" if duration_s >= DURATION_S else f"; MLPerf asks for {DURATION_S} s, this run had {duration_s:.3g} s"
    return f"MLPerf {scenario}: {_result(scenario, level)}{official}"


def _result(scenario: str, level: LevelResult) -> str:
    if scenario not in _PERCENTILES:
        return f"{level.summary.throughput:.6g} samples per second"
    percentile, latency_ns = _PERCENTILES[scenario], felt_latency_ns(level)
    estimate_ns = early_stopping_ns(latency_ns, percentile)
    if estimate_ns is None:
        needed = requests_needed(percentile)
        return f"p{percentile} not known, for {len(latency_ns)} queries are too few ({needed} needed)"
    confidence = f"with a confidence of {CONFIDENCE:.0%}, early stopping of {len(latency_ns)} queries"
    return f"p{percentile} is at most {estimate_ns / NS_PER_MS:.4g} ms ({confidence})"
