"""What a reader of the benchmark's record sees."""

import json

from benchmarks import tables
from benchmarks.goals import Row
from loadgen.compare.judgement import Figures

STEADY = Figures(1000.0, latency_us=500.0, adds_us=50.0, cpu_us=12.34, server_us=450.0)
FAST = Figures(2000.0, latency_us=250.0, adds_us=None, cpu_us=5.0, server_us=200.0)
ROWS = [
    Row("throughput", "digits", ">= 1", 2.0, met=True),
    Row("CPU", "digits", "<= 1", 1.5, met=False),
    Row("memory", "digits", "<= 20", None, met=None, missing="it ended"),
]


def test_the_goals_come_first_then_the_medians_of_every_tool():
    level = {"loadgen": [STEADY, STEADY], "h2load": [None]}
    assert (
        tables.as_text(ROWS, {"digits": {8: level}}, [])
        == """\
| figure | work | goal | measured | met |
|---|---|---|---|---|
| throughput | digits | >= 1 | 2.00 | yes |
| CPU | digits | <= 1 | 1.50 | NO |
| memory | digits | <= 20 | n/a: it ended | n/a |

| digits | tool | infer/s | spread % | latency us | adds us | CPU us/request | server us/request |
|---|---|---|---|---|---|---|---|
| c=8 | loadgen | 1000 | 0 | 500 | 50 | 12.3 | 450.0 |
| c=8 | h2load | n/a | n/a | n/a | n/a | n/a | n/a |"""
    )


def test_it_says_how_far_the_rounds_differ():
    text = tables.as_text([], {"digits": {1: {"loadgen": [STEADY, FAST, FAST]}}}, [])
    assert "| c=1 | loadgen | 2000 | 50 | 250 | 50 | 5.0 | 200.0 |" in text  # from 1000 to 2000, median 2000


def test_runs_without_figures_are_listed():
    text = tables.as_text([], {}, ["digits, concurrency 1: the server is gone"])
    assert text.endswith("Runs without figures:\n\n- digits, concurrency 1: the server is gone")


def test_the_json_record_has_every_single_run_and_what_failed():
    record = tables.as_json(ROWS, {"digits": {8: {"loadgen": [STEADY, None]}}}, ["it failed"])
    read = json.loads(json.dumps(record))
    first, second = read["runs"]["digits"]["8"]["loadgen"]
    assert (first["throughput"], second) == (1000.0, None)
    assert [goal["met"] for goal in read["goals"]] == [True, False, None]
    assert read["failures"] == ["it failed"]
