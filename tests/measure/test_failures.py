import pytest

from loadgen.errors import ConfigError
from loadgen.load.modes import Concurrency
from loadgen.measure.error_rate import too_many_failures
from loadgen.measure.failures import ErrorLimit, FailureCount, failed_count, merged, most_frequent
from loadgen.measure.results import LevelResult, Verdict
from loadgen.measure.summary import summarize


def test_failures_of_one_kind_are_added_and_the_first_example_stays():
    early = {"timeout": FailureCount(2, "after 1 s"), "reset": FailureCount(1, "CANCEL")}
    late = {"timeout": FailureCount(3, "after 2 s")}

    assert merged([early, late]) == {"timeout": FailureCount(5, "after 1 s"), "reset": FailureCount(1, "CANCEL")}
    assert failed_count(merged([early, late])) == 6
    assert merged([]) == {}


@pytest.mark.parametrize(
    ("failures", "words"),
    [
        pytest.param({"a": FailureCount(1, "x"), "b": FailureCount(2, "y")}, "[b] y", id="the most frequent kind"),
        pytest.param({"reset": FailureCount(1, "")}, "[reset]", id="a kind without words"),
    ],
)
def test_a_failure_is_written_as_its_kind_and_example(failures, words):
    assert most_frequent(failures) == words


@pytest.mark.parametrize(
    ("limit", "failed", "ended", "is_exceeded"),
    [
        pytest.param(ErrorLimit(count=0), 0, 10, False, id="none allowed, none failed"),
        pytest.param(ErrorLimit(count=0), 1, 10, True, id="none allowed, one failed"),
        pytest.param(ErrorLimit(count=5), 5, 10, False, id="as many as allowed"),
        pytest.param(ErrorLimit(count=5), 6, 10, True, id="one more than allowed"),
        pytest.param(ErrorLimit(rate=0.01), 10, 1000, False, id="1 % of 1000"),
        pytest.param(ErrorLimit(rate=0.01), 11, 1000, True, id="more than 1 % of 1000"),
        pytest.param(ErrorLimit(rate=0.29), 29, 100, False, id="29 %, which binary fractions do not hold exactly"),
        pytest.param(ErrorLimit(rate=0.0), 1, 1000, True, id="0 % allows none"),
        pytest.param(ErrorLimit(rate=0.0), 0, 0, False, id="nothing has ended"),
        pytest.param(ErrorLimit(rate=1.0), 10, 10, False, id="100 % allows all"),
    ],
)
def test_a_limit_is_exceeded_by_more_than_it_allows(limit, failed, ended, is_exceeded):
    assert limit.is_exceeded(failed, ended) is is_exceeded


@pytest.mark.parametrize(
    ("limit", "windows", "sentence"),
    [
        pytest.param(
            ErrorLimit(rate=0.01),
            [(95, 5), (98, 2)],  # of 200
            "3.5 % of the requests failed (7 of 200), more than the 1 % that --max-error-rate allows; "
            "for example [UNAVAILABLE] a word on UNAVAILABLE",
            id="a rate, over all windows",
        ),
        pytest.param(
            ErrorLimit(count=6),
            [(95, 5), (98, 2)],
            "7 of 200 requests failed, more than the 6 that --max-error-rate allows; "
            "for example [UNAVAILABLE] a word on UNAVAILABLE",
            id="a count, over all windows",
        ),
        pytest.param(
            ErrorLimit(rate=0.5),
            [(4999, 5001)],
            "50.01 % of the requests failed (5001 of 10000), more than the 50 % that --max-error-rate allows; "
            "for example [UNAVAILABLE] a word on UNAVAILABLE",
            id="by a hair, with as many digits as it takes",
        ),
        pytest.param(
            ErrorLimit(rate=0.5),
            [(0, 3)],
            "100 % of the requests failed (3 of 3), more than the 50 % that --max-error-rate allows; "
            "for example [UNAVAILABLE] a word on UNAVAILABLE",
            id="all of them",
        ),
        pytest.param(ErrorLimit(rate=0.05), [(0, 2), (38, 0)], None, id="a bad window and a good one make 5 %"),
        pytest.param(ErrorLimit(count=0), [(10, 0)], None, id="nothing failed"),
        pytest.param(ErrorLimit(rate=0.01), [], None, id="no window yet"),
    ],
)
def test_too_many_failures_end_the_run_with_a_sentence(window, limit, windows, sentence):
    """Each window is (requests that succeeded, requests that failed)."""
    summaries = [summarize([window([1] * good, failed={"UNAVAILABLE": bad} if bad else {})]) for good, bad in windows]

    assert too_many_failures(summaries, limit) == sentence


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        ({}, "ErrorLimit: give either count or rate"),
        ({"count": 1, "rate": 0.1}, "ErrorLimit: give either count or rate"),
        ({"count": -1}, "ErrorLimit(count=-1): at least 0"),
        ({"rate": 1.1}, "ErrorLimit(rate=1.1): from 0 to 1"),
        ({"rate": float("nan")}, "ErrorLimit(rate=nan): from 0 to 1"),
    ],
    ids=str,
)
def test_limits_that_cannot_be_used_are_refused(limit, sentence):
    with pytest.raises(ConfigError) as caught:
        ErrorLimit(**limit)

    assert str(caught.value) == sentence


@pytest.mark.parametrize(("limit", "written"), [(ErrorLimit(count=7), "7"), (ErrorLimit(rate=0.025), "2.5%")])
def test_a_limit_is_written_as_it_is_typed(limit, written):
    assert str(limit) == written


def test_the_requests_of_a_level_are_those_of_all_its_windows(window):
    windows = (window([1, 1], failed={"timeout": 1}), window([1]), window([1]), window([1]))
    trials = tuple(summarize([one]) for one in windows)
    level = LevelResult(Concurrency(1), summarize(windows[-3:]), Verdict(True), trials, windows[-3:])

    assert level.ended_count == 6
