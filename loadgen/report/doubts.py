"""Reasons not to trust a figure too much, in words."""

from collections.abc import Mapping, Sequence

from loadgen.measure.client_limit import judge_client
from loadgen.measure.confidence import requests_needed
from loadgen.measure.littles_law import holds, is_kept_full, mean_in_flight
from loadgen.measure.results import LevelResult, Summary
from loadgen.measure.stability import latency_name, spread_of
from loadgen.measure.trend import JUDGED, trend
from loadgen.report.planned_text import omission
from loadgen.units import NS_PER_MS

_WARM_UP = "let the server warm up (--warmup-request-count)"
_WORSE = "see what fills up or heats up meanwhile"
_LONGER = "longer windows (-p) even that out"


def doubts(level: LevelResult, percentile: int | None = None) -> list[str]:
    """Return a sentence for each doubt about the figures of a level; none if they are as good as they look.

    `percentile` is that of the latency that had to be stable; None is the average.
    """
    return [
        *_unsteady_windows(level, percentile),
        *(doubt for one in (level, *level.models.values()) for doubt in _few_requests(one)),
        *_empty_slots(level),
        *_client(level),
        *omission(level),
    ]


def _unsteady_windows(level: LevelResult, percentile: int | None) -> list[str]:
    """Return what moved most in an unstable level, whether it has a trend, and what to try; nothing of few windows."""
    if level.verdict.stable or len(level.trials) < JUDGED:
        return []
    return [f"{level.load}: {what_moves(level.trials, percentile)}."]


def what_moves(trials: Sequence[Summary], percentile: int | None) -> str:
    """Return what moved most in the last JUDGED of these windows, whether it has a trend, and what to try."""
    last = trials[-JUDGED:]
    throughputs = [trial.throughput for trial in last]
    latencies_ms = [trial.stabilizing_ns(percentile) / NS_PER_MS for trial in last]
    if spread_of(throughputs) >= spread_of(latencies_ms):
        return _movement("throughput", throughputs, "infer/s", {"rising": _WARM_UP, "falling": _WORSE})
    advice = {"rising": _WORSE, "falling": _WARM_UP}
    return _movement(latency_name(percentile), latencies_ms, "ms", advice)


def _movement(figure: str, values: Sequence[float], unit: str, advice: Mapping[str, str]) -> str:
    where = trend(values)
    if where is None:
        lowest, highest = min(values), max(values)
        return f"the {figure} goes up and down, between {lowest:.4g} and {highest:.4g} {unit}: {_LONGER}"
    verb = {"rising": "rises", "falling": "falls"}[where]
    change = f"from {values[0]:.4g} to {values[-1]:.4g} {unit}"
    return f"the {figure} {verb} from window to window, {change}: {advice[where]}"


def _few_requests(level: LevelResult) -> list[str]:
    count = level.summary.request_count
    doubtful = {p: requests_needed(p) for p in level.summary.percentiles_ns if 0 < count < requests_needed(p)}
    if not doubtful:
        return []
    names, needed = (" and ".join(words) for words in ([f"p{p}" for p in doubtful], map(str, doubtful.values())))
    return [f"{level}: {count} requests are few for {names} ({needed} needed)."]


def _empty_slots(level: LevelResult) -> list[str]:
    if not is_kept_full(level.load) or holds(level.load.in_flight, level.summary):
        return []
    in_flight = f"{mean_in_flight(level.summary):.2f} requests were in flight on average"
    law = "Little's law: throughput x average latency"
    return [f"{level.load}: {in_flight}, not {level.load.in_flight} ({law})."]


def _client(level: LevelResult) -> list[str]:
    reason = judge_client(level.summary).reason
    return [f"{level.load}: {reason}."] if reason else []
