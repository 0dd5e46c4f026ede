"""When two tools agree, figure by figure."""

from dataclasses import replace

import pytest

from loadgen.compare.judgement import Bounds, Figures, Level, disagreements, median_figures
from loadgen.errors import ConfigError

THEIRS = Figures(throughput=1000.0, latency_us=1000.0, adds_us=200.0, cpu_us=100.0, server_us=780.0)


BOUNDS = Bounds()


def judged(ours, theirs=THEIRS, bounds=BOUNDS):
    return disagreements(Level(4, theirs, ours), bounds)


@pytest.mark.parametrize(
    "ours",
    [
        pytest.param(THEIRS, id="the same figures"),
        pytest.param(replace(THEIRS, throughput=950.0), id="throughput at the lower bound"),
        pytest.param(replace(THEIRS, throughput=1300.0), id="throughput at the upper bound"),
        pytest.param(replace(THEIRS, latency_us=1050.0), id="latency at the bound"),
        pytest.param(replace(THEIRS, latency_us=400.0), id="a latency far below"),
        pytest.param(replace(THEIRS, cpu_us=900.0), id="another cost"),
        pytest.param(replace(THEIRS, server_us=9000.0), id="another server time, as long as the latency is right"),
        pytest.param(replace(THEIRS, adds_us=None), id="an unknown share"),
    ],
)
def test_the_tools_agree_with(ours):
    assert judged(ours) == []


@pytest.mark.parametrize(
    ("ours", "phrase"),
    [
        pytest.param(
            replace(THEIRS, throughput=949.0),
            "throughput of 949 infer/sec is 0.949 times 1000, below 0.95",
            id="too low a throughput",
        ),
        pytest.param(
            replace(THEIRS, throughput=1301.0),
            "throughput of 1301 infer/sec is 1.301 times 1000, above 1.3",
            id="too high a throughput",
        ),
        pytest.param(
            replace(THEIRS, latency_us=1051.0),
            "latency of 1051 usec is 1.051 times 1000, above 1.05",
            id="too high a latency",
        ),
    ],
)
def test_the_tools_disagree_with(ours, phrase):
    assert judged(ours) == [phrase]


def test_every_figure_that_differs_is_named():
    assert len(judged(replace(THEIRS, throughput=500.0, latency_us=2000.0))) == 2


def test_the_bounds_can_be_chosen():
    bounds = Bounds(min_throughput_ratio=0.5, max_throughput_ratio=0.9, max_latency_ratio=2.0)
    assert judged(replace(THEIRS, throughput=800.0, latency_us=1900.0), bounds=bounds) == []
    assert judged(THEIRS, bounds=bounds) == ["throughput of 1000 infer/sec is 1.000 times 1000, above 0.9"]


def test_bounds_that_no_throughput_satisfies_are_refused():
    with pytest.raises(
        ConfigError, match=r"--min-throughput-ratio 1\.2: it must not exceed --max-throughput-ratio 1\.1"
    ):
        Bounds(min_throughput_ratio=1.2, max_throughput_ratio=1.1)


# The server takes 10 of 200 usec: perf_analyzer is the limit. The latency bound leaves 5 % of 200, that is 10 usec.
FAST = Figures(throughput=5000.0, latency_us=200.0, adds_us=190.0, cpu_us=40.0, server_us=10.0)


@pytest.mark.parametrize(
    ("adds_us", "is_limit"),
    [
        pytest.param(500.0, False, id="half of its latency is its own"),
        pytest.param(501.0, True, id="more than half of its latency is its own"),
        pytest.param(None, False, id="its share is not known"),
    ],
)
def test_perf_analyzer_is_the_limit_when(adds_us, is_limit):
    assert Level(1, replace(THEIRS, adds_us=adds_us), None).is_client_limited is is_limit


@pytest.mark.parametrize(
    "ours",
    [
        pytest.param(replace(FAST, throughput=50000.0), id="ten times the throughput"),
        pytest.param(replace(FAST, throughput=100.0, latency_us=9000.0), id="a latency that is not the server's"),
        pytest.param(replace(FAST, server_us=20.0), id="a server time within 5 % of perf_analyzer's latency"),
        pytest.param(replace(FAST, server_us=70.0, adds_us=140.0), id="a queue filled by the time that loadgen saves"),
    ],
)
def test_where_perf_analyzer_is_the_limit_the_tools_agree_with(ours):
    assert judged(ours, FAST) == []


@pytest.mark.parametrize(
    ("ours", "phrase"),
    [
        pytest.param(
            replace(FAST, server_us=20.1),
            "the server's queue and compute time of 20.1 usec against 10.0 is above 20.0",
            id="the server works longer",
        ),
        pytest.param(
            replace(FAST, server_us=70.1, adds_us=140.0),
            "the server's queue and compute time of 70.1 usec against 10.0 is above 70.0",
            id="longer than what loadgen saves",
        ),
        pytest.param(
            replace(FAST, server_us=21.0, adds_us=400.0),
            "the server's queue and compute time of 21.0 usec against 10.0 is above 20.0",
            id="what loadgen adds more excuses nothing and is not held against it twice",
        ),
    ],
)
def test_where_perf_analyzer_is_the_limit_the_tools_disagree_when(ours, phrase):
    assert judged(ours, FAST) == [phrase]


def test_a_level_without_figures_of_one_tool_is_not_judged():
    level = Level(4, None, THEIRS)
    assert not level.is_compared
    assert disagreements(level, Bounds()) == []


def test_the_median_is_taken_figure_by_figure():
    runs = [
        Figures(1.0, 30.0, 8.0, 5.0, 1.0),
        Figures(2.0, 10.0, None, 6.0, 3.0, stable=False),
        Figures(9.0, 20.0, 4.0, 7.0, 2.0),
    ]
    assert median_figures(runs) == Figures(2.0, 20.0, 6.0, 6.0, 2.0, stable=False)


def test_no_runs_have_no_median():
    assert median_figures([]) is None
