"""What a user reads. The rows are written out here, so that a reader sees them."""

from dataclasses import replace

from loadgen.compare.judgement import Bounds, Figures, Level
from loadgen.compare.runs import Run
from loadgen.compare.table import described, heading, row, verdict
from loadgen.compare.tools import Tool

THEIRS = Figures(throughput=1391.0, latency_us=719.0, adds_us=145.0, cpu_us=109.0, server_us=560.0)
OURS = Figures(throughput=1510.0, latency_us=655.0, adds_us=90.0, cpu_us=60.0, server_us=555.0)
FAST_THEIRS = Figures(throughput=6933.0, latency_us=144.0, adds_us=136.0, cpu_us=49.0, server_us=7.5)
FAST_OURS = Figures(throughput=33196.0, latency_us=110.0, adds_us=102.0, cpu_us=9.0, server_us=6.2)


def test_the_figures_stand_side_by_side():
    assert "\n".join([heading(), row(Level(1, THEIRS, OURS)), row(Level(16, FAST_THEIRS, FAST_OURS))]) == (
        "    |throughput infer/s|   latency usec   |  tool adds usec  |tool CPU usec/req\n"
        "  c |theirs   ours    x|theirs   ours    x|theirs   ours    x|theirs   ours    x\n"
        "  1 |  1391   1510 1.09|   719    655 0.91|   145     90 0.62|   109     60 0.55\n"
        " 16 |  6933  33196 4.79|   144    110 0.76|   136    102 0.75|    49      9 0.18"
    )


def test_what_is_not_known_is_said_and_an_unstable_level_has_a_star():
    ours = replace(OURS, stable=False, adds_us=None)
    assert row(Level(2, None, ours)) == (
        "  2*|   n/a   1510  n/a|   n/a    655  n/a|   n/a    n/a  n/a|   n/a     60  n/a"
    )


def test_every_row_fits_into_80_columns():
    huge = Figures(throughput=999_999.0, latency_us=999_999.0, adds_us=0.0, cpu_us=9.0, server_us=1.0)
    lines = [*heading().splitlines(), row(Level(999, huge, replace(huge, throughput=1.0, stable=False)))]
    assert max(map(len, lines)) == 80


def test_agreement_is_one_line():
    assert verdict([Level(1, THEIRS, OURS), Level(2, THEIRS, OURS)], Bounds()) == "perf_analyzer and loadgen agree."


def test_a_disagreement_names_the_level_the_figure_and_by_how_much():
    levels = [Level(1, THEIRS, OURS), Level(2, THEIRS, replace(OURS, throughput=1000.0))]
    assert verdict(levels, Bounds()).splitlines() == [
        "concurrency 2: throughput of 1000 infer/sec is 0.719 times 1391, below 0.95.",
        "perf_analyzer and loadgen disagree at concurrency 2.",
    ]


def test_levels_where_perf_analyzer_is_the_limit_are_named_with_the_servers_times():
    levels = [Level(1, THEIRS, OURS), Level(4, FAST_THEIRS, FAST_OURS), Level(8, FAST_THEIRS, FAST_OURS)]
    lines = verdict(levels, Bounds()).splitlines()
    assert " ".join(line.strip() for line in lines) == (
        "perf_analyzer itself is the limit at concurrency 4, 8: more than half of its latency is its own. There the "
        "server's own queue and compute times decide, usec per request, theirs and ours: 7.5 / 6.2, 7.5 / 6.2. "
        "perf_analyzer and loadgen agree."
    )
    assert max(map(len, lines)) <= 80


def test_who_was_unstable_is_said():
    shaky = replace(OURS, stable=False)
    levels = [Level(1, replace(THEIRS, stable=False), shaky), Level(2, THEIRS, shaky)]
    assert verdict(levels, Bounds()).splitlines()[:2] == [
        "* perf_analyzer was unstable in at least one run at concurrency 1.",
        "* loadgen was unstable in at least one run at concurrency 1, 2.",
    ]


def test_a_level_without_figures_is_not_called_agreement():
    assert "Not compared at concurrency 3" in verdict([Level(3, None, OURS), Level(4, THEIRS, OURS)], Bounds())


def test_a_run_is_told_while_one_waits():
    tool = Tool("loadgen", ("loadgen",))
    assert described(Run(tool, OURS)) == "loadgen 1510 infer/sec, 655 usec"
    assert described(Run(tool, replace(OURS, stable=False))) == "loadgen 1510 infer/sec, 655 usec, unstable"
    assert described(Run(tool, None)) == "loadgen was unstable and gave no figures"
