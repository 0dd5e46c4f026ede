"""What the library refuses before it asks a server anything."""

from typing import Any

import pytest

import loadgen
from loadgen import Concurrency, RequestIntervals, Target


@pytest.mark.parametrize(
    ("condition", "load", "options", "sentence"),
    [
        ("p99", Concurrency(1), {}, "^p99: give FIGURE<LIMIT"),
        ("throughput>5", Concurrency(1), {}, "^throughput>5: give a figure that has to stay below a limit"),
        ("p99<1s", RequestIntervals((1,)), {}, "^Request intervals: find_max looks for the highest RequestRate or"),
        ("p99<1s", Concurrency(1), {"request_count": 9}, "^request_count=9: a search measures in windows"),
        ("p99<1s", Concurrency(4), {"at_most": 3}, r"^the end must be at least the start \(4\), not 3"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(condition: str, load: Any, options: Any, sentence: str):
    with pytest.raises(loadgen.ConfigError, match=sentence):
        loadgen.find_max(condition, Target("localhost:1", "m"), load, **options)
