"""Little's law on windows that can be checked by hand."""

from dataclasses import replace

import pytest

from loadgen.measure.littles_law import holds, mean_in_flight
from loadgen.measure.summary import summarize
from tests.measure.decoupled import responses


def test_two_slots_that_are_always_taken(window):
    """Two hundred requests of 10 ms in a second: 200 / s * 0.01 s."""
    figures = summarize([window([10.0] * 200)])

    assert mean_in_flight(figures) == pytest.approx(2.0)
    assert holds(2, figures)


@pytest.mark.parametrize(
    ("latencies_ms", "concurrency", "is_so"),
    [
        pytest.param([1.0] * 990, 1, True, id="1 % of the time between two requests"),
        pytest.param([1.0] * 960, 1, True, id="4 % of the time between two requests"),
        pytest.param([1.0] * 900, 1, False, id="10 % of the time between two requests"),
        pytest.param([10.0] * 300, 4, False, id="three of four slots in use"),
        pytest.param([10.0] * 300, 2, False, id="more in flight than asked for"),
        pytest.param([300.0] * 3, 1, True, id="three long requests, one of them cut off by the end"),
        pytest.param([], 1, True, id="nothing to judge by"),
    ],
)
def test_the_law_holds(window, latencies_ms, concurrency, is_so):
    assert holds(concurrency, summarize([window(latencies_ms)])) == is_so


def test_requests_that_failed_took_slots_of_which_nothing_is_known(window):
    assert holds(4, summarize([window([10.0] * 300, failed={"timeout": 1})]))


def test_a_batch_is_one_request(window):
    assert mean_in_flight(summarize([window([10.0] * 100, batch_size=8)])) == pytest.approx(1.0)


def test_the_slot_of_a_decoupled_model_is_free_later_than_its_latency_ends(window):
    assert holds(4, summarize([replace(window([10.0] * 300), responses=responses(*[range(3)] * 300))]))
