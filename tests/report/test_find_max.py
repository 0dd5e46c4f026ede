"""The answer of a search, from levels of one's choice."""

from datetime import UTC, datetime

import numpy as np
import pytest

from loadgen.load.modes import Concurrency, RequestRate
from loadgen.load.target import Target
from loadgen.measure.capacity import highest, kept
from loadgen.measure.records import Records
from loadgen.measure.results import LevelResult, Verdict
from loadgen.measure.sends import Sends
from loadgen.measure.summary import summarize
from loadgen.measure.threshold import threshold
from loadgen.measure.windows import Window, Windows
from loadgen.report.find_max import Capacity, find_max_text
from loadgen.report.report import Report
from loadgen.units import ms, seconds

P99 = threshold("p99<10ms")


def level(load, latency_ms, *, waited_ms=0, count=1000):
    """Return a level of a window of a second in which so many requests ended, each after so long."""
    start_ns = np.arange(count) * (seconds(1) // count)
    planned_ns, sends = None, None
    if isinstance(load, RequestRate):
        planned_ns, sends = start_ns - ms(waited_ms), Sends(count)
    records = Records(start_ns, start_ns + ms(latency_ms), planned_ns=planned_ns, sends=sends)
    windows = (Window(0, seconds(1), records, None),)
    return LevelResult(load, summarize(windows), Verdict(stable=True), (summarize(windows),), windows)


def test_the_highest_level_that_holds_is_the_answer():
    levels = [
        level(RequestRate(rate), latency_ms, count=rate) for rate, latency_ms in ((1000, 4), (2000, 12), (1500, 9))
    ]
    *lines, answer = find_max_text(levels, P99).splitlines()

    assert lines == [
        "Highest level with p99<10ms",
        "Request Rate 1000: p99 4 ms, holds",
        "Request Rate 1500: p99 9 ms, holds",
        "Request Rate 2000: p99 12 ms, does not hold",
    ]
    confidence = "with a confidence of 99% (early stopping)"
    assert answer == f"Request Rate 1500 is the highest level that holds p99<10ms, {confidence}; 2000 does not."


def capacity_of(*levels, condition=P99):
    report = Report(Target("host:1", "m"), Windows(), datetime.now(UTC), {}, levels=levels)
    return Capacity(condition, report)


def test_the_answer_is_a_value_too():
    found = capacity_of(
        *(level(RequestRate(rate), latency_ms, count=rate) for rate, latency_ms in ((1000, 4), (2000, 12)))
    )

    assert (found.load, found.beyond, found.confidence) == (RequestRate(1000), RequestRate(2000), 0.99)
    assert found.level is found.report.levels[0]
    assert str(found) == find_max_text(found.report.levels, P99)


def test_an_answer_may_be_half_of_one_or_none():
    ended = capacity_of(level(Concurrency(4), 4), condition=threshold("avg<5ms"))
    assert (ended.load, ended.beyond, ended.confidence) == (Concurrency(4), None, None)
    none = capacity_of(level(Concurrency(4), 4), condition=threshold("avg<3ms"))
    assert (none.load, none.level, none.beyond) == (None, None, None)


def test_too_few_requests_are_no_answer_and_no_end_either():
    few = level(RequestRate(100), 4, count=100)
    lines = find_max_text([few], P99).splitlines()

    assert lines[1:] == ["Request Rate 100: p99 not known, 662 requests needed", "No level holds p99<10ms."]
    assert kept(few, P99).may_be_exceeded
    assert highest([few], P99).level is None


def test_a_rate_that_is_not_sustained_is_told_although_the_figure_is_below_the_limit():
    lines = find_max_text([level(RequestRate(2000), 4)], P99).splitlines()

    assert lines[1] == "Request Rate 2000: p99 4 ms, does not hold: fewer are answered than sent"


@pytest.mark.parametrize(
    ("one", "condition", "holds"),
    [
        pytest.param(level(RequestRate(1000), 4, waited_ms=20), "p99<10ms", False, id="it waited before the send"),
        pytest.param(level(RequestRate(2000), 4), "p99<10ms", False, id="half of them are not answered"),
        pytest.param(level(RequestRate(2000), 4), "errors<=0", False, id="nor does another figure hold then"),
        pytest.param(level(Concurrency(4), 4), "p99<10ms", True, id="a closed loop has no plan"),
        pytest.param(level(Concurrency(4), 4), "avg<3ms", False, id="another figure"),
        pytest.param(level(Concurrency(4), 4), "avg<5ms", True, id="another figure holds"),
    ],
)
def test_what_holds(one, condition, holds):
    assert kept(one, threshold(condition)).holds is holds
