"""Reasons not to trust a figure too much, in words."""

from loadgen.measure.confidence import requests_needed
from loadgen.measure.littles_law import holds, is_kept_full, mean_in_flight
from loadgen.measure.results import LevelResult
from loadgen.measure.trend import JUDGED, trend
from loadgen.report.planned_text import omission

_ADVICE = {
    "rising": "the throughput rises from window to window: let the server warm up (--warmup-request-count)",
    "falling": "the throughput falls from window to window: see what fills up or heats up meanwhile",
    None: "the windows differ in no direction: longer ones (-p) even that out",
}


def doubts(level: LevelResult) -> list[str]:
    """Return a sentence for each doubt about the figures of a level; none if they are as good as they look."""
    return [*_unsteady_windows(level), *_few_requests(level), *_empty_slots(level), *omission(level)]


def _unsteady_windows(level: LevelResult) -> list[str]:
    """Return whether an unstable level has a trend or only noise, and what to try; nothing before there are enough."""
    if level.verdict.stable or len(level.trials) < JUDGED:
        return []
    where = trend([trial.throughput for trial in level.trials])
    return [f"{level.load}: {_ADVICE[where]}."]


def _few_requests(level: LevelResult) -> list[str]:
    count = level.summary.request_count
    doubtful = {p: requests_needed(p) for p in level.summary.percentiles_ns if 0 < count < requests_needed(p)}
    if not doubtful:
        return []
    names, needed = (" and ".join(words) for words in ([f"p{p}" for p in doubtful], map(str, doubtful.values())))
    return [f"{level.load}: {count} requests are few for {names} ({needed} needed)."]


def _empty_slots(level: LevelResult) -> list[str]:
    if not is_kept_full(level.load) or holds(level.load.in_flight, level.summary):
        return []
    in_flight = f"{mean_in_flight(level.summary):.2f} requests were in flight on average"
    law = "Little's law: throughput x average latency"
    return [f"{level.load}: {in_flight}, not {level.load.in_flight} ({law})."]
