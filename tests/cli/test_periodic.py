"""--periodic-concurrency-range and --request-period."""

import pytest

from loadgen.cli.parser import parse
from loadgen.load.modes import PeriodicConcurrency
from tests.cli.conftest import sentence

LINE = "-m m --streaming --profile-export-file new.json"


@pytest.mark.parametrize(
    ("typed", "load"),
    [
        ("--periodic-concurrency-range 2:6", PeriodicConcurrency(2, 6, step=1, period=10)),
        ("--periodic-concurrency-range 2:6:4 --request-period 3", PeriodicConcurrency(2, 6, step=4, period=3)),
        ("--request-period=3 --periodic-concurrency-range=5:5:2", PeriodicConcurrency(5, 5, step=2, period=3)),
    ],
)
def test_the_range_and_the_period_make_the_load_in_any_order(typed, load):
    options = parse([*LINE.split(), *typed.split()])

    assert options.load_at(1) == load
    assert (options.levels.is_single, options.is_open_loop, options.ends_by_itself) == (True, False, True)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("4", "give START:END or START:END:STEP"),
        ("1:2:1:1", "give START:END or START:END:STEP"),
        ("0:4", 'give a whole number of at least 1 in place of "0"'),
        ("1:x", 'give a whole number of at least 1 in place of "x"'),
        ("1:4:0", 'give a whole number of at least 1 in place of "0"'),
        ("4:1", "END has to be START, or whole STEPs above it"),
        ("1:4:2", "END has to be START, or whole STEPs above it"),
    ],
)
def test_a_range_that_cannot_be_is_refused(typed, reason):
    assert sentence(f"{LINE} --periodic-concurrency-range {typed}") == f"--periodic-concurrency-range {typed}: {reason}"


def test_a_period_is_at_least_one_response():
    assert sentence(f"{LINE} --request-period 0") == "--request-period 0: give a whole number of at least 1"
