"""What a receiver's clock says, from instants made by hand."""

import numpy as np
import pytest

from benchmarks.arrivals import arrivals
from loadgen.load.schedule import constant, poisson


def test_a_rate_that_is_kept_exactly_has_no_jitter():
    seen = arrivals(constant(1000).offsets_ns, 1000)

    assert (seen.count, seen.rate) == (1000, pytest.approx(1000))
    assert (seen.jitter_p50_us, seen.jitter_p99_us) == pytest.approx((0, 0), abs=1e-6)


def test_late_ones_are_jitter():
    instants_ns = constant(1000).offsets_ns.copy()
    instants_ns[::2] += 100_000

    assert arrivals(instants_ns, 1000).jitter_p50_us == pytest.approx(100)


def test_random_arrivals_are_known_by_their_gaps():
    random, even = arrivals(poisson(500, 1).offsets_ns[:20_000], 500), arrivals(constant(500).offsets_ns, 500)

    assert random.variation == pytest.approx(1, abs=0.03)
    assert random.distance < 1.63 / np.sqrt(20_000)
    assert even.distance > 0.6
