"""--scenario: the loads that MLPerf's scenarios stand for."""

import pytest

from loadgen.cli.parser import parse
from loadgen.load.modes import Concurrency, RequestRate
from loadgen.measure.search import HighestLevel, LinearSearch
from tests.cli.conftest import sentence


@pytest.mark.parametrize(
    ("line", "search", "load", "batch_size", "request_count"),
    [
        ("single-stream", LinearSearch(1, 1), Concurrency(1), 1, None),
        ("multi-stream", LinearSearch(1, 1), Concurrency(1), 8, None),
        ("server --find-max p99<15ms", HighestLevel(100), RequestRate(1, arrivals="poisson"), 1, None),
        ("offline", LinearSearch(64, 64), Concurrency(1), 1, 24_576),
    ],
)
def test_a_scenario_is_a_load(line, search, load, batch_size, request_count):
    options = parse(["-m", "m", "--scenario", *line.split()])

    assert (options.search, options.load_at(1)) == (search, load)
    assert (options.inputs.batch_size, options.request_count) == (batch_size, request_count)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("--scenario interactive", "--scenario interactive: give single-stream or multi-stream or server or offline"),
        ("--scenario server", "--scenario server: this needs its limit, such as --find-max 'p99<15ms'"),
        (
            "--scenario offline --find-max p99<15ms",
            "--scenario offline: this does not go with --find-max, which belongs to the scenario server",
        ),
        (
            "--scenario single-stream --concurrency-range 4",
            "--scenario single-stream: this does not go with --concurrency-range",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(line, error):
    assert sentence(f"-m m {line}") == error
