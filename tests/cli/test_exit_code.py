import pytest

from loadgen.cli.exit_code import exit_code
from loadgen.load.modes import Concurrency
from loadgen.measure.results import LevelResult, Summary, Verdict

SUMMARY = Summary(1, 1, 1.0, 1, 0, {}, None)


def levels(stable_each):
    return [LevelResult(Concurrency(n), SUMMARY, Verdict(stable)) for n, stable in enumerate(stable_each, start=1)]


@pytest.mark.parametrize(
    ("stable_each", "interrupted", "code"),
    [
        pytest.param([True], False, 0, id="a stable level is 0"),
        pytest.param([True, True], False, 0, id="two stable levels are 0"),
        pytest.param([False], False, 2, id="a single unstable level is 2"),
        pytest.param([False, True], False, 2, id="an unstable first level is 2"),
        pytest.param([True, False], False, 0, id="a later unstable level is 0"),
        pytest.param([False], True, 0, id="an interrupted level is 0"),
        pytest.param([], True, 0, id="interrupted before anything was measured is 0"),
    ],
)
def test_the_exit_code_of_a_run_without_an_error(stable_each, interrupted, code):
    assert exit_code(levels(stable_each), interrupted=interrupted) == code
