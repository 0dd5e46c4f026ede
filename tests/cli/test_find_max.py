"""--find-max: what is looked for, and where."""

import pytest

from loadgen.cli.parser import parse
from loadgen.load.modes import Concurrency, RequestRate
from loadgen.measure.failures import ErrorLimit
from loadgen.measure.search import HighestLevel
from loadgen.measure.threshold import threshold
from tests.cli.conftest import sentence


@pytest.mark.parametrize(
    ("line", "search", "load"),
    [
        ("", HighestLevel(100), RequestRate(8, arrivals="poisson")),
        ("--seed 4", HighestLevel(100), RequestRate(8, arrivals="poisson", seed=4)),
        ("--request-rate-range 50:900", HighestLevel(50.0, 900.0), RequestRate(8)),
        ("--request-rate-range 50", HighestLevel(50.0), RequestRate(8)),
        ("--concurrency-range 2:64", HighestLevel(2, 64), Concurrency(8)),
    ],
)
def test_where_it_looks(line, search, load):
    options = parse(["-m", "m", "--find-max", "p99<10ms", *line.split()])

    assert options.find_max == threshold("p99<10ms")
    assert (options.search, options.load_at(8)) == (search, load)


def test_failed_requests_end_no_search_that_judges_them():
    assert parse(["-m", "m", "--find-max", "errors<1%"]).tolerated == ErrorLimit(rate=1.0)
    assert parse(["-m", "m", "--find-max", "errors<1%", "--max-error-rate", "5%"]).tolerated == ErrorLimit(rate=0.05)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("--find-max p99", "--find-max p99: give FIGURE<LIMIT in quotes, such as "),
        ("--find-max throughput>5", "--find-max throughput>5: give a figure that has to stay below a limit, such as "),
        ("--find-max p99<9ms --binary-search", "--find-max p99<9ms: this does not go with --binary-search"),
        ("--find-max p99<9ms --concurrency-range 0", "--concurrency-range 0: the start must be above 0, not 0"),
    ],
)
def test_what_makes_no_sense_is_refused(line, error):
    assert sentence(f"-m m {line}").startswith(error)
