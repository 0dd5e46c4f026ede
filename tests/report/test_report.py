"""What is read of a report: directly where it has one level."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from loadgen import ConfigError, FailureCount, Report, Target, Windows
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
