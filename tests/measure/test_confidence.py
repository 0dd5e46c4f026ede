"""Confidence in figures, with numbers that a reader can check, and intervals against exact probabilities."""

from math import comb

import numpy as np
import pytest

from loadgen.measure.confidence import (
    Interval,
    mean_interval,
    percentile_interval,
    requests_needed,
)


def test_the_interval_of_three_windows():
    """Mean 100, deviation 10, so 4.303 * 10 / sqrt(3) = 24.84 to either side."""
    interval = mean_interval([90.0, 100.0, 110.0])

    assert interval.low == pytest.approx(75.16, abs=0.01)
    assert interval.high == pytest.approx(124.84, abs=0.01)


@pytest.mark.parametrize(
    ("values", "interval"),
    [
        pytest.param([], None, id="no window"),
        pytest.param([100.0], None, id="one window says nothing of the next"),
        pytest.param([100.0, 100.0], Interval(100.0, 100.0), id="windows that agree"),
        pytest.param([0.0, 2.0], Interval(0.0, pytest.approx(1.0 + 12.706)), id="a throughput is not below zero"),
    ],
)
def test_the_interval_of(values, interval):
    assert mean_interval(values) == interval


def test_many_windows_have_the_t_of_the_last_that_is_known():
    values = [99.0, 101.0] * 50

    half = (mean_interval(values).high - mean_interval(values).low) / 2

    assert half == pytest.approx(2.228 * np.std(values, ddof=1) / 10)


@pytest.mark.parametrize(("percentile", "count"), [(50, 11), (90, 64), (95, 130), (99, 662), (99.9, 6636), (10, 64)])
def test_the_requests_that_a_percentile_needs(percentile, count):
    assert requests_needed(percentile) == count


def test_the_interval_of_the_median_of_a_hundred():
    """50 +- 1.96 * 5: the 40th (floor of 40.2) and the 61st (60 and one more) of the sorted latencies."""
    assert percentile_interval(np.arange(1, 101), 50) == Interval(40, 61)


def test_too_small_a_sample_has_no_interval():
    assert percentile_interval(np.arange(63), 90) is None
    assert percentile_interval(np.arange(64), 90) is not None


@pytest.mark.parametrize(
    ("percentile", "count"), [(50, 11), (50, 1000), (90, 64), (95, 130), (95, 1000), (99, 662), (99, 5000), (10, 64)]
)
def test_the_true_percentile_is_inside_with_at_least_95_percent(percentile, count):
    """It is above the latency of rank `low` and below that of rank `high` if from low to high - 1 lie below it."""
    ranks = percentile_interval(np.arange(1, count + 1), percentile)
    share = percentile / 100

    inside = sum(
        comb(count, below) * share**below * (1 - share) ** (count - below)
        for below in range(int(ranks.low), int(ranks.high))
    )

    assert inside >= 0.95


def test_the_interval_holds_for_samples_of_a_known_distribution():
    """The p90 of an exponential distribution of mean 1 is ln 10; all is drawn from a fixed seed."""
    draws = np.sort(np.random.default_rng(1).exponential(10**6, (400, 500)).astype(np.int64), axis=1)
    intervals = [percentile_interval(sample, 90) for sample in draws]

    inside = sum(interval.low <= np.log(10) * 10**6 <= interval.high for interval in intervals)

    assert 370 <= inside <= 400
