"""Whether a level keeps to a threshold, with the figure and a sentence that says so."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from loadgen.measure.confidence import requests_needed
from loadgen.measure.failures import failed_count, most_frequent
from loadgen.measure.results import LevelResult
from loadgen.measure.summary import percentile_rank, sorted_latencies_ns
from loadgen.measure.threshold import NS_PER, Threshold
from loadgen.units import NS_PER_US


@dataclass(frozen=True)
class Judgement:
    """A level, judged by a threshold.

    `actual` is the figure in the threshold's unit; it is None where it is not known, and then the threshold does not
    hold. `sentence` reads `p99 18.2 ms > 15 ms (limit), stable, 12 034 requests`.
    """

    threshold: Threshold
    actual: float | None
    holds: bool
    sentence: str


def judge(level: LevelResult, thresholds: Sequence[Threshold]) -> tuple[Judgement, ...]:
    """Return a judgement by each threshold, in their order.

    Throughput, latencies and the server's times are those of the judged windows; errors count in all windows.
    """
    return tuple(_judged(level, threshold) for threshold in thresholds)


def failures_of(levels: Sequence[LevelResult], thresholds: Sequence[Threshold]) -> list[str]:
    """Return the sentence of each threshold that does not hold, with its level where there are several."""
    if not levels:
        return ["nothing was measured"]
    return [
        judgement.sentence if len(levels) == 1 else f"{level.load}: {judgement.sentence}"
        for level in levels
        for judgement in judge(level, thresholds)
        if not judgement.holds
    ]


def _judged(level: LevelResult, threshold: Threshold) -> Judgement:
    known = _figure(level, threshold)
    if isinstance(known, str):
        sentence = f"{threshold.figure} is not known, {known}; {_limit(threshold)} (limit)"
        return Judgement(threshold, None, holds=False, sentence=sentence)
    actual = known / NS_PER.get(threshold.unit, 1)
    sentence = f"{threshold.figure} {_compared(actual, threshold)} (limit), {_evidence(level, threshold)}"
    return Judgement(threshold, actual, threshold.allows(actual), sentence)


def _figure(level: LevelResult, threshold: Threshold) -> float | str:
    """Return the figure of a threshold, a time in nanoseconds, or the reason why it is not known."""
    match threshold.figure:
        case "throughput":
            return level.summary.throughput
        case "errors":
            return _errors(level, is_share=threshold.unit == "%")
        case _ if not level.summary.request_count:
            return "for no request succeeded"
        case "avg":
            return level.summary.average_ns
        case "adds" | "queue" | "compute":
            return _server_time_ns(level, threshold.figure)
        case _:
            return _percentile_ns(level, threshold)


def _errors(level: LevelResult, *, is_share: bool) -> float | str:
    failed = failed_count(level.failures)
    if not is_share:
        return failed
    return failed * 100 / level.ended_count if level.ended_count else "for no request ended"


def _server_time_ns(level: LevelResult, figure: str) -> float | str:
    server = level.summary.server
    if server is None or not server.success.count:
        return "for the server tells nothing of it"
    if figure == "adds":
        adds_us = level.summary.adds_us
        return "for requests failed, which the server may have counted" if adds_us is None else adds_us * NS_PER_US
    return (server.queue_us if figure == "queue" else server.answer_us) * NS_PER_US


def _percentile_ns(level: LevelResult, threshold: Threshold) -> float | str:
    percentile, summary, planned = threshold.percentile, level.summary, level.summary.planned
    assert percentile is not None
    if threshold.is_planned and planned is None:
        return "for a closed loop has no planned instants"
    count, needed = summary.request_count, requests_needed(percentile)
    if count < needed:
        return f"for {_requests(count)} are too few ({_grouped(needed)} needed)"
    known_ns = planned.percentiles_ns if threshold.is_planned and planned else summary.percentiles_ns
    if percentile in known_ns:
        return known_ns[int(percentile)]
    ordered_ns = sorted_latencies_ns(level.windows, planned=threshold.is_planned)
    return float(ordered_ns[percentile_rank(percentile, len(ordered_ns))])


def _compared(actual: float, threshold: Threshold) -> str:
    """Return how the figure stands to the limit: `18.2 ms > 15 ms`."""
    written = _told_apart(actual, threshold.limit)
    return f"{written} {threshold.unit} {_sign(actual, threshold.limit)} {_limit(threshold)}"


def _sign(actual: float, limit: float) -> str:
    return "<" if actual < limit else ">" if actual > limit else "="


def _told_apart(actual: float, limit: float) -> str:
    """Write a figure with three digits, or as many as it takes to stand on the same side of its limit."""
    least = 2 - math.floor(math.log10(abs(actual))) if actual else 0
    tries = (f"{actual:.{decimals}f}" for decimals in range(max(0, least), 18))
    written = next((text for text in tries if _sign(float(text), limit) == _sign(actual, limit)), f"{actual!r}")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _limit(threshold: Threshold) -> str:
    return f"{threshold.limit:.12g} {threshold.unit}"


def _evidence(level: LevelResult, threshold: Threshold) -> str:
    """Return what the figure rests on: `stable, 12 034 requests`."""
    if threshold.figure == "errors":
        example = f", for example {most_frequent(level.failures)}" if level.failures else ""
        return f"{failed_count(level.failures)} of {_requests(level.ended_count)} failed{example}"
    stable = "stable" if level.verdict.stable else "unstable"
    return f"{stable}, {_requests(level.summary.request_count)}"


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{_grouped(count)} requests"


def _grouped(count: int) -> str:
    """Write a number with blanks between groups of three digits."""
    return f"{count:,}".replace(",", " ")
