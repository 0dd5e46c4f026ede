"""When a figure is doubted, and in which words."""

from dataclasses import replace

import pytest

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
    ("throughputs", "advice"),
    [
        pytest.param(
            [1, 2, 3, 4, 5], "the throughput rises from window to window: let the server warm up", id="rising"
        ),
        pytest.param([5, 4, 3, 2, 1], "the throughput falls from window to window: see what fills up", id="falling"),
        pytest.param([1, 5, 2, 4, 3], "the windows differ in no direction: longer ones (-p)", id="noise"),
    ],
)
def test_what_to_try_when_a_level_is_not_stable(level_of, summary_of, throughputs, advice):
    trials = tuple(summary_of(float(throughput)) for throughput in throughputs)
    level = level_in_flight(level_of, 2, 2.0, reason="throughput spread 1.50 > 1.10 in the last 3 windows")

    (sentence,) = doubts(replace(level, trials=trials))

    assert sentence.startswith(f"Concurrency 2: {advice}")
    assert doubts(replace(level, trials=trials[:4])) == []
    assert doubts(replace(level, trials=trials, verdict=Verdict(stable=True))) == []
