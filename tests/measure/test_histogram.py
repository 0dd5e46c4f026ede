"""Buckets with bounds that can be checked by hand: twenty to a power of ten."""

import numpy as np
import pytest

from loadgen.measure.histogram import histogram


def test_one_latency_has_one_bucket():
    """10 ** (40 / 20) = 100 and 10 ** (41 / 20) = 112.2, so that 113 is the first beyond it."""
    assert histogram(np.array([100])) == ([100, 113], [1])


def test_a_bucket_ends_before_its_upper_bound():
    assert histogram(np.array([112, 113])) == ([100, 113, 126], [1, 1])


def test_buckets_between_the_fastest_and_the_slowest_may_be_empty():
    bounds, counts = histogram(np.array([1000, 1001, 9999]))

    assert (bounds[0], bounds[-1]) == (1000, 10_000)
    assert (counts[0], counts[-1], sum(counts)) == (2, 1, 3)
    assert len(counts) == 20


def test_no_latency_has_no_bucket():
    assert histogram(np.array([], np.int64)) == ([], [])


@pytest.mark.parametrize("latency_ns", [0, 1, 2, 3, 10, 999, 1000, 10**6, 10**9, 10**12 - 1, 10**12])
def test_every_latency_is_in_a_bucket(latency_ns):
    bounds, counts = histogram(np.array([latency_ns]))

    assert sum(counts) == 1
    assert bounds[0] <= max(1, latency_ns) < bounds[-1]


def test_every_latency_is_counted_once():
    latency_ns = np.random.default_rng(1).integers(0, 10**8, 5000)

    bounds, counts = histogram(latency_ns)

    assert sum(counts) == 5000
    assert len(bounds) == len(counts) + 1
    assert bounds == sorted(set(bounds))
