"""The results of MLPerf's scenarios, from levels of one's choice."""

import numpy as np

from loadgen.load.modes import Concurrency
from loadgen.measure.records import Records
from loadgen.measure.results import LevelResult, Verdict
from loadgen.measure.summary import summarize
from loadgen.measure.windows import Window
from loadgen.report.scenario import scenario_text
from loadgen.units import ms, seconds


def level(count, length_s=2.0):
    """Return a level of so many requests that took from 0.001 ms on, each 0.001 ms longer than the one before."""
    start_ns = np.zeros(count, np.int64)
    window = Window(0, seconds(length_s), Records(start_ns, (np.arange(count) + 1) * ms(0.001)), None)
    return LevelResult(Concurrency(1), summarize([window]), Verdict(stable=True), (summarize([window]),), (window,))


def test_a_percentile_is_an_upper_bound():
    confidence = "with a confidence of 99%, early stopping of 10000 queries"
    assert scenario_text("multi-stream", level(10_000)) == (
        f"MLPerf multi-stream: p99 is at most 9.924 ms ({confidence}); MLPerf asks for 600 s, this run had 2 s"
    )
    assert "p90 is at most 9." in scenario_text("single-stream", level(10_000))


def test_too_few_queries_have_none():
    text = scenario_text("single-stream", level(63, length_s=600))
    assert text == "MLPerf single-stream: p90 not known, for 63 queries are too few (64 needed)"


def test_offline_is_judged_by_its_throughput():
    assert scenario_text("offline", level(1234, length_s=600)) == "MLPerf offline: 2.05667 samples per second"
