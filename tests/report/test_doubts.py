"""When a figure is doubted, and in which words."""

from dataclasses import replace

import pytest

from loadgen.measure.client_use import ClientUse
from loadgen.measure.results import Verdict
from loadgen.report.doubts import doubts
from loadgen.units import seconds


def level_in_flight(level_of, concurrency, in_flight, *, count=1000, **more):
    """Return a level of one second in which so many requests of the right length ended."""
    level = level_of(concurrency, float(count), round(in_flight * 1_000_000 / count), count=count, **more)
    return replace(level, summary=replace(level.summary, duration_ns=seconds(1)))


def test_good_figures_are_not_doubted(level_of):
    assert doubts(level_in_flight(level_of, 4, 4.0)) == []


@pytest.mark.parametrize(
    ("count", "words"),
    [
        pytest.param(661, "661 requests are few for p99 (662 needed).", id="one too few for p99"),
        pytest.param(100, "100 requests are few for p95 and p99 (130 and 662 needed).", id="too few for two"),
        pytest.param(
            5, "5 requests are few for p50 and p90 and p95 and p99 (11 and 64 and 130 and 662 needed).", id="for all"
        ),
    ],
)
def test_a_percentile_of_too_few_requests(level_of, count, words):
    assert doubts(level_in_flight(level_of, 2, 2.0, count=count)) == [f"Concurrency 2: {words}"]


def test_slots_that_were_empty(level_of):
    (sentence,) = doubts(level_in_flight(level_of, 4, 3.1))

    assert sentence == (
        "Concurrency 4: 3.10 requests were in flight on average, not 4 (Little's law: throughput x average latency)."
    )


def test_a_level_at_which_nothing_succeeded_has_enough_to_say(level_of):
    assert doubts(level_of(1, 0.0, count=0, failed={"timeout": 3}, reason="no request succeeded")) == []


@pytest.mark.parametrize(
    ("throughputs", "latencies_ms", "advice"),
    [
        pytest.param(
            [1, 2, 3, 4, 5],
            [9, 8, 8, 8, 8],
            "the throughput rises from window to window, from 1 to 5 infer/s: let the server warm up (--warmup-",
            id="more and more",
        ),
        pytest.param(
            [5, 4, 3, 2, 1],
            [8, 8, 8, 8, 9],
            "the throughput falls from window to window, from 5 to 1 infer/s: see what fills up",
            id="less and less",
        ),
        pytest.param(
            [9, 9, 9, 9, 8],
            [1.5, 2, 3, 4, 7.25],
            "the p99 latency rises from window to window, from 1.5 to 7.25 ms: see what fills up",
            id="later and later",
        ),
        pytest.param(
            [9, 9, 9, 9, 8],
            [5, 4, 3, 2, 1],
            "the p99 latency falls from window to window, from 5 to 1 ms: let the server warm up",
            id="earlier and earlier",
        ),
        pytest.param(
            [1, 5, 2, 4, 3],
            [8, 8, 8, 8, 9],
            "the throughput goes up and down, between 1 and 5 infer/s: longer windows (-p) even that out.",
            id="noise",
        ),
    ],
)
def test_what_moved_and_what_to_try_when_a_level_is_not_stable(level_of, summary_of, throughputs, latencies_ms, advice):
    latencies_us = [(0, 0, 0, int(latency_ms * 1000)) for latency_ms in latencies_ms]
    trials = tuple(
        summary_of(float(throughput), latencies_us=latency_us)
        for throughput, latency_us in zip(throughputs, latencies_us, strict=True)
    )
    level = level_in_flight(level_of, 2, 2.0, reason="throughput spread 1.50 > 1.10 in the last 3 windows")

    (sentence,) = doubts(replace(level, trials=trials), percentile=99)

    assert sentence.startswith(f"Concurrency 2: {advice}")
    assert doubts(replace(level, trials=trials[:4]), percentile=99) == []
    assert doubts(replace(level, trials=trials, verdict=Verdict(stable=True)), percentile=99) == []


def test_a_client_that_was_the_limit(level_of):
    level = level_in_flight(level_of, 4, 4.0)
    busy = replace(level.summary, client=ClientUse(duration_ns=100, cpu_ns=95, waiting_ns=3))
    (sentence,) = doubts(replace(level, summary=busy))

    assert sentence == (
        "Concurrency 4: loadgen itself was the limit: its event loop ran 95 % of the time and waited for a core 3 %."
    )
