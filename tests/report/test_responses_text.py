"""What is said of the responses of a decoupled model, and of a periodic load on it."""

from dataclasses import replace

import numpy as np
import pytest

from loadgen.load.modes import Concurrency, PeriodicConcurrency
from loadgen.measure.records import Records
from loadgen.measure.results import LevelResult, Verdict
from loadgen.measure.summary import summarize
from loadgen.measure.windows import Window
from loadgen.report import text
from loadgen.report.responses_text import response_times
from loadgen.units import ms, seconds
from tests.measure.decoupled import responses

PERIODIC = PeriodicConcurrency(1, 3, period=2)


def level(*seen_ms):
    """Return the level of requests that are sent at once, given when their responses came, in milliseconds."""
    seen = responses(*([ms(one) for one in request] for request in seen_ms))
    start_ns = np.zeros(len(seen_ms), np.int64)
    window = Window(0, seconds(1), Records(start_ns, start_ns + ms(900)), None, responses=seen)
    return LevelResult(PERIODIC, summarize([window]), Verdict(stable=True), windows=(window,))


def test_the_first_response_the_next_ones_and_the_requests_that_had_too_few_are_told():
    assert list(response_times(level((100, 150, 250), (300, 330), (200,)))) == [
        "Time to first response: avg 200000 usec, p50 200000, p90 300000, p95 300000, p99 300000 usec",
        "Time between responses: avg 60000 usec, p50 50000, p90 100000, p95 100000, p99 100000 usec",
        "Ended with fewer than 2 responses, and counted as if they had had them: 1 of 3",
    ]


@pytest.mark.parametrize(
    ("seen_ms", "told"),
    [
        ([(100, 200)], ["Time to first response", "Time between responses"]),
        (
            [(100,)],
            ["Time to first response", "Ended with fewer than 2 responses, and counted as if they had had them"],
        ),
        ([()], ["Ended with fewer than 2 responses, and counted as if they had had them"]),
    ],
)
def test_nothing_is_said_of_what_was_not(seen_ms, told):
    assert [line.split(":")[0] for line in response_times(level(*seen_ms))] == told


def test_the_block_of_another_load_on_a_decoupled_model_has_the_times_too():
    closed = replace(level((100, 200)), load=Concurrency(1))

    assert "    Time to first response: avg 100000 usec" in text.level(closed)
    assert "Ended with fewer" not in text.level(closed)
