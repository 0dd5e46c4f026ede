"""What the library refuses before it asks a server anything."""

from typing import Any

import pytest

import loadgen
from loadgen import Axis, Concurrency, RequestIntervals, RequestRate, Study, Target


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


TWO = Study((Axis("instance-count", (1, 2)),))


@pytest.mark.parametrize(
    ("load", "study", "options", "sentence"),
    [
        (RequestRate(5), TWO, {}, "^Request Rate 5: a sweep keeps requests in flight, give Concurrency"),
        ([], TWO, {}, "^give at least one level"),
        (Concurrency(1), Study(()), {}, "^nothing to vary: give an axis"),
        (Concurrency(1), Study(TWO.axes, search=2), {}, "^--search 2: there are 2 combinations"),
        (Concurrency(1), Study(TWO.axes, one_at_a_time=True, search=1), {}, "^--search 1: it does not go with --one-"),
        (Concurrency(1), TWO, {"request_count": 9}, "^request_count=9: a sweep measures in windows"),
        (
            Concurrency(1),
            TWO,
            {"output": "nowhere", "resume": True},
            "^nowhere/journal.jsonl: the journal cannot",
        ),
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused(load: Any, study: Study, options: Any, sentence: str):
    with pytest.raises(loadgen.ConfigError, match=sentence):
        loadgen.sweep(Target("localhost:1", "m"), load, study, **options)
