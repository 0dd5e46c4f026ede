from dataclasses import replace

import pytest

from loadgen.errors import EmptyWindowError, InferenceError
from loadgen.measure.failures import FailureCount
from loadgen.measure.results import Summary, Verdict
from loadgen.measure.stability import another_window, judge, require_requests, with_limit
from loadgen.measure.summary import summarize
from loadgen.measure.windows import Windows
from loadgen.units import ms


def trials(throughputs, latencies_ms=None):
    """Return one summary per throughput; the p95 is the latency itself, the average stays the same."""
    latencies_ms = latencies_ms or [10] * len(throughputs)
    return [
        Summary(
            request_count=round(throughput),
            duration_ns=1_000_000_000,
            throughput=throughput,
            average_ns=ms(latency),
            standard_deviation_us=0,
            percentiles_ns={95: ms(20)},
            server=None,
        )
        for throughput, latency in zip(throughputs, latencies_ms, strict=True)
    ]


@pytest.mark.parametrize(
    ("throughputs", "latencies_ms", "tolerance"),
    [
        pytest.param([100, 110, 105], [10, 10, 10], 0.10, id="the spread may be as large as the tolerance"),
        pytest.param([100, 100, 100], [10, 11, 10], 0.10, id="of the latency, too"),
        pytest.param([900, 1, 100, 110, 105], [1, 90, 10, 10, 10], 0.10, id="what came before the last three is past"),
        pytest.param([100, 100, 100], [10, 10, 10], 0.0, id="no tolerance, no difference"),
        pytest.param([100, 250, 100], [10, 30, 10], 2.0, id="a tolerance of 200 %"),
    ],
)
def test_three_windows_that_agree_are_stable(throughputs, latencies_ms, tolerance):
    verdict = judge(trials(throughputs, latencies_ms), Windows(tolerance=tolerance))

    assert (verdict.stable, verdict.reason) == (True, "")


@pytest.mark.parametrize(
    ("throughputs", "latencies_ms", "reason"),
    [
        pytest.param([], [], "0 windows, 3 needed", id="no window"),
        pytest.param([100], [10], "1 window, 3 needed", id="one window"),
        pytest.param([100, 100], [10, 10], "2 windows, 3 needed", id="two windows"),
        pytest.param([100, 131, 120], [10] * 3, "throughput spread 1.31 > 1.10 in the last 3 windows", id="throughput"),
        pytest.param(
            [100] * 3, [12.5, 10, 10], "average latency spread 1.25 > 1.10 in the last 3 windows", id="latency"
        ),
        pytest.param(
            [100, 120, 100],
            [13, 10, 10],
            "throughput spread 1.20 > 1.10 and average latency spread 1.30 > 1.10 in the last 3 windows",
            id="both moved",
        ),
        pytest.param(
            [1000, 1101, 1000], [10] * 3, "throughput spread 1.101 > 1.100 in the last 3 windows", id="by a hair"
        ),
        pytest.param([100, 0, 100], [10, 0, 10], "no request ended in one of the last 3 windows", id="one is empty"),
        pytest.param(
            [100] * 3, [0, 10, 10], "average latency spread inf > 1.10 in the last 3 windows", id="coarse clock"
        ),
    ],
)
def test_an_unstable_level_says_which_figure_moved_and_by_how_much(throughputs, latencies_ms, reason):
    verdict = judge(trials(throughputs, latencies_ms), Windows(tolerance=0.10))

    assert (verdict.stable, verdict.reason) == (False, reason)


def test_a_window_in_which_requests_only_failed_is_not_called_empty():
    summaries = trials([100, 0, 100])
    summaries[1] = replace(summaries[1], failures={"UNAVAILABLE": FailureCount(3, "")})

    assert judge(summaries, Windows()).reason == "no request succeeded in one of the last 3 windows"


def test_with_a_percentile_it_is_that_latency_which_has_to_be_stable():
    summaries = trials([100] * 3, [10, 50, 90])

    assert judge(summaries, Windows(percentile=95)).stable
    summaries[1] = Summary(100, 1, 100.0, ms(10), 0, {95: ms(30)}, None)
    assert judge(summaries, Windows(percentile=95)).reason == "p95 latency spread 1.50 > 1.10 in the last 3 windows"


@pytest.mark.parametrize(
    ("throughputs", "at_most", "expected"),
    [
        pytest.param([], 1, True, id="there is always a first"),
        pytest.param([100, 100], 10, True, id="two are too few"),
        pytest.param([100, 100, 100], 10, False, id="three that agree are enough"),
        pytest.param([100, 200, 100], 10, True, id="three that disagree are not"),
        pytest.param([100, 200, 100], 3, False, id="but three are allowed"),
        pytest.param([100, 100], 2, False, id="two are allowed, and can never be stable"),
    ],
)
def test_windows_follow_until_stable_or_until_there_are_at_most(throughputs, at_most, expected):
    assert another_window(trials(throughputs), Windows(at_most=at_most)) is expected


def figures(*windows):
    return [summarize([window]) for window in windows]


def test_an_empty_window_among_the_last_three_says_what_to_do(window):
    with pytest.raises(EmptyWindowError, match="Please use a larger time window") as caught:
        require_requests(figures(window([1]), window([], length_s=0.6), window([1])))

    assert "600 ms" in str(caught.value)
    assert "-p" in str(caught.value)


def test_an_empty_window_before_the_last_three_is_forgiven(window):
    require_requests(figures(window([]), window([1]), window([1]), window([1])))


def test_an_empty_window_beside_failed_requests_names_the_failure(window):
    """A longer window would be no help: the connection was lost in one window, and not back in the next."""
    lost, waiting = window([1], failed={"connection lost": 2}), window([], length_s=0.6)

    with pytest.raises(InferenceError) as caught:
        require_requests(figures(window([1]), lost, waiting))

    assert str(caught.value) == "no request succeeded within 600 ms; [connection lost] a word on connection lost"


def test_a_window_in_which_all_requests_failed_names_the_most_frequent_failure(window):
    with pytest.raises(InferenceError, match=r"\[UNAVAILABLE\] a word on UNAVAILABLE$"):
        require_requests(figures(window([], failed={"timeout": 1, "UNAVAILABLE": 3})))


def test_failed_requests_beside_others_that_succeeded_are_no_error(window):
    require_requests(figures(*[window([1], failed={"timeout": 1})] * 3))


@pytest.mark.parametrize(
    ("throughputs", "latencies_ms", "expected"),
    [
        pytest.param([100, 200], [90, 90], True, id="two over the limit are too few"),
        pytest.param([100, 200, 100], [90, 9, 9], False, id="one of the last three is over the limit"),
        pytest.param([100, 200, 100], [9, 9, 10], False, id="the limit itself is over"),
        pytest.param([100, 100, 200, 100], [90, 9, 9, 9], True, id="one before the last three is past"),
    ],
)
def test_a_level_over_the_limit_needs_no_more_windows(throughputs, latencies_ms, expected):
    windows = Windows(latency_limit_ns=ms(10))

    assert another_window(trials(throughputs, latencies_ms), windows) is expected


@pytest.mark.parametrize(
    ("latency_ms", "percentile", "verdict"),
    [
        pytest.param(9.9, None, Verdict(stable=True), id="below"),
        pytest.param(
            10,
            None,
            Verdict(stable=True, reason="average latency 10 ms is not below the limit of 10 ms", over_limit=True),
            id="at it",
        ),
        pytest.param(
            9.9,
            95,
            Verdict(stable=True, reason="p95 latency 20 ms is not below the limit of 10 ms", over_limit=True),
            id="the percentile over it",
        ),
    ],
)
def test_a_stable_level_is_over_the_limit_by_the_latency_of_all_its_windows(latency_ms, percentile, verdict):
    (summary,) = trials([100], [latency_ms])
    slower = trials([100] * 3, [8, 8, 10.5])
    windows = Windows(latency_limit_ns=ms(10), percentile=percentile)

    assert with_limit(Verdict(stable=True), windows, summary=summary, trials=slower) == verdict


@pytest.mark.parametrize(
    ("latencies_ms", "verdict"),
    [
        pytest.param([20, 8, 8, 8], Verdict(stable=False, reason="too noisy"), id="one before them does not count"),
        pytest.param(
            [8, 8, 12.5, 11],
            Verdict(
                stable=False,
                reason="too noisy; average latency 12.5 ms is not below the limit of 10 ms",
                over_limit=True,
            ),
            id="the highest is named",
        ),
    ],
)
def test_an_unstable_level_is_over_the_limit_by_one_of_its_last_three_windows(latencies_ms, verdict):
    (summary,) = trials([100], [9])
    windows = Windows(latency_limit_ns=ms(10))
    unstable = Verdict(stable=False, reason="too noisy")

    assert with_limit(unstable, windows, summary=summary, trials=trials([100] * 4, latencies_ms)) == verdict


def test_without_a_limit_no_latency_is_over_it():
    (summary,) = trials([100], [10_000])

    assert with_limit(Verdict(stable=True), Windows(), summary=summary, trials=[summary]) == Verdict(stable=True)
