"""What is read of a report: directly where it has one level."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from loadgen import ConfigError, FailureCount, Report, Target, Window, Windows
from loadgen.measure.records import Records
from loadgen.measure.results import LevelResult


@pytest.fixture
def report_of():
    """Return a maker of reports of some levels."""

    def make(*levels: LevelResult) -> Report:
        return Report(Target("h:1", "m"), Windows(), datetime(2026, 1, 2, tzinfo=UTC), {}, levels=levels)

    return make


def test_the_figures_of_a_report_of_one_level_are_those_of_the_level(level_of, report_of):
    level = level_of(4, 1530.5, 2584, latencies_us={50: 2540, 80: 2700, 90: 2826, 95: 3039, 99: 3639}, count=900)
    report = report_of(level)

    for read in (report, level):
        assert (read.stable, read.reason) == (True, "")
        assert read.throughput == 1530.5
        assert read.request_count == 900
        assert (read.average_ms, read.percentile_ms(80)) == (2.584, 2.7)
        assert (read.p50_ms, read.p90_ms, read.p95_ms, read.p99_ms) == (2.54, 2.826, 3.039, 3.639)
        assert (read.failures, read.error_rate) == ({}, 0.0)
    assert report.level is level


def test_failed_requests_are_counted_and_an_unstable_level_has_its_reason(level_of, report_of):
    report = report_of(level_of(1, 90.0, 1000, count=90, failed={"UNAVAILABLE": 10}, reason="it varied"))

    assert report.failures == {"UNAVAILABLE": FailureCount(10, "a word of the server's")}
    assert (report.ended_count, report.error_rate) == (100, 0.1)
    assert (report.stable, report.reason) == (False, "it varied")


def test_no_assertion_holds_about_latencies_that_are_not_there(level_of, report_of):
    report = report_of(level_of(1, 0.0, 0, count=0, failed={"UNAVAILABLE": 10}))

    assert math.isnan(report.average_ms)
    assert not report.p99_ms < 15
    assert report.error_rate == 1.0


@pytest.mark.parametrize("count", [0, 2])
def test_several_levels_have_no_common_figure(level_of, report_of, count: int):
    report = report_of(*(level_of(n, 100.0, 10) for n in range(1, count + 1)))

    with pytest.raises(ConfigError, match=f"the report has {count} levels, not one: see report.levels"):
        _ = report.p99_ms
    assert [level.p99_ms for level in report.levels] == [0.0] * count


def test_a_report_cannot_be_changed(level_of, report_of):
    report = report_of(level_of(1, 100.0, 10))
    with pytest.raises(AttributeError):
        report.levels = ()
    assert replace(report, error="gone").error == "gone"


def window(start_ns: int, latencies_ns: list[int]) -> Window:
    start = np.arange(start_ns, start_ns + 10 * len(latencies_ns), 10, dtype=np.int64)
    return Window(start_ns, start_ns + 100, Records(start, start + np.array(latencies_ns, np.int64)), None)


def test_every_request_of_the_judged_windows_is_a_row(level_of, report_of):
    early, late = window(1000, [5, 6]), window(1100, [7])
    level = level_of(1, 100.0, 10)
    # Three windows, the last two of which were kept, and another level.
    first = replace(level, trials=level.trials * 3, windows=(early, late))
    second = replace(level_of(2, 100.0, 10), windows=(window(2000, [8]),))

    columns = report_of(first, second).requests()

    assert {name: column.tolist() for name, column in columns.items()} == {
        "load": [1, 1, 1, 2],
        "window": [2, 2, 3, 1],
        "start_ns": [1000, 1010, 1100, 2000],
        "end_ns": [1005, 1016, 1107, 2008],
        "latency_ns": [5, 6, 7, 8],
    }


def test_without_a_request_the_columns_are_empty(report_of):
    columns = report_of().requests()
    assert {column.shape for column in columns.values()} == {(0,)}
    assert columns["latency_ns"].dtype == np.int64


@pytest.mark.parametrize("in_notebook", [False, True], ids=["a script", "a notebook"])
def test_printed_it_is_the_table(level_of, report_of, in_notebook: bool, monkeypatch, capsys):
    monkeypatch.setattr("rich.console._is_jupyter", lambda: in_notebook)
    report = report_of(level_of(1, 1281.1, 750), level_of(2, 1497.1, 1307, reason="<it> varied"))

    assert "1,281.1" in str(report)
    assert "\x1b" not in str(report)
    assert report._repr_html_().startswith("<pre>")
    assert "&lt;it&gt; varied" in report._repr_html_()
    assert str(report_of()) == "(no levels)"
    assert capsys.readouterr() == ("", ""), "to make the text writes nothing"


def test_thresholds_that_hold_are_silent(level_of, report_of):
    level = level_of(4, 1530.5, 2584, latencies_us=(2540, 2826, 3039, 3639), count=900)

    for read in (report_of(level), level):
        read.assert_that("p99<=3639us", "throughput>1500", "errors<=0")


def test_all_thresholds_that_do_not_hold_are_told(level_of, report_of):
    report = report_of(level_of(4, 1530.5, 2584, latencies_us=(2540, 2826, 3039, 18_200), count=12_034))

    with pytest.raises(AssertionError) as caught:
        report.assert_that("p99<15ms", "avg<3ms", "throughput>2000")
    assert str(caught.value).splitlines() == [
        "p99 18.2 ms > 15 ms (limit), stable, 12 034 requests",
        "throughput 1530 infer/s < 2000 infer/s (limit), stable, 12 034 requests",
    ]


def test_a_threshold_that_cannot_be_meant_is_no_failed_assertion(level_of, report_of):
    with pytest.raises(ConfigError, match="p99<15: p99 is a time"):
        report_of(level_of(1, 1.0, 1000)).assert_that("p99<15")


def test_every_level_of_a_report_has_to_keep_to_a_threshold(level_of, report_of):
    levels = [level_of(n, 1000.0 * n, 1000) for n in (1, 2)]

    report_of(*levels).assert_that("throughput>900")
    with pytest.raises(AssertionError, match=r"^Concurrency 1: throughput 1000 infer/s < 1500 infer/s .* requests$"):
        report_of(*levels).assert_that("throughput>1500")
    with pytest.raises(AssertionError, match="nothing was measured"):
        report_of().assert_that("errors<1%")
