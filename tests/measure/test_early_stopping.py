"""MLPerf's early stopping against the figures that MLCommons publishes for it."""

import numpy as np
import pytest

from loadgen.measure.confidence import requests_needed
from loadgen.measure.early_stopping import early_stopping_ns


@pytest.mark.parametrize(("count", "highest"), [(1000, 2), (5000, 33), (10_000, 77), (50_000, 448)])
def test_the_estimate_of_p99_is_the_so_manyeth_highest(count: int, highest: int):
    latency_ns = np.random.default_rng(1).permutation(count) + 1

    assert early_stopping_ns(latency_ns, 99) == count - highest + 1


@pytest.mark.parametrize(("percentile", "least"), [(50, 11), (90, 64), (95, 130), (99, 662), (99.9, 6636)])
def test_too_small_a_sample_has_no_estimate(percentile: float, least: int):
    assert requests_needed(percentile) == least
    assert early_stopping_ns(np.arange(least - 1), percentile) is None
    assert early_stopping_ns(np.arange(least), percentile) == least - 1


def test_it_is_an_upper_bound_in_99_of_100_samples():
    draws = np.random.default_rng(2)
    bounds = [early_stopping_ns(draws.integers(0, 1_000_000, 2000), 95) for _ in range(300)]

    assert sum(bound < 950_000 for bound in bounds) <= 9  # 3 are expected
    assert np.mean(bounds) < 970_000, "and not a careless one"
