"""How the benchmark's table is made of runs, in numbers that can be checked by hand."""

import pytest

from benchmarks import h2load
from benchmarks.goals import GOALS, LOADGEN, MEMORY_MIB, PERF_ANALYZER, PERF_ANALYZER_ASYNC, Goal, memory_row, row
from loadgen.compare.judgement import Figures
from loadgen.errors import LoadgenError

H2LOAD_PRINTED = """\
starting benchmark...
spawning thread #0: 1 total client(s). 2000 total requests
Application protocol: h2c
progress: 100% done

finished in 1.33s, 1502.10 req/s, 192.10KB/s
requests: 2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 2000 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 255.78KB (261917) total, 5.93KB (6075) headers (space savings 96.25%), 169.92KB (174000) data
                     min         max         mean         sd        +/- sd
time for request:      842us     27.30ms      2.65ms      1.11ms    97.95%
time for connect:      266us       266us       266us         0us   100.00%
"""


def run(throughput):
    return Figures(throughput, latency_us=100.0, adds_us=10.0, cpu_us=5.0, server_us=80.0)


def goal(levels, bound, *, at_least):
    others = (PERF_ANALYZER, PERF_ANALYZER_ASYNC)
    return Goal("throughput", "m", lambda figures: figures.throughput, others, levels, min, bound, at_least)


AT_1 = goal((1,), 1.0, at_least=True)


def test_a_ratio_is_taken_within_each_round_and_then_the_median():
    # The machine became four times as fast after the first round: 100/100, 800/400, 1200/400.
    level = {LOADGEN: [run(100), run(800), run(1200)], PERF_ANALYZER: [run(100), run(400), run(400)]}
    assert row(AT_1, {1: level}).measured == 2.0


def test_the_quicker_mode_of_perf_analyzer_counts():
    level = {LOADGEN: [run(300)], PERF_ANALYZER: [run(200)], PERF_ANALYZER_ASYNC: [run(600)]}
    assert row(AT_1, {1: level}).measured == 0.5


def test_a_round_without_figures_is_left_out():
    level = {LOADGEN: [run(300), run(900)], PERF_ANALYZER: [None, run(300)]}
    assert row(AT_1, {1: level}).measured == 3.0


@pytest.mark.parametrize(
    "level",
    [
        pytest.param({LOADGEN: [run(300)], PERF_ANALYZER: [None]}, id="it never gave figures"),
        pytest.param({LOADGEN: [run(300)]}, id="it was not there"),
        pytest.param({PERF_ANALYZER: [run(300)]}, id="loadgen was not there"),
        pytest.param(
            {LOADGEN: [run(300)], PERF_ANALYZER: [None], PERF_ANALYZER_ASYNC: [run(100)]},
            id="it gave none in the mode that may be the quicker one",
        ),
    ],
)
def test_a_goal_is_open_when_a_level_lacks_a_tool(level):
    good = {LOADGEN: [run(300)], PERF_ANALYZER: [run(300)]}
    found = row(goal((1, 2), 1.0, at_least=True), {1: good, 2: level})
    assert (found.measured, found.met) == (None, None)
    assert found.missing == "no figures of perf_analyzer or loadgen at concurrency 2"


@pytest.mark.parametrize(
    ("bound", "at_least", "text", "met"),
    [
        (1.5, True, ">= 1.5", True),
        (1.51, True, ">= 1.51", False),
        (1.5, False, "<= 1.5", True),
        (1.49, False, "<= 1.49", False),
    ],
)
def test_a_goal_is_met_at_its_bound_and_on_the_right_side_of_it(bound, at_least, text, met):
    level = {LOADGEN: [run(300)], PERF_ANALYZER: [run(200)]}
    found = row(goal((1,), bound, at_least=at_least), {1: level})
    assert (found.goal, found.measured, found.met) == (text, 1.5, met)


def test_the_worst_of_the_goals_own_levels_counts():
    levels = {
        1: {LOADGEN: [run(500)], PERF_ANALYZER: [run(100)]},
        2: {LOADGEN: [run(300)], PERF_ANALYZER: [run(100)]},
        4: {LOADGEN: [run(100)], PERF_ANALYZER: [run(100)]},
    }
    assert row(goal((1, 2), 1.0, at_least=True), levels).measured == 3.0


@pytest.mark.parametrize(("growth_mib", "met"), [(MEMORY_MIB, True), (MEMORY_MIB + 0.1, False), (None, None)])
def test_memory_may_grow_up_to_its_bound(growth_mib, met):
    assert memory_row(growth_mib).met is met


def test_no_goal_is_stated_twice():
    stated = [(goal.contest, goal.figure) for goal in GOALS]
    assert len(set(stated)) == len(stated)


def test_the_figures_of_h2load_are_read_with_their_units():
    assert h2load.read(H2LOAD_PRINTED) == (1502.10, 2650.0)


def test_a_failed_h2load_is_an_error():
    with pytest.raises(LoadgenError, match="h2load printed no figures"):
        h2load.read("starting benchmark...\n")
